/**
 * The live end of one Codex thread. Frames come in the order of the wire and leave as facts in the same order; which turn is
 * running is known synchronously with the frame that says so. Codex quietly steers a `turn/start` into whatever runs, so this
 * object never sends one while it knows of a running turn, ours or another client's.
 */

import { SpoolError } from '../../base/errors.js';
import { Pipe } from '../../base/pipe.js';
import type { ApprovalAnswer } from '../../contract/approval.js';
import type { AgentThread, AskRef, Fact, Opened, StartTurn, TurnRef } from '../../ports/agent.js';
import type { ServerNotifications } from '../generated/methods.js';
import { turnOfMessage } from '../translate/item.js';
import { factsOf, turnOf } from '../translate/notifications.js';
import { stringField } from '../translate/unknown.js';
import { Asks } from './asks.js';
import { beginTurn } from './begin-turn.js';
import { isNoActiveTurn, refusalOf } from './failures.js';
import { GuestTurns } from './guest-turns.js';
import { inputOf } from './input.js';
import type { Frame, Receiver } from './link.js';
import { ProducedFiles } from './produced-files.js';
import { RunningTurn } from './running-turn.js';
import type { Settled } from './settle.js';
import { stopCommands } from './terminals.js';
import type { ThreadParts } from './thread-parts.js';
import { TurnBook } from './turn-book.js';
import { TurnSigns } from './turn-signs.js';
import { UnseenCalls } from './unseen-calls.js';

/** How long a turn may go on after it was told to stop. */
const INSIST_MS = 1_000;

/** A turn that was asked for and not accepted yet. */
interface Starting {
  readonly turn: string;
  /** Codex does not answer with the turn's id: the next turn that starts is it. */
  readonly idFollows: boolean;
  readonly accepted: (native: string) => void;
  readonly answered: Promise<unknown>;
  held: Frame[];
}

type Ended = Extract<Fact, { type: 'ended' }>;

export class CodexThread implements AgentThread, Receiver {
  readonly id: string;
  readonly opened: Opened;
  readonly version: string;
  readonly defaults: AgentThread['defaults'];
  taken: AgentThread['taken'];
  readonly facts = new Pipe<Fact>();
  readonly #parts: ThreadParts;
  readonly #book = new TurnBook();
  readonly #asks: Asks;
  readonly #guests: GuestTurns | undefined;
  readonly #files: ProducedFiles;
  readonly #unseen: UnseenCalls;
  readonly #run = new RunningTurn();
  /** A turn that was asked for and not accepted yet, and what came meanwhile behind a turn that is not known. */
  #starting: Starting | undefined;
  /** What came before it was known what became of the unsettled turn; undefined once that is known. */
  #held: Frame[] | undefined = [];
  #unsettled: AgentThread['unsettled'];
  readonly #interrupted = new Set<string>();
  readonly #signs = new TurnSigns();
  #foreign = 0;
  #over = false;

  constructor(parts: ThreadParts) {
    this.#parts = parts;
    this.id = parts.id;
    this.opened = parts.opened;
    this.defaults = parts.defaults;
    this.version = parts.link.version;
    this.#asks = new Asks(parts.now, parts.tools);
    this.#guests = parts.withGuests === true ? new GuestTurns(parts.now) : undefined;
    this.#files = new ProducedFiles(parts.link.home, parts.id);
    this.#unseen = new UnseenCalls({
      home: parts.link.home,
      version: parts.link.version,
      threadId: parts.id,
      native: (turn) => this.#book.native(turn),
    });
  }

  get unsettled(): AgentThread['unsettled'] {
    return this.#unsettled;
  }

  /** True while a turn runs, ours or another client's. */
  get busy(): boolean {
    return this.#run.native !== undefined || this.#starting !== undefined;
  }

  /** Frames about turns of others that came to this thread. */
  get foreignFrames(): number {
    return this.#foreign;
  }

  /** Says what became of the unsettled turn, and lets the frames through that waited for it. `active`: some turn runs now. */
  settle(settled: Settled | undefined, active: boolean): void {
    this.#unsettled = settled?.state;
    if (settled?.state === 'running') this.#run.set(settled.ref);
    else if (active) this.#run.set('foreign');
    if (settled !== undefined && settled.state !== 'unknown') {
      this.#book.adopt(settled.ref, settled.turn, settled.announced);
      if (this.#book.announce(settled.ref)) this.#say({ type: 'turn.started', turn: settled.turn, ref: settled.ref });
      this.#files.beganAt(settled.began);
      for (const fact of settled.missed) this.#tell(fact);
      if (settled.state === 'ended') this.#book.end(settled.ref);
      this.#hasBegun(settled.ref);
    }
    const held = this.#held ?? [];
    this.#held = undefined;
    for (const frame of held) this.receive(frame);
  }

  receive(frame: Frame): void {
    if (this.#over) return;
    const starting = this.#starting;
    if (this.#held !== undefined) this.#held.push(frame);
    else if (starting !== undefined && (starting.held.length > 0 || this.#mayBelongTo(frame))) this.#holdForStart(starting, frame);
    else this.#take(frame);
  }

  /** The connection or the process is gone, or the host let go: says so as the last fact. */
  finish(ended: Omit<Ended, 'type'>): void {
    if (this.#over) return;
    this.#say({ type: 'ended', ...ended });
    this.#over = true;
    this.facts.end();
    this.#run.stop();
    this.#signs.end();
  }

  async startTurn(start: StartTurn): Promise<TurnRef> {
    this.#mustBeOpen();
    const known = this.#book.native(start.turn);
    if (known !== undefined) return known;
    // Codex would quietly put the input into whatever runs: another client's turn, or one that does not end although it was told to.
    while (this.busy) {
      await this.#run.ended(start.turn);
      this.#mustBeOpen();
    }
    return await new Promise<TurnRef>((resolve, reject) => {
      const accepted = (native: string): void => {
        this.#accepted(start.turn, native);
        resolve(native);
      };
      this.#files.begin();
      const asked = beginTurn(this.#parts.link, this.id, start, accepted);
      this.#starting = {
        turn: start.turn,
        idFollows: start.action?.type === 'compact',
        accepted,
        answered: asked.catch(() => undefined),
        held: [],
      };
      asked.catch((error: unknown) => {
        this.#release(undefined);
        reject(error as Error);
      });
    });
  }

  async steer(turn: string, start: StartTurn): Promise<void> {
    await this.#starting?.answered;
    const native = this.#book.native(turn);
    if (native !== undefined) await this.#begun(native);
    if (native === undefined || native !== this.#run.native) throw new SpoolError('conflict', 'the turn is not running (any more)');
    try {
      await this.#parts.link.request('turn/steer', {
        threadId: this.id,
        expectedTurnId: native,
        clientUserMessageId: start.turn,
        input: inputOf(start.input),
      });
      this.#book.gave(native, start.turn);
    } catch (error) {
      throw refusalOf(error);
    }
  }

  async interrupt(turn: string): Promise<void> {
    if (this.#run.giveUp(turn)) return;
    if (this.#starting?.turn === turn) await this.#starting.answered;
    const native = this.#book.native(turn);
    if (native !== undefined) await this.#begun(native);
    if (native === undefined || native !== this.#run.native || this.#over) return;
    this.#interrupted.add(native);
    while (native === this.#run.native) {
      try {
        await this.#parts.link.request('turn/interrupt', { threadId: this.id, turnId: this.#run.innermost ?? native });
        void this.#insist(native, turn);
        return;
      } catch (error) {
        if (!isNoActiveTurn(error)) throw error;
        // Over, which is then told, or not there yet although Codex speaks of it: a review begins its work a moment later.
        await this.#signs.next(native);
      }
    }
  }

  /** An interrupt that Codex has taken may still be lost while the work of a review begins: a turn that goes on is told again. */
  async #insist(native: string, turn: string): Promise<void> {
    await this.#parts.pause(INSIST_MS);
    if (native !== this.#run.native || this.#over) return;
    await this.interrupt(turn).catch((error: unknown) => {
      this.#parts.debug({ thread: this.id, err: error }, 'could not interrupt a turn that goes on');
    });
  }

  async rename(title: string): Promise<void> {
    await this.#parts.link.request('thread/name/set', { threadId: this.id, name: title });
  }

  async archive(): Promise<void> {
    await this.#parts.link.request('thread/archive', { threadId: this.id });
  }

  answer(ask: AskRef, answer: ApprovalAnswer): Promise<void> {
    this.#asks.answer(ask, answer);
    return Promise.resolve();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // A thread that nobody watches and in which no turn has begun is unloaded by Codex at the next resume, and a turn that is just
    // beginning is interrupted with that.
    await this.#starting?.answered;
    if (this.#run.native !== undefined && this.#book.turn(this.#run.native) !== undefined) await this.#begun(this.#run.native);
    if (this.#over) return;
    this.#parts.leave();
    this.finish({ how: 'closed', message: 'the thread was closed', exitCode: null, signal: null, stderrTail: '' });
    // Codex goes on with a running turn; it only stops telling us. A connection that is gone has nothing to unsubscribe.
    await this.#parts.link.request('thread/unsubscribe', { threadId: this.id }).catch((error: unknown) => {
      this.#parts.debug({ thread: this.id, err: error }, 'could not unsubscribe from the thread');
    });
  }

  #say(fact: Fact): void {
    this.facts.push(fact);
  }

  #tell(fact: Fact): void {
    for (const one of this.#files.with(fact)) for (const whole of this.#unseen.with(one)) this.#say(whole);
  }

  #mustBeOpen(): void {
    if (this.#over) throw new SpoolError('unavailable', 'the thread is closed');
  }

  #accepted(turn: string, native: string): void {
    this.#book.adopt(native, turn, false);
    // A turn that already ended, told by the notifications that came before this answer, stays ended.
    if (!this.#book.ended(native)) this.#run.set(native);
    if (this.#book.announce(native)) this.#say({ type: 'turn.started', turn, ref: native });
    this.#release(native);
  }

  /** Codex answers `turn/start` before the turn is there: an interrupt or a steer right behind it is refused with "no active turn". */
  async #begun(native: string): Promise<void> {
    if (!this.#book.begun(native)) await this.#signs.next(native);
  }

  #hasBegun(native: string): void {
    this.#book.begin(native);
    this.#signs.give(native);
  }

  /** Ends the wait for the answer to `turn/start` and lets through what came meanwhile. */
  #release(native: string | undefined): void {
    const held = this.#starting?.held ?? [];
    this.#starting = undefined;
    if (native === undefined) this.#run.letTry();
    if (native === undefined && held.length > 0)
      this.#parts.debug({ thread: this.id, frames: held.length }, 'a refused turn left frames behind');
    for (const frame of held) this.receive(frame);
  }

  #mayBelongTo(frame: Frame): boolean {
    const native = turnOf(frame.params);
    return native !== undefined && this.#book.turn(native) === undefined;
  }

  /** Notifications may overtake the answer to `turn/start`. They wait for it, or for our own message in them. */
  #holdForStart(starting: Starting, frame: Frame): void {
    starting.held.push(frame);
    if (frame.kind !== 'notification') return;
    const native = turnOf(frame.params);
    if (starting.idFollows && frame.method === 'turn/started' && native !== undefined) starting.accepted(native);
    if (frame.method !== 'item/started' || starting.idFollows) return;
    const { item, turnId } = frame.params as ServerNotifications['item/started'];
    if (item.type === 'userMessage' && turnOfMessage(item) === starting.turn) starting.accepted(turnId);
  }

  #take(frame: Frame): void {
    if (frame.kind === 'request') {
      for (const fact of this.#asks.take(frame, (native) => this.#turnOfAsk(native))) this.#say(fact);
      return;
    }
    if (!this.#note(frame.method, frame.params)) return;
    const guest = this.#guests?.begun(frame, this.#run.native, this.#book);
    if (guest !== undefined) this.#say(guest);
    const facts = factsOf(frame.method, frame.params, this.#book);
    for (const fact of facts) if (this.#passes(fact)) this.#tell(this.#book.named(fact));
  }

  /** A question of a sub-agent, or one that names no turn, belongs to what runs now. */
  #turnOfAsk(native: string | null): string | undefined {
    const own = native === null ? undefined : this.#book.turn(native);
    return own ?? (this.#run.native === undefined ? undefined : this.#book.turn(this.#run.native));
  }

  /** Ends and starts are said once. */
  #passes(fact: Fact): boolean {
    switch (fact.type) {
      case 'turn.started':
        return this.#book.announce(fact.ref);
      case 'turn.completed':
      case 'turn.failed':
      case 'turn.interrupted': {
        const native = this.#book.native(fact.turn);
        return native !== undefined && this.#book.end(native);
      }
      default:
        return true;
    }
  }

  /** Keeps what later frames need. False when the frame says nothing new. */
  #note(method: string, params: unknown): boolean {
    const native = turnOf(params);
    if (native !== undefined && this.#book.turn(native) === undefined) this.#foreign += 1;
    else if (native !== undefined) this.#hasBegun(native);
    switch (method) {
      case 'turn/started':
        this.#turnBegan(native);
        return true;
      case 'turn/completed':
        this.#turnEnded(native);
        return true;
      case 'thread/status/changed':
        if (this.#run.native === 'foreign' && stringField(Reflect.get(Object(params), 'status'), 'type') === 'idle') this.#run.stop();
        return true;
      case 'serverRequest/resolved': {
        const { requestId } = params as ServerNotifications['serverRequest/resolved'];
        for (const fact of this.#asks.resolved(requestId)) this.#say(fact);
        return true;
      }
      case 'error': {
        const { error, willRetry, turnId } = params as ServerNotifications['error'];
        if (!willRetry) this.#book.failed(turnId, error);
        return true;
      }
      case 'thread/tokenUsage/updated': {
        const { turnId, tokenUsage } = params as ServerNotifications['thread/tokenUsage/updated'];
        return this.#book.count(turnId, tokenUsage);
      }
      case 'item/started':
      case 'item/completed': {
        const { item, turnId } = params as ServerNotifications['item/started'];
        this.#book.item(turnId, item, method === 'item/completed');
        this.#asks.item(item, method === 'item/completed');
        return true;
      }
      default:
        return true;
    }
  }

  /** A review says that a turn of another id has started within ours. */
  #turnBegan(native: string | undefined): void {
    const ours = this.#run.native !== undefined && this.#book.turn(this.#run.native) !== undefined;
    if (ours && (native === undefined || this.#book.turn(native) === undefined)) this.#run.enter(native);
    else this.#run.set(native);
  }

  #turnEnded(native: string | undefined): void {
    if (native === this.#run.native || this.#run.native === 'foreign') this.#run.stop();
    if (native === undefined || !this.#interrupted.delete(native)) return;
    // Codex lets a running command go on after an interrupt, for as long as it likes.
    const commands = new Set(this.#book.runningCommands(native));
    if (commands.size === 0) return;
    stopCommands(this.#parts.link, this.id, commands).catch((error: unknown) => {
      this.#parts.debug({ thread: this.id, err: error }, 'could not stop the commands of an interrupted turn');
    });
  }
}
