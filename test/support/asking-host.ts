/** A contract host with one session in which questions are asked, one after the other as the test wants them. */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Approval } from '../../src/contract/approval.js';
import { ContractHost } from './contract-host.js';

const AT = '2026-01-01T00:00:02.000Z';

export const SESSION = 'ses_00000000000000000000000001';

export class AskingHost implements AsyncDisposable {
  readonly host = new ContractHost();
  readonly #home = mkdtempSync(join(tmpdir(), 'spool-cli-'));

  async start(): Promise<this> {
    await this.host.start();
    this.host.addSession(SESSION);
    return this;
  }

  /** Of a `spool` that speaks to this host; without colours, as they are no part of what is said. */
  get env(): Record<string, string> {
    return { SPOOL_HOME: this.#home, SPOOL_URL: this.host.url, SPOOL_TOKEN: this.host.token, NO_COLOR: '1' };
  }

  /** Asks, and gives the id of the question. */
  ask(question: Partial<Approval>): string {
    const id = `apr_00000000000000000000000001_${this.host.approvals.size + 1}`;
    const decisions: Approval['decisions'] = ['accept', 'acceptForSession', 'decline', 'cancel'];
    const about = {
      session: SESSION,
      turn: 'trn_1',
      kind: 'command',
      title: 'A question',
      decisions,
      status: 'pending',
      askedAt: AT,
    } as const;
    const approval: Approval = { ...about, decisions, ...question, id };
    this.host.approvals.set(id, approval);
    this.host.append(approval.session, { type: 'approval.asked', turn: approval.turn, at: AT, data: { approval, ref: id } });
    return id;
  }

  /** The answer that has come for a question. */
  answerTo(id: string): Approval['answer'] {
    return this.host.approvals.get(id)?.answer;
  }

  /** Answers for another client. */
  answerElsewhere(id: string, answer: NonNullable<Approval['answer']>, by: string): void {
    const asked = this.host.approvals.get(id);
    if (asked === undefined) throw new Error(`${id} was not asked`);
    this.host.approvals.set(id, { ...asked, status: 'answered', answer, answeredBy: by });
    this.host.append(asked.session, { type: 'approval.answered', turn: asked.turn, at: AT, data: { approval: id, answer, by } });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.host[Symbol.asyncDispose]();
    rmSync(this.#home, { recursive: true });
  }
}
