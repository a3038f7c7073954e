/** The live end of one session's conversation. What it cannot do it refuses, or leaves where it has no meaning for Codex's exec. */

import { SpoolError } from '../../base/errors.js';
import { Pipe } from '../../base/pipe.js';
import type { AgentThread, Fact, Opened, StartTurn, ThreadId, TurnRef } from '../../ports/agent.js';

/** What it needs of its conversation. */
export interface Behind {
  readonly id: ThreadId;
  interrupt(turn: string): void;
  detach(thread: ExecThread): void;
}

export class ExecThread implements AgentThread {
  readonly id: ThreadId;
  readonly opened: Opened;
  readonly version: string;
  readonly unsettled: AgentThread['unsettled'];
  /** Begins a turn. */
  start: (start: StartTurn) => Promise<TurnRef>;
  readonly #behind: Behind;
  readonly #facts = new Pipe<Fact>();

  constructor(behind: Behind, { opened, version, unsettled }: Pick<AgentThread, 'opened' | 'version' | 'unsettled'>) {
    this.#behind = behind;
    this.id = behind.id;
    this.opened = opened;
    this.version = version;
    this.unsettled = unsettled;
    this.start = () => Promise.reject(new SpoolError('internal', 'the conversation is not ready'));
  }

  get facts(): AsyncIterable<Fact> {
    return this.#facts;
  }

  push(fact: Fact): void {
    this.#facts.push(fact);
  }

  /** Says how it ended; nothing comes behind it. */
  end(ended: Extract<Fact, { type: 'ended' }>): void {
    this.#facts.push(ended);
    this.#facts.end();
  }

  close(): void {
    if (!this.#facts.ended) {
      this.end({ type: 'ended', how: 'closed', message: 'the conversation was let go of', exitCode: null, signal: null, stderrTail: '' });
    }
    this.#behind.detach(this);
  }

  async startTurn(start: StartTurn): Promise<TurnRef> {
    if (this.#facts.ended) throw new SpoolError('unavailable', 'the conversation has ended');
    if (start.action !== undefined) throw new SpoolError('unsupported', `codex exec cannot do this: ${start.action.type}`);
    return await this.start(start);
  }

  steer(): Promise<void> {
    return Promise.reject(new SpoolError('conflict', 'codex exec takes no message into a running turn'));
  }

  interrupt(turn: string): Promise<void> {
    this.#behind.interrupt(turn);
    return Promise.resolve();
  }

  rename(): Promise<void> {
    return Promise.resolve();
  }

  archive(): Promise<void> {
    return Promise.resolve();
  }

  answer(): Promise<void> {
    return Promise.resolve();
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.close();
    return Promise.resolve();
  }
}
