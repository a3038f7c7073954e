/** The live end of one session's conversation. What `codex mcp-server` cannot do is refused, or left where it has no meaning. */

import { SpoolError } from '../../base/errors.js';
import { Pipe } from '../../base/pipe.js';
import type { ApprovalAnswer } from '../../contract/approval.js';
import type { AgentThread, AskRef, Fact, Opened, StartTurn, ThreadId, TurnRef } from '../../ports/agent.js';

/** What it needs of its conversation. */
export interface Behind {
  readonly id: ThreadId;
  start(start: StartTurn): Promise<TurnRef>;
  interrupt(turn: string): Promise<void>;
  answer(ask: AskRef, answer: ApprovalAnswer): void;
  detach(thread: McpThread): void;
}

type Ended = Extract<Fact, { type: 'ended' }>;

export class McpThread implements AgentThread {
  readonly id: ThreadId;
  readonly opened: Opened;
  readonly version: string;
  unsettled: AgentThread['unsettled'];
  readonly facts = new Pipe<Fact>();
  readonly #behind: Behind;

  constructor(behind: Behind, { opened, version }: Pick<AgentThread, 'opened' | 'version'>) {
    this.#behind = behind;
    this.id = behind.id;
    this.opened = opened;
    this.version = version;
  }

  /** Says how it ended; nothing comes behind it. */
  end(ended: Ended): void {
    this.facts.push(ended);
    this.facts.end();
  }

  close(): void {
    this.end({ type: 'ended', how: 'closed', message: 'the conversation was let go of', exitCode: null, signal: null, stderrTail: '' });
    this.#behind.detach(this);
  }

  async startTurn(start: StartTurn): Promise<TurnRef> {
    this.#mustBeOpen();
    return await this.#behind.start(start);
  }

  steer(): Promise<void> {
    return Promise.reject(new SpoolError('conflict', 'codex mcp-server takes no message into a running turn'));
  }

  async interrupt(turn: string): Promise<void> {
    if (!this.facts.ended) await this.#behind.interrupt(turn);
  }

  rename(): Promise<void> {
    return Promise.resolve();
  }

  archive(): Promise<void> {
    return Promise.resolve();
  }

  answer(ask: AskRef, answer: ApprovalAnswer): Promise<void> {
    this.#behind.answer(ask, answer);
    return Promise.resolve();
  }

  [Symbol.asyncDispose](): Promise<void> {
    if (!this.facts.ended) this.close();
    return Promise.resolve();
  }

  #mustBeOpen(): void {
    if (this.facts.ended) throw new SpoolError('unavailable', 'the conversation has ended');
  }
}
