/**
 * One turn that runs: what the agent says of it, what it asks meanwhile, and its end, which is said once, by whatever comes first: the
 * agent's answer, a silence that is too long, or that it does not stop although it was told to.
 */

import type {
  CreateElicitationRequest,
  CreateElicitationResponse,
  RequestPermissionRequest,
  RequestPermissionResponse,
} from '@agentclientprotocol/sdk';
import type { Clock } from '../base/clock.js';
import type { ApprovalAnswer, Ask } from '../contract/approval.js';
import type { AskRef, Fact } from '../contract/facts.js';
import type { TurnError } from '../contract/session.js';
import { CANCELLED, elicitationAsk, elicitationReply, permissionAsk, permissionReply } from './questions.js';
import { TurnItems } from './turn-items.js';

/** How long an agent may go on after it was told to stop. */
export const STOP_MS = 10_000;

export interface RunParts {
  readonly turn: string;
  readonly clock: Clock;
  /** How long the agent may say nothing; undefined: as long as it likes. */
  readonly idleMs: number | undefined;
  readonly say: (fact: Fact) => void;
  /** Tells the agent to stop. */
  readonly cancel: () => void;
  /** Ends the agent's process. */
  readonly kill: (why: string) => void;
  /** Nothing of this turn comes any more. */
  readonly over: () => void;
}

interface Open {
  readonly ask: Ask;
  readonly reply: (answer: ApprovalAnswer) => void;
}

type End = Extract<Fact, { type: 'turn.completed' | 'turn.failed' | 'turn.interrupted' }>;

export class Run {
  readonly turn: string;
  readonly #parts: RunParts;
  readonly #items: TurnItems;
  readonly #asks = new Map<AskRef, Open>();
  #asked = 0;
  #told = false;
  #over = false;
  #silence: Disposable | undefined;
  #patience: Disposable | undefined;

  constructor(parts: RunParts) {
    this.#parts = parts;
    this.turn = parts.turn;
    this.#items = new TurnItems(parts.turn);
    this.#listen();
  }

  /** True when it was told to stop. */
  get interrupted(): boolean {
    return this.#told;
  }

  /** The questions that wait, as they were asked. */
  get openAsks(): Fact[] {
    return [...this.#asks].map(([ref, { ask }]) => ({ type: 'ask', turn: this.turn, ref, ask }));
  }

  update(update: unknown): void {
    if (this.#over) return;
    this.#listen();
    this.#say(this.#items.take(update));
  }

  permission({ toolCall, options }: RequestPermissionRequest, signal: AbortSignal): Promise<RequestPermissionResponse> {
    if (this.#over || this.#told) return Promise.resolve(CANCELLED);
    const { call, reason, facts } = this.#items.asked(toolCall);
    this.#say(facts);
    return this.#ask(permissionAsk(call, options, reason), signal, (answer) => {
      if (answer.decision === 'cancel') this.interrupt();
      return permissionReply(options, answer);
    });
  }

  elicitation(request: CreateElicitationRequest, signal: AbortSignal): Promise<CreateElicitationResponse> {
    if (this.#over || this.#told) return Promise.resolve({ action: 'cancel' });
    return this.#ask(elicitationAsk(request), signal, elicitationReply);
  }

  answer(ref: AskRef, answer: ApprovalAnswer): void {
    this.#close(ref, answer);
    this.#listen();
  }

  /** Tells the agent to stop. What it asks meanwhile is answered for it, as the protocol wants. */
  interrupt(): void {
    if (this.#told || this.#over) return;
    this.#told = true;
    for (const ref of [...this.#asks.keys()]) this.#close(ref, { decision: 'cancel' });
    this.#parts.cancel();
    this.#patience = this.#parts.clock.after(STOP_MS, () => {
      const reason = `the agent did not stop within ${STOP_MS / 1000} seconds, and its process was ended`;
      this.#finish({ type: 'turn.interrupted', turn: this.turn, reason });
      this.#parts.kill(reason);
    });
  }

  /** The agent has answered the prompt. */
  answered(stopReason: unknown): void {
    const { turn } = this;
    // Not all agents say that they were cancelled, and what was cut short is not complete.
    if (this.#told) this.#finish({ type: 'turn.interrupted', turn });
    else if (stopReason === 'end_turn') this.#finish({ type: 'turn.completed', turn, usage: null });
    else if (stopReason === 'cancelled') this.#finish({ type: 'turn.interrupted', turn, reason: 'the agent cancelled the turn by itself' });
    else this.#finish({ type: 'turn.failed', turn, error: unfinished(stopReason) });
  }

  failed(error: TurnError): void {
    const { turn } = this;
    if (this.#told) this.#finish({ type: 'turn.interrupted', turn, reason: error.message });
    else this.#finish({ type: 'turn.failed', turn, error });
  }

  /** The process is gone, and that is said elsewhere. */
  drop(): void {
    this.#over = true;
    this.#still();
    for (const { reply } of this.#asks.values()) reply({ decision: 'cancel' });
    this.#asks.clear();
  }

  #ask<Reply>(ask: Ask, signal: AbortSignal, replyTo: (answer: ApprovalAnswer) => Reply): Promise<Reply> {
    const ref = `${this.turn}-ask-${++this.#asked}`;
    // Whoever is asked may take all the time there is.
    this.#silence?.[Symbol.dispose]();
    return new Promise((resolve) => {
      this.#asks.set(ref, { ask, reply: (answer) => resolve(replyTo(answer)) });
      this.#say([{ type: 'ask', turn: this.turn, ref, ask }]);
      // The agent takes its question back; by then nobody waits for this reply.
      signal.addEventListener('abort', () => this.#close(ref, { decision: 'decline' }), { once: true });
    });
  }

  #close(ref: AskRef, answer: ApprovalAnswer): void {
    const open = this.#asks.get(ref);
    if (open === undefined) return;
    this.#asks.delete(ref);
    this.#say([{ type: 'ask.closed', ref }]);
    open.reply(answer);
  }

  #finish(end: End): void {
    if (this.#over) return;
    for (const ref of [...this.#asks.keys()]) this.#close(ref, { decision: 'decline' });
    this.#say([...this.#items.end(end.type === 'turn.completed'), end]);
    this.#over = true;
    this.#still();
    this.#parts.over();
  }

  #say(facts: readonly Fact[]): void {
    for (const fact of facts) this.#parts.say(fact);
  }

  /** Waits anew for the next sign of life. */
  #listen(): void {
    this.#silence?.[Symbol.dispose]();
    const { clock, idleMs, kill } = this.#parts;
    if (idleMs === undefined || this.#over || this.#asks.size > 0) return;
    this.#silence = clock.after(idleMs, () => {
      const message = `the agent said nothing for ${idleMs / 1000} seconds, and its process was ended`;
      this.failed({ code: 'timeout', message, retryable: true });
      kill(message);
    });
  }

  #still(): void {
    this.#silence?.[Symbol.dispose]();
    this.#patience?.[Symbol.dispose]();
  }
}

/** Ways to end in which the answer is not complete. */
const UNFINISHED: ReadonlyMap<unknown, string> = new Map([
  ['max_tokens', 'the model reached the most tokens that it may write before its answer was complete'],
  ['max_turn_requests', 'the agent reached the most requests to its model that it makes in one turn'],
  ['refusal', 'the agent refused to go on'],
]);

function unfinished(stopReason: unknown): TurnError {
  const known = UNFINISHED.get(stopReason);
  if (known !== undefined) return { code: 'model', message: known, retryable: false };
  const word = String(JSON.stringify(stopReason)).slice(0, 100);
  return { code: 'internal', message: `the agent ended the turn in a way that is not known: ${word}`, retryable: false };
}
