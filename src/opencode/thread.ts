/** The live end of one conversation, for one who listens. The conversation itself goes on without it. */

import type { Clock } from '../base/clock.js';
import { SpoolError } from '../base/errors.js';
import { Pipe } from '../base/pipe.js';
import type { ApprovalAnswer } from '../contract/approval.js';
import type { Effort } from '../contract/words.js';
import type { AgentThread, AskRef, Fact, Opened, OpenThread, StartTurn, TurnRef } from '../ports/agent.js';
import type { Conversation } from './conversation.js';
import type { Link } from './link.js';
import { modelOf } from './settings.js';

export interface ThreadParts {
  readonly link: Link;
  readonly conversation: Conversation;
  readonly opened: Opened;
  readonly thread: OpenThread;
  readonly taken: ReadonlySet<string> | undefined;
  readonly clock: Clock;
  readonly left: () => void;
}

export class OpencodeThread implements AgentThread {
  readonly id: string;
  readonly opened: Opened;
  readonly version: string;
  readonly defaults: AgentThread['defaults'];
  readonly taken: AgentThread['taken'];
  readonly facts = new Pipe<Fact>();
  unsettled: AgentThread['unsettled'];
  readonly #parts: ThreadParts;
  #over = false;

  constructor(parts: ThreadParts) {
    const { link, conversation, thread } = parts;
    this.#parts = parts;
    this.id = conversation.id;
    this.opened = parts.opened;
    this.version = link.server.version;
    const model = modelOf(thread.model, thread.setup, thread.options);
    this.defaults = { model: model === undefined ? undefined : `${model.providerID}/${model.modelID}`, effort: undefined };
    this.taken = parts.taken;
    conversation.listen(this.#hear);
  }

  readonly #hear = (fact: Fact): void => {
    if (this.#over) return;
    this.facts.push(fact);
    if (fact.type !== 'ended') return;
    this.#over = true;
    this.facts.end();
  };

  /** What was missed, before anything new. */
  tell(facts: readonly Fact[]): void {
    for (const fact of facts) this.#hear(fact);
  }

  async startTurn(start: StartTurn): Promise<TurnRef> {
    this.#mustBeOpen();
    const { setup, options, model, effort } = this.#parts.thread;
    const chosen = {
      model: modelOf(start.model ?? model, setup, options),
      effort: effortOf(start.effort === undefined ? effort : start.effort),
    };
    return await this.#orGone(this.#parts.conversation.start(start, chosen, () => this.#mustBeOpen()));
  }

  async steer(turn: string, start: StartTurn): Promise<void> {
    this.#mustBeOpen();
    await this.#parts.conversation.steer(turn, start);
  }

  async interrupt(turn: string): Promise<void> {
    if (!this.#over) await this.#orGone(this.#parts.conversation.interrupt(turn));
  }

  async rename(title: string): Promise<void> {
    await this.#api.update(this.id, this.#directory, { title });
  }

  async archive(): Promise<void> {
    const { clock } = this.#parts;
    await this.#api.update(this.id, this.#directory, { time: { archived: clock.now() } });
  }

  async answer(ask: AskRef, answer: ApprovalAnswer): Promise<void> {
    if (!this.#over) await this.#parts.conversation.answer(ask, answer);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#over) return;
    this.#hear({ type: 'ended', how: 'closed', message: 'the thread was closed', exitCode: null, signal: null, stderrTail: '' });
    this.#parts.conversation.leave(this.#hear);
    this.#parts.left();
    await Promise.resolve();
  }

  get #api(): Link['server']['api'] {
    return this.#parts.link.server.api;
  }

  get #directory(): string {
    return this.#parts.thread.cwd;
  }

  #mustBeOpen(): void {
    if (this.#over) throw new SpoolError('unavailable', 'the thread is closed');
  }

  /** A server that is not there is told by the thread's last fact; a conversation that it does not know any more ends here. */
  async #orGone<T>(work: Promise<T>): Promise<T> {
    try {
      return await work;
    } catch (error) {
      const { code, message } = SpoolError.from(error);
      if (code !== 'not-found') throw error;
      this.#hear({ type: 'ended', how: 'disconnected', message, exitCode: null, signal: null, stderrTail: '' });
      this.#parts.conversation.leave(this.#hear);
      throw new SpoolError('unavailable', `OpenCode does not know the conversation any more: ${message}`, { cause: error });
    }
  }
}

/** OpenCode calls it a variant of the model; what is not given is the model's own. */
function effortOf(effort: Effort | null | undefined): string | undefined {
  return effort ?? undefined;
}
