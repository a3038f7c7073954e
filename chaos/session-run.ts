/** Plays the moves of one session and answers what it is asked, as clients would who know nothing of the kills. */

import type { Event } from '../src/contract/events.js';
import type { Disposition } from '../src/contract/words.js';
import { chanceOf } from '../src/testing/seeded.js';
import type { Answer, Api } from './api.js';
import { must } from './broken.js';
import { Follower } from './follower.js';
import type { HostProcess } from './host-process.js';
import type { Ledger } from './ledger.js';
import type { Move, SessionPlan } from './moves.js';
import { Watch } from './watch.js';

export interface SessionParts {
  readonly seed: number;
  readonly plan: SessionPlan;
  readonly host: HostProcess;
  readonly api: Api;
  readonly ledger: Ledger;
  readonly cwd: string;
  readonly permissions: Readonly<Record<string, string>>;
  /** Called with every event that is read for the first time. */
  readonly onEvent: (event: Event) => void;
  readonly onBroken: (error: Error) => void;
}

interface Accepted {
  readonly turn: string;
  readonly disposition: Disposition;
  readonly position: number;
}

export class SessionRun {
  readonly watch = new Watch();
  id = '';
  follower: Follower | undefined;
  readonly #parts: SessionParts;
  /** Questions that are left open for now, with the life of the host that asked. */
  readonly #open = new Map<string, number>();
  readonly #accepted: string[] = [];
  readonly #queued: string[] = [];
  #answers: Promise<void>[] = [];
  #ending = false;
  #commands = 0;

  constructor(parts: SessionParts) {
    this.#parts = parts;
  }

  /** Opens the session and plays to the end of the plan; resolves when every accepted turn has ended. */
  async play(): Promise<void> {
    const { api, plan, cwd, permissions, host, onBroken } = this.#parts;
    const body = { cwd, title: plan.name, permissions: { ...permissions, approvalPolicy: plan.asks ? 'untrusted' : 'on-request' } };
    const opened = await api.send({ method: 'POST', path: '/v1/sessions', body, key: `open-${plan.name}` });
    must(opened.status === 201, 'a session can be opened', () => textOf(opened));
    this.id = String(opened.body['id']);
    this.follower = new Follower({ session: this.id, host, onEvent: (event) => this.#heard(event), onBroken });
    for (const move of plan.moves) await this.#do(move);
    this.#ending = true;
    this.#answerOpen();
    await this.watch.when(() => this.#accepted.every((turn) => this.watch.settled(turn)));
    await Promise.all(this.#answers);
  }

  /** Turns that were accepted and have not ended. */
  get waitsFor(): string[] {
    return this.#accepted.filter((turn) => !this.watch.settled(turn));
  }

  #heard(event: Event): void {
    this.watch.take(event);
    if (event.type === 'approval.asked') this.#asked(event.data.approval.id);
    if (event.type === 'approval.answered' || event.type === 'approval.expired') this.#open.delete(event.data.approval);
    this.#answerOpen();
    this.#parts.onEvent(event);
  }

  #asked(approval: string): void {
    const number = approval.slice(approval.lastIndexOf('_') + 1);
    const chance = chanceOf(this.#parts.seed, 'leave open', this.#parts.plan.name, number);
    // Left open until another host has come, or nobody has anything else to do.
    if (chance < 0.35) this.#open.set(approval, this.#parts.host.lives);
    else this.#answer(approval);
  }

  /** Answers what was left open: nobody else will bring anything about. */
  answerAll(): void {
    this.#answerOpen(true);
  }

  #answerOpen(all = this.#ending): void {
    for (const [approval, life] of [...this.#open]) {
      if (!all && this.#parts.host.lives === life) continue;
      this.#open.delete(approval);
      this.#answer(approval);
    }
  }

  /** Goes on at once with what the end of the plan or another host lets go. */
  #answer(approval: string): void {
    this.#answers.push(this.#sendAnswer(approval).catch(this.#parts.onBroken));
  }

  async #sendAnswer(approval: string): Promise<void> {
    const { api, ledger, seed, plan } = this.#parts;
    const number = approval.slice(approval.lastIndexOf('_') + 1);
    const chance = chanceOf(seed, 'decision', plan.name, number);
    const decision = chance < 0.65 ? 'accept' : chance < 0.9 ? 'decline' : 'cancel';
    const path = `/v1/approvals/${approval}`;
    const first = await api.send({ method: 'POST', path, body: { decision }, key: `answer-${approval}` });
    must(first.status === 200 || first.status === 409, 'an open approval can be answered', () => textOf(first));
    ledger.answers.push({ approval, decision, status: first.status });
    if (chanceOf(seed, 'answer twice', plan.name, number) > 0.3) return;
    const other = decision === 'accept' ? 'decline' : 'accept';
    const second = await api.send({ method: 'POST', path, body: { decision: other }, key: `answer-again-${approval}` });
    must(second.status === 409, 'a second answer is refused', () => `${approval}: ${textOf(second)}`);
    ledger.answers.push({ approval, decision: other, status: second.status });
  }

  async #do(move: Move): Promise<void> {
    const { api, ledger } = this.#parts;
    const [waits, next] = this.#queued.filter((turn) => this.watch.waits(turn));
    switch (move.do) {
      case 'turn':
        return await this.#turn(move);
      case 'cut':
        return this.follower?.cut(move.again);
      case 'interrupt': {
        const answer = await api.send({ method: 'POST', path: `/v1/sessions/${this.id}/interrupt`, key: this.#key('interrupt') });
        must(answer.status === 202, 'an interrupt is taken', () => textOf(answer));
        ledger.interrupts += 1;
        return;
      }
      case 'cancel': {
        if (waits === undefined) return;
        const { status, lost } = await api.send({ method: 'DELETE', path: `/v1/sessions/${this.id}/turns/${waits}` });
        must(status === 200 || status === 409, 'a turn is taken back or that is refused', () => `${waits}: ${status}`);
        ledger.cancels.push({ session: this.id, turn: waits, status, lost: lost > 0 });
        return;
      }
      case 'move': {
        if (waits === undefined) return;
        const before = move.toEnd ? null : (next ?? null);
        const path = `/v1/sessions/${this.id}/turns/${waits}/move`;
        const { status } = await api.send({ method: 'POST', path, body: { before }, key: this.#key('move') });
        must(status === 200 || status === 409, 'a turn is moved or that is refused', () => `${waits}: ${status}`);
        ledger.moves += 1;
      }
    }
  }

  async #turn(move: Extract<Move, { do: 'turn' }>): Promise<void> {
    const { ledger } = this.#parts;
    const { tag, mode } = move;
    const command = {
      method: 'POST',
      path: `/v1/sessions/${this.id}/turns`,
      body: { input: move.input, mode },
      key: `turn-${tag}`,
    } as const;
    const { api } = this.#parts;
    const both = move.repeat === 'at-once' ? [api.send(command), api.send(command)] : [api.send(command)];
    const answers = await Promise.all(both);
    if (move.repeat === 'twice') answers.push(await api.send(command));
    const accepted = answers.filter(({ status }) => status === 202).map(({ body }) => acceptedIn(body));
    const [first, ...others] = accepted;
    for (const other of others) {
      ledger.repeats += 1;
      must(same(first, other), 'a repeated command gets the first answer', () => `${tag}: ${JSON.stringify([first, other])}`);
    }
    const refused = answers.find(({ status }) => status !== 202);
    const mayRefuse = mode === 'steer' || mode === 'reject';
    must(refused === undefined || (refused.status === 409 && mayRefuse), 'a turn is taken', () => `${tag} ${mode}: ${textOf(refused)}`);
    ledger.turns.push({ session: this.id, tag, mode, accepted: first, status: answers[0]?.status ?? 0 });
    if (first === undefined) return;
    this.#accepted.push(first.turn);
    if (first.disposition === 'queued') this.#queued.push(first.turn);
    await this.watch.until(first.turn, move.until);
  }

  #key(what: string): string {
    this.#commands += 1;
    return `${what}-${this.#parts.plan.name}-${this.#commands}`;
  }
}

function acceptedIn(body: Answer['body']): Accepted {
  const { turn, disposition, position } = body as unknown as { turn: { id: string }; disposition: Disposition; position: number };
  return { turn: turn.id, disposition, position };
}

function same(a: Accepted | undefined, b: Accepted): boolean {
  return a?.turn === b.turn && a.disposition === b.disposition && a.position === b.position;
}

function textOf(answer: Answer | undefined): string {
  return answer === undefined ? 'nothing' : `${answer.status} ${JSON.stringify(answer.body)}`;
}
