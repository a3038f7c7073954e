/**
 * The worker of one awake session: it turns intents into calls on the runtime and brings the runtime's facts home. It decides
 * nothing and records nothing itself. What it remembers (the live thread, what it has sent) may be lost at any time, because a
 * new worker asks the runtime what became of the turn before it sends anything again.
 */

import { delayOf } from '../base/backoff.js';
import type { Clock } from '../base/clock.js';
import { messageOf, SpoolError } from '../base/errors.js';
import { Lane } from '../base/lane.js';
import type { ApprovalAnswer } from '../contract/approval.js';
import type { AgentInfo } from '../contract/host.js';
import type { TurnError } from '../contract/session.js';
import { Effort } from '../contract/words.js';
import { type Intent, intentsOf } from '../domain/intents.js';
import { activeTurn, type OpenTurn, type SessionState, turnOf } from '../domain/state.js';
import type { Agent, AgentThread, Fact, OpenThread, StartTurn, ThreadSetup } from '../ports/agent.js';
import type { Logger } from '../ports/logger.js';
import type { Session } from './session.js';
import { turnErrorOf } from './turn-error.js';

export interface WorkerParts {
  readonly agent: Agent;
  /** Why the runtime may begin no turn just now; what runs goes on. */
  readonly off: () => SpoolError | undefined;
  /** The session's agent as it is configured now. Throws when it is gone. */
  readonly info: () => AgentInfo;
  /** What its conversations are given. */
  readonly prepare: (info: AgentInfo) => Promise<ThreadSetup>;
  readonly clock: Clock;
  readonly logger: Logger;
}

const REOPEN = { firstMs: 20, maxMs: 2000 };
const MOST_REOPENS = 8;

export class Worker implements AsyncDisposable {
  readonly #session: Session;
  readonly #parts: WorkerParts;
  readonly #stop = new AbortController();
  #thread: AgentThread | undefined;
  #opening: Promise<void> | undefined;
  #refusal: unknown;
  #following: Promise<void> = Promise.resolve();
  /** Intents that are being acted on, by key; an entry leaves when its outcome can no longer come twice. */
  readonly #sent = new Set<string>();
  /** Questions that the live thread waits for. */
  readonly #open = new Set<string>();
  /** Turns whose input may have reached the running turn already. */
  readonly #given = new Set<string>();
  /** Turns that have failed here; until that is recorded the state still asks for them. */
  readonly #failing = new Set<string>();
  /** A turn that an earlier worker may have sent: the runtime is asked about it before it is sent (again). */
  #doubtful: string | undefined;
  /** Somebody is at the conversation who wants nobody else there. */
  #aside = false;
  /** What the live thread was opened with is not what it would be opened with now. */
  #outdated = false;
  #reopens = 0;
  /** Messages go to the running turn one after the other, so that they keep their order whatever becomes of each. */
  readonly #steers = new Lane();

  constructor(session: Session, parts: WorkerParts) {
    this.#session = session;
    this.#parts = parts;
    this.#doubtful = activeTurn(session.state)?.id;
    // A message that an earlier worker may have given to the running turn is not given again: either it shows there, or it goes
    // back to the queue when that turn ends.
    for (const turn of session.state.turns) if (turn.phase === 'steering') this.#given.add(turn.id);
  }

  /** True while the runtime is being heard. */
  get listening(): boolean {
    return this.#thread !== undefined;
  }

  /** Tells the live thread something that is worth telling and no loss when it cannot be told. */
  tell(what: string, act: (thread: AgentThread) => Promise<void>): void {
    const thread = this.#thread;
    if (thread !== undefined) this.#attempt(what, () => act(thread));
  }

  /** Does something with the conversation while nobody here has it open; one that was open is opened again behind it. */
  async aside<T>(act: () => Promise<T>): Promise<T> {
    this.#aside = true;
    await this.#opening;
    const thread = this.#thread;
    this.#thread = undefined;
    try {
      await thread?.[Symbol.asyncDispose]();
      return await act();
    } finally {
      this.#aside = false;
      if (thread !== undefined) this.warm();
      this.pump();
    }
  }

  /** What the conversation is given has changed: it is opened anew before its next turn. */
  renew(): void {
    this.#outdated = true;
  }

  /** Looks at the state and acts. Cheap when there is nothing to do; called after every append. */
  pump(): void {
    if (this.#stop.signal.aborted || this.#aside) return;
    const intents = intentsOf(this.#session.state);
    if (intents.length === 0 || this.#failing.has(activeTurn(this.#session.state)?.id ?? '')) return;
    const thread = this.#thread;
    if (thread === undefined) this.#openUnlessOff(intents[0]);
    else for (const intent of intents) this.#act(thread, intent);
  }

  /** Opens ahead of the first turn, so that the turn need not wait for it. Failures are kept for the turn to meet. */
  warm(): void {
    if (this.#thread !== undefined || this.#stop.signal.aborted || this.#aside) return;
    this.#opening ??= this.#openFor(undefined);
  }

  /** The conversation, opened if need be. Rejects with what keeps it from being opened. */
  async conversation(): Promise<AgentThread> {
    this.warm();
    await this.#opening;
    if (this.#thread === undefined) throw this.#refusal ?? new SpoolError('unavailable', 'the conversation is not open just now');
    return this.#thread;
  }

  #act(thread: AgentThread, intent: Intent): void {
    switch (intent.type) {
      case 'listen':
        break;
      case 'start':
        if (thread.taken?.has(intent.turn.id) === true) {
          this.#session.ingest({ type: 'turn.taken', turn: intent.turn.id });
          break;
        }
        // Before the log knows the conversation, a host that dies would leave the turn in one that nobody finds, and start it in another.
        if (this.#session.state.threadId !== thread.id) break;
        if (this.#outdated && !this.#sent.has(`start ${intent.turn.id}`))
          this.#attempt('open anew', () => this.aside(() => Promise.resolve()));
        else this.#once(`start ${intent.turn.id}`, () => this.#start(thread, intent.turn));
        break;
      case 'steer':
        if (this.#given.has(intent.turn.id)) break;
        this.#given.add(intent.turn.id);
        void this.#steers.run(() => this.#steer(thread, intent.turn, intent.into));
        break;
      case 'interrupt':
        if (intent.turn.phase === 'requested' && !this.#sent.has(`start ${intent.turn.id}`)) break;
        this.#once(`interrupt ${intent.turn.id}`, () => thread.interrupt(intent.turn.id));
        break;
      case 'answer':
        // Not by `#once`: the runtime may ask again after a reconnect, and is then answered again.
        if (this.#open.delete(intent.ref))
          this.#attempt(`answer ${intent.ref}`, () => thread.answer(intent.ref, this.#whole(intent.ref, intent.answer)));
        break;
    }
  }

  #once(key: string, act: () => Promise<void>): void {
    if (this.#sent.has(key)) return;
    this.#sent.add(key);
    this.#attempt(key, act);
  }

  #attempt(key: string, act: () => Promise<void>): void {
    act().catch((error: unknown) => {
      this.#sent.delete(key);
      this.#parts.logger.warn({ session: this.#session.state.id, intent: key, err: error }, 'the runtime refused');
    });
  }

  async #start(thread: AgentThread, turn: OpenTurn): Promise<void> {
    if (turn.interrupting) {
      this.#sent.delete(`start ${turn.id}`);
      this.#session.ingest({ type: 'turn.interrupted', turn: turn.id, reason: 'interrupted before it began' });
      return;
    }
    if (this.#isOff(turn.id)) return;
    this.#doubtful = turn.id;
    try {
      const ref = await thread.startTurn(startOf(this.#session.state, turn));
      this.#session.ingest({ type: 'turn.started', turn: turn.id, ref });
    } catch (error) {
      // A thread that has ended tells by its last fact, which may still be on its way; the turn's fate is settled there.
      if (SpoolError.from(error).code === 'unavailable') await this.#following;
      if (this.#thread !== thread) return;
      const stopped = SpoolError.from(error).code === 'cancelled' && turnOf(this.#session.state, turn.id)?.interrupting === true;
      if (stopped) this.#session.ingest({ type: 'turn.interrupted', turn: turn.id, reason: 'interrupted before it began' });
      else this.#fail(turn.id, turnErrorOf(error));
    }
  }

  async #steer(thread: AgentThread, turn: OpenTurn, into: string): Promise<void> {
    // What stood before it in the line may have been refused, and then this one waits too.
    if (turnOf(this.#session.state, turn.id)?.phase !== 'steering') {
      this.#given.delete(turn.id);
      return;
    }
    try {
      const { id, input } = turn;
      await thread.steer(into, { turn: id, input, model: undefined, effort: undefined, outputSchema: undefined });
    } catch (error) {
      // Only a refusal says that it was not taken. Otherwise it may have been: it is looked for in the turn, and queued at its end.
      if (SpoolError.from(error).code !== 'conflict') return;
      this.#given.delete(turn.id);
      if (turn.mode === 'steer')
        this.#fail(turn.id, {
          code: 'internal',
          message: `the running turn could not take the message in: ${messageOf(error)}`,
          retryable: true,
        });
      else this.#session.ingest({ type: 'turn.requeued', turn: turn.id, reason: messageOf(error) });
    }
  }

  /** What a turn that may have begun has become is asked of the runtime also when it is off. */
  #openUnlessOff(intent: Intent | undefined): void {
    if (this.#opening !== undefined) return;
    if (intent?.type === 'start' && intent.turn.id !== this.#doubtful && this.#isOff(intent.turn.id)) return;
    this.#opening = this.#openFor(intent);
  }

  /** A runtime that was switched off begins no turn: the one that was to begin fails with that. */
  #isOff(turn: string): boolean {
    const off = this.#parts.off();
    if (off !== undefined) this.#fail(turn, turnErrorOf(off));
    return off !== undefined;
  }

  #fail(turn: string, error: TurnError): void {
    this.#failing.add(turn);
    this.#session.ingest({ type: 'turn.failed', turn, error });
  }

  async #openFor(intent: Intent | undefined): Promise<void> {
    // The caller keeps this promise in `#opening`; what fails at once would clear that before it is set, and nothing would open again.
    await Promise.resolve();
    const { state } = this.#session;
    const active = activeTurn(state);
    if (intent?.type === 'start' && active?.interrupting === true && this.#doubtful !== active.id) {
      this.#opening = undefined;
      this.#session.ingest({ type: 'turn.interrupted', turn: active.id, reason: 'interrupted before it began' });
      return;
    }
    const doubtful = active !== undefined && (active.ref !== null || this.#doubtful === active.id);
    const unsettled = doubtful ? { turn: active.id, ref: active.ref ?? undefined } : undefined;
    this.#outdated = false;
    try {
      const info = this.#parts.info();
      const thread = await this.#parts.agent.open(
        {
          session: state.id,
          home: info.codexHome,
          cwd: state.cwd,
          model: state.model ?? undefined,
          effort: state.effort ?? undefined,
          permissions: state.permissions,
          resume: state.threadId ?? undefined,
          hadTurns: state.hadTurns,
          adopted: state.adopted,
          fork: state.forkedFrom === null ? undefined : { thread: state.forkedFrom.threadId, lastTurn: state.forkedFrom.ref ?? undefined },
          setup: await this.#parts.prepare(info),
          options: { ...info.runtimeOptions },
          tools: state.tools,
          whenTaken: info.whenTaken,
          given: givenIn(state),
          unsettled,
        },
        this.#stop.signal,
      );
      this.#opening = undefined;
      this.#welcome(thread, unsettled?.turn);
    } catch (error) {
      this.#opening = undefined;
      this.#refusal = error;
      if (this.#stop.signal.aborted) return;
      this.#parts.logger.warn({ session: state.id, err: error }, 'the runtime could not open the conversation');
      const waiting = activeTurn(this.#session.state);
      if (waiting !== undefined) this.#fail(waiting.id, turnErrorOf(error));
    }
  }

  #welcome(thread: AgentThread, unsettled: string | undefined): void {
    const { state } = this.#session;
    this.#thread = thread;
    this.#sent.clear();
    for (const id of this.#given) if (turnOf(state, id)?.phase !== 'steering') this.#given.delete(id);
    this.#open.clear();
    this.#doubtful = undefined;
    const gap = thread.unsettled === 'running' || thread.unsettled === 'ended';
    if (thread.id !== state.threadId || thread.opened !== 'started') {
      const { id, version, opened, defaults } = thread;
      this.#session.ingest({ type: 'thread.opened', threadId: id, version, opened, gap, defaults });
    }
    if (unsettled !== undefined && thread.unsettled === 'unknown' && activeTurn(state)?.ref !== null) {
      this.#fail(unsettled, { code: 'runtime-exited', message: 'the runtime was restarted and no longer knows the turn', retryable: true });
    }
    this.#following = this.#follow(thread);
    this.pump();
  }

  #closed(ref: string): void {
    this.#open.delete(ref);
    this.#session.answers.delete(ref);
  }

  /** The answer with what was not written down; without it, when the host that knew it is gone, it is a no. */
  #whole(ref: string, answer: ApprovalAnswer): ApprovalAnswer {
    if (answer.withheld !== true) return answer;
    const whole = this.#session.answers.get(ref);
    if (whole !== undefined) return whole;
    const message = 'an answer to a secret question was lost with the host that had it; the agent is told that nobody answered';
    this.#session.ingest({ type: 'warning', message });
    return { decision: 'decline' };
  }

  /** Brings the facts of one thread home until it ends. */
  async #follow(thread: AgentThread): Promise<void> {
    for await (const fact of thread.facts) {
      this.#note(thread, fact);
      this.#session.ingest(fact);
      if (this.#session.full !== undefined) await this.#session.full;
    }
  }

  #note(thread: AgentThread, fact: Fact): void {
    if (fact.type === 'ask') this.#open.add(fact.ref);
    else if (fact.type === 'ask.closed') this.#closed(fact.ref);
    else if (fact.type === 'turn.started') this.#reopens = 0;
    else if (fact.type === 'ended') this.#ended(thread, fact);
  }

  #ended(thread: AgentThread, fact: Extract<Fact, { type: 'ended' }>): void {
    if (this.#thread !== thread) return;
    this.#thread = undefined;
    const active = activeTurn(this.#session.state);
    if (active === undefined) return;
    if (fact.how === 'disconnected') {
      this.#reopenLater(active.id, fact.message);
      return;
    }
    if (active.phase !== 'requested') return;
    // The next thread is asked what became of it, so that it is neither lost nor run twice. What ends process after process is given up.
    const most = fact.how === 'exited' && this.#sent.has(`start ${active.id}`) ? 1 : MOST_REOPENS;
    if (this.#reopens++ >= most) this.#fail(active.id, { code: 'runtime-exited', message: fact.message, retryable: true });
  }

  /** A connection that keeps breaking is given a few tries, further and further apart; then the turn fails with the reason. */
  #reopenLater(turn: string, message: string): void {
    this.#doubtful = turn;
    if (this.#reopens >= MOST_REOPENS) {
      this.#reopens = 0;
      this.#fail(turn, { code: 'transport-closed', message, retryable: true });
      return;
    }
    const wait = delayOf(REOPEN, this.#reopens++);
    this.#opening = new Promise<void>((resolve) => this.#parts.clock.after(wait, resolve)).then(() => {
      this.#opening = undefined;
      this.pump();
    });
  }

  /** Lets go of the thread; a running turn goes on in the runtime. Facts that came by then are handed over first. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort(new SpoolError('cancelled', 'the session goes to sleep'));
    await this.#thread?.[Symbol.asyncDispose]();
    this.#thread = undefined;
    await this.#following;
  }
}

/** What a turn leaves open is the session's; what the turn before had for itself is taken back to how the thread was opened. */
function startOf(state: SessionState, turn: OpenTurn): StartTurn {
  const { defaults, overridden } = state;
  const model = turn.model ?? state.model ?? (overridden ? defaults.model : null);
  const effort = turn.effort ?? state.effort ?? (overridden ? effortOf(defaults.effort) : undefined);
  const serviceTier = turn.serviceTier ?? state.serviceTier ?? (overridden ? null : undefined);
  return {
    turn: turn.id,
    input: turn.input,
    action: turn.action ?? undefined,
    model: model ?? undefined,
    effort,
    serviceTier,
    outputSchema: turn.outputSchema ?? undefined,
  };
}

function effortOf(text: string | null): Effort | null {
  return Effort.safeParse(text).data ?? null;
}

/** Messages of which it is not known whether a turn had taken them in that died with its runtime. */
function givenIn(state: SessionState): NonNullable<OpenThread['given']> {
  return state.turns.flatMap(({ id, phase, maybeIn }) =>
    maybeIn !== null && (phase === 'queued' || phase === 'requested') ? [{ turn: id, into: maybeIn }] : [],
  );
}
