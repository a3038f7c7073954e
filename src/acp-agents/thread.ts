/** The host's end of one conversation: a listener, and the way to say something. Letting go of it leaves a running turn alone. */

import { SpoolError } from '../base/errors.js';
import type { Pipe } from '../base/pipe.js';
import type { ApprovalAnswer } from '../contract/approval.js';
import type { AgentThread, AskRef, Fact, Opened, StartTurn, TurnRef } from '../ports/agent.js';
import { type Attachment, type Conversation, closed } from './conversation.js';

export interface AcpThreadParts {
  readonly conversation: Conversation;
  readonly attachment: Attachment;
  readonly opened: Opened;
  readonly version: string;
  /** Nobody listens any more. */
  readonly left: () => void;
}

export class AcpThread implements AgentThread {
  readonly id: string;
  readonly opened: Opened;
  readonly version: string;
  readonly unsettled: AgentThread['unsettled'];
  readonly facts: Pipe<Fact>;
  readonly #conversation: Conversation;
  readonly #left: () => void;

  constructor({ conversation, attachment, opened, version, left }: AcpThreadParts) {
    this.id = conversation.id;
    this.opened = opened;
    this.version = version;
    this.unsettled = attachment.unsettled;
    this.facts = attachment.facts;
    this.#conversation = conversation;
    this.#left = left;
  }

  async startTurn(start: StartTurn): Promise<TurnRef> {
    if (this.facts.ended) throw new SpoolError('unavailable', 'the conversation was closed');
    if (start.action !== undefined) throw new SpoolError('unsupported', `the runtime acp has no way to ${start.action.type}`);
    for (const name of ['model', 'effort', 'serviceTier', 'outputSchema'] as const) {
      // Null takes back what was never given.
      if (start[name] !== undefined && start[name] !== null)
        throw new SpoolError('unsupported', `the runtime acp takes no ${name} for a turn`);
    }
    return await this.#conversation.start(start, this.facts);
  }

  steer(): Promise<void> {
    return Promise.reject(new SpoolError('conflict', 'an ACP agent takes no message into a running turn'));
  }

  interrupt(turn: string): Promise<void> {
    if (!this.facts.ended) this.#conversation.interrupt(turn);
    return Promise.resolve();
  }

  /** The protocol has no names for conversations that a client could give. */
  rename(): Promise<void> {
    return Promise.resolve();
  }

  /** Nor does it put them away. */
  archive(): Promise<void> {
    return Promise.resolve();
  }

  answer(ref: AskRef, answer: ApprovalAnswer): Promise<void> {
    if (!this.facts.ended) this.#conversation.answer(ref, answer);
    return Promise.resolve();
  }

  [Symbol.asyncDispose](): Promise<void> {
    if (!this.facts.ended) {
      this.#conversation.detach(this.facts);
      this.facts.push(closed('closed by the host'));
      this.facts.end();
    }
    this.#left();
    return Promise.resolve();
  }
}
