/** The questions that Codex waits for in one thread: asked, answered once, closed when Codex says so. */

import type { ApprovalAnswer } from '../../contract/approval.js';
import type { FileChange } from '../../contract/item.js';
import type { AskRef, Fact } from '../../ports/agent.js';
import type * as Codex from '../generated/protocol.js';
import { verdictOf } from '../translate/approvals.js';
import { fileChangeOf } from '../translate/item.js';
import type { Frame } from './link.js';

type Request = Extract<Frame, { kind: 'request' }>;

export class Asks {
  readonly #open = new Map<AskRef, (answer: ApprovalAnswer) => void>();
  readonly #refs = new Map<string | number, AskRef>();
  readonly #changes = new Map<string, readonly FileChange[]>();
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  /**
   * Takes a server request: gives the question as a fact, or answers at once. `turnOf` names the host's turn for Codex's (null when
   * Codex did not say); a question of no turn of ours stays with whoever else is connected, and is cancelled by Codex at its turn's end.
   */
  take({ request }: Request, turnOf: (native: string | null) => string | undefined): readonly Fact[] {
    const verdict = verdictOf(request.method, request.params, {
      requestId: request.id,
      now: this.#now(),
      changes: (item) => this.#changes.get(item),
    });
    if (verdict.kind === 'reply') request.result(verdict.result);
    else if (verdict.kind === 'refuse') request.error({ code: verdict.code, message: verdict.message });
    if (verdict.kind !== 'ask') return [];
    const turn = turnOf(verdict.turn);
    if (turn === undefined) return [];
    const { ref, ask } = verdict;
    this.#refs.set(request.id, ref);
    this.#open.set(ref, (answer) => request.result(verdict.reply(answer)));
    return [{ type: 'ask', turn, ref, ask }];
  }

  answer(ref: AskRef, answer: ApprovalAnswer): void {
    const reply = this.#open.get(ref);
    this.#open.delete(ref);
    reply?.(answer);
  }

  /** Codex says that a request is settled, by whomever. */
  resolved(requestId: string | number): readonly Fact[] {
    const ref = this.#refs.get(requestId);
    if (ref === undefined) return [];
    this.#refs.delete(requestId);
    this.#open.delete(ref);
    return [{ type: 'ask.closed', ref }];
  }

  /** Keeps what a file change wants to do: the question about it does not say. */
  item(item: Codex.ThreadItem, done: boolean): void {
    if (item.type !== 'fileChange') return;
    if (done) this.#changes.delete(item.id);
    else this.#changes.set(item.id, item.changes.map(fileChangeOf));
  }
}
