/** A conversation as one session has it open: its facts come out here, and what is asked of it goes to the conversation. */

import { SpoolError } from '../../base/errors.js';
import { Pipe } from '../../base/pipe.js';
import type { TerminalCommand } from '../../contract/terminal.js';
import type { AgentThread, Fact, Opened, OpenThread, StartTurn, TurnRef } from '../../ports/agent.js';
import type { Conversation } from './conversation.js';

export interface TuiThreadParts {
  readonly conversation: Conversation;
  readonly thread: OpenThread;
  readonly opened: Opened;
  readonly version: string;
  readonly unsettled: AgentThread['unsettled'];
  /** What is told before anything else. */
  readonly missed: readonly Fact[];
  /** The command for a terminal of somebody else. */
  readonly terminal: () => Promise<TerminalCommand>;
  /** Called when nobody has it open any more. */
  readonly onLeave: () => void;
}

export class TuiThread implements AgentThread {
  readonly id: string;
  readonly opened: Opened;
  readonly version: string;
  readonly unsettled: AgentThread['unsettled'];
  readonly facts = new Pipe<Fact>();
  readonly #parts: TuiThreadParts;

  constructor(parts: TuiThreadParts) {
    this.#parts = parts;
    this.id = parts.conversation.record.id;
    this.opened = parts.opened;
    this.version = parts.version;
    this.unsettled = parts.unsettled;
    for (const fact of parts.missed) this.facts.push(fact);
    parts.conversation.listen((fact) => this.#hear(fact));
  }

  async startTurn(start: StartTurn): Promise<TurnRef> {
    this.#mustBeOpen();
    return await this.#parts.conversation.startTurn(this.#parts.thread, start);
  }

  steer(): Promise<void> {
    return Promise.reject(new SpoolError('conflict', 'Codex in a terminal takes no message into a running turn'));
  }

  interrupt(turn: string): Promise<void> {
    if (!this.facts.ended) this.#parts.conversation.interrupt(turn);
    return Promise.resolve();
  }

  async terminal(): Promise<TerminalCommand> {
    this.#mustBeOpen();
    return await this.#parts.terminal();
  }

  /** Codex names its conversations itself. */
  rename(): Promise<void> {
    return Promise.resolve();
  }

  archive(): Promise<void> {
    return Promise.resolve();
  }

  /** Nothing is ever asked. */
  answer(): Promise<void> {
    return Promise.resolve();
  }

  /** Ends the facts; what runs goes on. Twice is fine. */
  close(message: string): void {
    if (!this.facts.ended) this.#hear({ type: 'ended', how: 'closed', message, exitCode: null, signal: null, stderrTail: '' });
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.close('the thread was closed');
    return Promise.resolve();
  }

  #hear(fact: Fact): void {
    this.facts.push(fact);
    if (fact.type !== 'ended') return;
    this.facts.end();
    this.#parts.conversation.listen(undefined);
    this.#parts.onLeave();
  }

  #mustBeOpen(): void {
    if (this.facts.ended) throw new SpoolError('unavailable', 'the thread is closed');
  }
}
