/** The live end of a mock's conversation. */

import { SpoolError } from '../base/errors.js';
import { Pipe } from '../base/pipe.js';
import { VERSION } from '../base/version.js';
import type { ApprovalAnswer } from '../contract/approval.js';
import type { AgentThread, AskRef, Fact, Opened, OpenThread, StartTurn, TurnRef } from '../ports/agent.js';
import { type Conversation, endOf } from './conversation.js';
import type { Script } from './script.js';

export interface ThreadParts {
  readonly conversation: Conversation;
  readonly opened: Opened;
  readonly thread: OpenThread;
  readonly script: Script | undefined;
  /** It is over, and nobody listens to the conversation any more. */
  readonly left: () => void;
}

export class MockThread implements AgentThread {
  readonly id: string;
  readonly opened: Opened;
  readonly version = VERSION;
  readonly unsettled: AgentThread['unsettled'];
  readonly facts = new Pipe<Fact>();
  readonly #parts: ThreadParts;
  /** Turns that wait for the end of the one that runs, and what gives them up. */
  readonly #waiting = new Map<string, AbortController>();
  #over = false;

  constructor(parts: ThreadParts) {
    this.#parts = parts;
    const { conversation, opened, thread } = parts;
    this.id = conversation.remembered.id;
    this.opened = opened;
    this.unsettled = this.#settle(thread.unsettled);
    conversation.listen((fact) => this.#take(fact));
  }

  /** Of a turn that the host has not heard the end of, what it may have missed is told again: what it knows already it passes over. */
  #settle(asked: OpenThread['unsettled']): AgentThread['unsettled'] {
    if (asked === undefined) return undefined;
    const { conversation } = this.#parts;
    const past = conversation.past(asked.turn);
    if (past === undefined) return 'unknown';
    const { turn, ref } = past;
    this.facts.push({ type: 'turn.started', turn, ref });
    if (past.end === null) return 'running';
    for (const { id, text } of past.said) this.facts.push({ type: 'item.completed', turn, item: { id, kind: 'agentMessage', text } });
    this.facts.push(endOf(past));
    return 'ended';
  }

  #take(fact: Fact): void {
    if (this.#over) return;
    this.facts.push(fact);
    if (fact.type === 'ended') this.#finish();
  }

  async startTurn(start: StartTurn): Promise<TurnRef> {
    const { conversation, thread, script } = this.#parts;
    this.#mustBeOpen();
    const known = conversation.past(start.turn);
    if (known !== undefined) return known.ref;
    if (start.action !== undefined) throw new SpoolError('unsupported', `a mock cannot ${start.action.type}`);
    while (conversation.running) await this.#turnOf(start.turn);
    this.#mustBeOpen();
    return conversation.begin(start, thread, script);
  }

  async #turnOf(turn: string): Promise<void> {
    const stop = new AbortController();
    this.#waiting.set(turn, stop);
    try {
      await this.#parts.conversation.free(stop.signal);
    } catch (error) {
      this.#mustBeOpen();
      throw error;
    } finally {
      this.#waiting.delete(turn);
    }
  }

  async steer(turn: string, start: StartTurn): Promise<void> {
    this.#mustBeOpen();
    this.#parts.conversation.steer(turn, start);
    return await Promise.resolve();
  }

  async interrupt(turn: string): Promise<void> {
    const waiting = this.#waiting.get(turn);
    if (waiting !== undefined) waiting.abort();
    else if (!this.#over) await this.#parts.conversation.interrupt(turn);
  }

  rename(title: string): Promise<void> {
    this.#parts.conversation.rename(title);
    return Promise.resolve();
  }

  archive(): Promise<void> {
    return Promise.resolve();
  }

  answer(ask: AskRef, answer: ApprovalAnswer): Promise<void> {
    if (!this.#over) this.#parts.conversation.answer(ask, answer);
    return Promise.resolve();
  }

  [Symbol.asyncDispose](): Promise<void> {
    if (this.#over) return Promise.resolve();
    this.facts.push({ type: 'ended', how: 'closed', message: 'the thread was closed', exitCode: null, signal: null, stderrTail: '' });
    this.#finish();
    return Promise.resolve();
  }

  #finish(): void {
    this.#over = true;
    this.facts.end();
    this.#parts.conversation.leave();
    for (const waiting of this.#waiting.values()) waiting.abort();
    this.#parts.left();
  }

  #mustBeOpen(): void {
    if (this.#over) throw new SpoolError('unavailable', 'the thread is closed');
  }
}
