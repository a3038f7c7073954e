/**
 * One conversation of an OpenCode server: which turn runs in it, and what is asked of it. It stays as long as the server does, so that a
 * turn goes on while nobody listens and can be found again.
 */

import type { Clock } from '../base/clock.js';
import { SpoolError } from '../base/errors.js';
import type { ApprovalAnswer } from '../contract/approval.js';
import type { AskRef, Fact, TurnRef } from '../contract/facts.js';
import { addUsage, type Usage } from '../contract/item.js';
import type { TurnError } from '../contract/session.js';
import type { StartTurn } from '../ports/agent.js';
import type { Logger } from '../ports/logger.js';
import type { Api } from './api.js';
import { Asks } from './asks.js';
import { Ears } from './ears.js';
import { messageId, partsOf, projectInstructions } from './input.js';
import type { Surroundings } from './items.js';
import { type Chosen, Running } from './running.js';
import type { ModelRef } from './settings.js';
import { Timers } from './timers.js';
import { INTO_MARK, TURN_MARK, TurnFacts } from './turn-facts.js';
import { Waiters } from './waiters.js';
import type { ServerEvent } from './wire.js';

export interface ConversationParts {
  readonly id: string;
  readonly api: Api;
  readonly around: Surroundings;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly idleTimeoutMs: number;
  /** Of all turns before. */
  readonly usage: Usage | null;
  /** The server is not to be trusted any more. */
  readonly giveUp: (why: string) => void;
}

type Listener = (fact: Fact) => void;

/** What was put into a turn at the moment of its end may be left lying by OpenCode. */
const LEFT_LYING_MS = 3_000;
/** OpenCode may overhear an abort that comes while a step begins. */
const INSIST_MS = 2_000;

export class Conversation {
  readonly id: string;
  readonly #parts: ConversationParts;
  readonly #asks: Asks;
  readonly #ears: Ears;
  readonly #ends = new Waiters();
  readonly #begins = new Waiters();
  readonly #timers: Timers;
  readonly #refs = new Map<string, TurnRef>();
  #running: Running | undefined;
  #usage: Usage | null;
  /** What came while the turn is read again from its messages. */
  #held: ServerEvent[] | undefined;
  #listener: Listener | undefined;
  #over = false;

  constructor(parts: ConversationParts) {
    this.#parts = parts;
    this.id = parts.id;
    this.#asks = new Asks(parts.around);
    this.#timers = new Timers(parts.clock);
    this.#usage = parts.usage;
    this.#ears = new Ears({
      asks: this.#asks,
      say: (fact) => this.#say(fact),
      now: () => parts.clock.now(),
      taken: (running) => this.#announce(running),
      begun: (running) => this.#hasBegun(running),
      rested: (running) => this.#rested(running),
      fail: (running, error) => this.#fail(running, error),
      granted: (ref) => this.#background(parts.api.replyPermission(ref, parts.around.directory, { reply: 'once' })),
    });
  }

  /** The host's id of the turn that runs. */
  get turn(): string | undefined {
    return this.#running?.turn;
  }

  get ref(): TurnRef | undefined {
    return this.#running?.ref;
  }

  get heard(): boolean {
    return this.#listener !== undefined;
  }

  /** Facts go to one listener: the latest. */
  listen(listener: Listener): void {
    this.#listener = listener;
  }

  leave(listener: Listener): void {
    if (this.#listener !== listener) return;
    this.#listener = undefined;
    // Turns that wait are the listener's.
    this.#ends.release();
  }

  /** The server is gone. */
  finish(ended: Extract<Fact, { type: 'ended' }>): void {
    if (this.#over) return;
    this.#over = true;
    this.#listener?.(ended);
    this.#running = undefined;
    this.#timers.clear();
    this.#ends.release();
    this.#begins.release();
  }

  receive(event: ServerEvent): void {
    if (this.#over) return;
    if (this.#held !== undefined) this.#held.push(event);
    else this.#ears.hear(event, this.#running);
  }

  /** What a helper that the turn has started says. */
  receiveOfHelper(event: ServerEvent): void {
    if (!this.#over) this.#ears.hearHelper(event, this.#running);
  }

  /** `mayStart` throws when whoever waited is not there any more. */
  async start(start: StartTurn, chosen: Chosen, mayStart: () => void): Promise<TurnRef> {
    const known = this.#refs.get(start.turn);
    if (known !== undefined) return known;
    mayStart();
    while (this.#running !== undefined) {
      await this.#ends.wait(start.turn);
      mayStart();
    }
    this.#mustLive();
    const { clock } = this.#parts;
    const compacts = start.action?.type === 'compact';
    const ref = compacts ? undefined : messageId(clock.now());
    const running = new Running({ turn: start.turn, ref, chosen, facts: this.#factsOf(start.turn), now: clock.now() });
    this.#running = running;
    this.#watch(running);
    try {
      await (compacts ? this.#compact(running) : this.#prompt(running, start));
    } catch (error) {
      // What has begun in spite of the error ends by itself.
      if (!running.announced) this.#free(running);
      throw error;
    }
    this.#announce(running);
    return running.ref ?? running.turn;
  }

  async #prompt({ ref, chosen }: Running, start: StartTurn): Promise<void> {
    const { api, around } = this.#parts;
    const [parts, system] = await Promise.all([partsOf(start.input, { [TURN_MARK]: start.turn }), projectInstructions(around.directory)]);
    await api.prompt(this.id, around.directory, { messageID: ref, parts, ...told(chosen), ...(system === undefined ? {} : { system }) });
  }

  /** OpenCode answers when all is done, and names the turn's message only by the way. */
  async #compact(running: Running): Promise<void> {
    const { api, around } = this.#parts;
    const done = api.summarize(this.id, around.directory, running.chosen.model ?? (await this.#lastModel()));
    done.then(
      () => this.#rested(running),
      (error: unknown) => {
        if (running.announced) this.#fail(running, { code: 'internal', message: SpoolError.from(error).message, retryable: true });
      },
    );
    await Promise.race([this.#begins.wait(running.turn), done]);
  }

  async #lastModel(): Promise<ModelRef> {
    const messages = await this.#parts.api.messages(this.id, this.#parts.around.directory);
    const last = messages.map(({ info }) => info).findLast((info) => info.role === 'assistant');
    if (last?.role === 'assistant') return { providerID: last.providerID, modelID: last.modelID };
    throw new SpoolError('unsupported', 'there is nothing to compact yet', { hint: 'say something first' });
  }

  async steer(turn: string, start: StartTurn): Promise<void> {
    const running = this.#running;
    if (running?.turn !== turn || !running.takes) throw new SpoolError('conflict', 'the turn is not running (any more)');
    const { api, around, clock } = this.#parts;
    const id = messageId(clock.now());
    const steered = { turn: start.turn, text: start.input.map((one) => (one.type === 'text' ? one.text : '')).join('\n'), accepted: false };
    running.steered.set(id, steered);
    try {
      const parts = await partsOf(start.input, { [TURN_MARK]: start.turn, [INTO_MARK]: turn });
      await api.prompt(this.id, around.directory, { messageID: id, parts, ...told(running.chosen) });
      steered.accepted = true;
    } catch (error) {
      running.steered.delete(id);
      throw error;
    } finally {
      if (running.resting) this.#rested(running);
    }
  }

  async interrupt(turn: string): Promise<void> {
    if (this.#ends.cancel(turn)) return;
    const running = this.#running;
    if (running?.turn !== turn) return;
    running.interrupted = true;
    // Before it has begun there is nothing that could be stopped, and it would begin all the same.
    if (!running.begun) await this.#begins.wait(turn);
    await this.#abort(running);
  }

  async #abort(running: Running): Promise<void> {
    if (this.#running !== running || this.#over) return;
    this.#timers.after(INSIST_MS, () => this.#background(this.#abort(running)));
    await this.#parts.api.abort(this.id, this.#parts.around.directory);
  }

  async answer(ref: AskRef, answer: ApprovalAnswer): Promise<void> {
    const reply = this.#asks.answer(ref, answer);
    if (reply === undefined) return;
    try {
      await reply(this.#parts.api, this.#parts.around.directory);
    } catch (error) {
      // Closed meanwhile, which is told, or lost on the way: then it may be given again.
      if (SpoolError.from(error).code === 'not-found') return;
      this.#asks.unanswer(ref);
      throw error;
    }
    const { turn } = this;
    if (answer.decision === 'cancel' && turn !== undefined) await this.interrupt(turn);
  }

  /**
   * Reads the running turn from its messages. `anew`: for somebody who has heard nothing of it; otherwise only what was missed comes out.
   */
  async catchUp(anew: boolean): Promise<void> {
    const running = this.#running;
    if (running === undefined || this.#over) return;
    const { api, around } = this.#parts;
    this.#held ??= [];
    try {
      const [messages, pending, busy] = await Promise.all([
        api.messages(this.id, around.directory),
        api.pending(around.directory),
        api.isBusy(this.id, around.directory),
      ]);
      if (this.#running !== running) return;
      if (anew) {
        running.facts = this.#factsOf(running.turn);
        if (running.announced && running.ref !== undefined) this.#say({ type: 'turn.started', turn: running.turn, ref: running.ref });
      }
      this.#ears.read(messages, running);
      if (anew) for (const fact of this.#asks.again()) this.#say(fact);
      this.#ears.readPending(pending, running, this.id);
      if (!busy && running.begun) this.#rested(running);
    } finally {
      const held = this.#held ?? [];
      this.#held = undefined;
      for (const event of held) this.receive(event);
    }
  }

  #factsOf(turn: string): TurnFacts {
    const before = this.#usage;
    return new TurnFacts(turn, this.#parts.around, (own) => addUsage(before, own));
  }

  #mustLive(): void {
    if (this.#over) throw new SpoolError('unavailable', 'the OpenCode server has ended');
  }

  #say(fact: Fact): void {
    if (!this.#over) this.#listener?.(fact);
  }

  #announce(running: Running): void {
    if (running.announced || running.ref === undefined) return;
    running.announced = true;
    this.#refs.set(running.turn, running.ref);
    this.#say({ type: 'turn.started', turn: running.turn, ref: running.ref });
  }

  #hasBegun(running: Running): void {
    running.begun = running.begun || running.ref !== undefined;
    this.#announce(running);
    if (running.begun) this.#begins.release();
  }

  /** OpenCode says that it does nothing any more. */
  #rested(running: Running): void {
    if (this.#running !== running) return;
    const again = running.resting;
    running.resting = true;
    if (running.mayEnd) {
      this.#end(running, running.end());
      return;
    }
    // Normally the end of the last message follows at once, or another step with what was put into the turn.
    if (!again) this.#timers.after(LEFT_LYING_MS, () => this.#leftLying(running));
  }

  #leftLying(running: Running): void {
    if (this.#running === running && running.resting) this.#end(running, running.end());
  }

  /** Ends the turn for a reason of ours, when OpenCode has let go of it: what comes next would be stopped with it. */
  #fail(running: Running, error: TurnError): void {
    if (this.#running !== running || running.given !== undefined) return;
    running.given = error;
    this.#background(this.#abort(running));
  }

  #end(running: Running, end: Fact): void {
    this.#announce(running);
    for (const fact of this.#asks.closeAll()) this.#say(fact);
    this.#usage = running.facts.usage === null ? this.#usage : addUsage(this.#usage, running.facts.usage);
    this.#say(end);
    // The host gives them again, and the conversation is not to have them twice.
    for (const id of running.steered.keys()) {
      this.#background(this.#parts.api.removeMessage(this.id, this.#parts.around.directory, id));
    }
    this.#free(running);
  }

  #free(running: Running): void {
    if (this.#running !== running) return;
    this.#running = undefined;
    this.#timers.clear();
    this.#begins.release();
    this.#ends.release();
  }

  /** Gives a turn up in which nothing is heard any more. What waits for a person or for a tool may be silent. */
  #watch(running: Running, ms: number = this.#parts.idleTimeoutMs): void {
    this.#timers.after(ms, () => {
      const { clock, idleTimeoutMs, giveUp } = this.#parts;
      if (this.#asks.waiting || running.facts.working) running.heardAt = clock.now();
      const left = running.heardAt + idleTimeoutMs - clock.now();
      if (left > 0) {
        this.#watch(running, left);
        return;
      }
      const why = `nothing was heard of the turn for ${Math.round(idleTimeoutMs / 1000)} s`;
      this.#end(running, { type: 'turn.failed', turn: running.turn, error: { code: 'timeout', message: why, retryable: true } });
      giveUp(why);
    });
  }

  #background(work: Promise<void>): void {
    work.catch((err: unknown) => {
      this.#parts.logger.debug({ conversation: this.id, err }, 'OpenCode did not do what it was asked to');
    });
  }
}

function told({ model, effort }: Chosen): object {
  return { ...(model === undefined ? {} : { model }), ...(effort === undefined ? {} : { variant: effort }) };
}
