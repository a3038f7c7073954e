/**
 * One turn from its start to its end: one process of `codex exec`, and what it leaves when it is over. The prompt is handed over last:
 * a process that nobody will find again, because its host died right behind its start, ends for want of one.
 */

import type { Clock } from '../../base/clock.js';
import { type ErrorCode, SpoolError } from '../../base/errors.js';
import { LineCutter } from '../../base/lines.js';
import { type PipedProcess, type ProcessExit, startProcess } from '../../base/process.js';
import { redact } from '../../base/redact.js';
import type { TurnError } from '../../contract/session.js';
import type { TurnErrorCode } from '../../contract/words.js';
import type { Fact, OpenThread, StartTurn, TurnRef } from '../../ports/agent.js';
import type { Logger } from '../../ports/logger.js';
import { childEnvironment, type Environment } from '../app-server/child-env.js';
import { findRollout } from '../rollout/find.js';
import { type Tokens, tokensIn } from '../rollout/tokens.js';
import { type Command, commandOf } from './command.js';
import { errorOf, TurnFacts, usageFact } from './turn-facts.js';
import { Workplace } from './workplace.js';

export interface RunParts {
  readonly binary: string;
  readonly version: string;
  readonly runDir: string;
  /** The host's environment, of which a closed list is handed on. */
  readonly env: Environment;
  /** Handed on beside it. */
  readonly extraEnv: Environment;
  readonly clock: Clock;
  readonly logger: Logger;
}

export interface RunOf {
  readonly open: OpenThread;
  readonly start: StartTurn;
  /** Codex's id of the conversation; undefined where the turn is its first. */
  readonly thread: string | undefined;
  /** A name that no other process that runs has. */
  readonly name: string;
}

/** What the conversation hears of it. */
export interface RunEvents {
  /** Right before the prompt is handed over. */
  given(): void;
  /** Before the first fact that hangs on it. */
  thread(id: string): void;
  fact(fact: Fact): void;
  /** In the place of an end of the turn: something has killed the process. */
  killed(ended: Omit<Extract<Fact, { type: 'ended' }>, 'type' | 'how'>): void;
}

/** A command's whole output comes in one line. */
const LONGEST_LINE = 64 * 1024 ** 2;
/** How long a process may take to end by itself: after a question to do so, and when its turn is over. */
const STOP_GRACE_MS = 3_000;
const LINGER_MS = 10_000;
/** For what it has started and left behind. */
const LEFT_GRACE_MS = 500;
/** How long what a process has written is waited for when it is gone: somebody else may hold its pipe. */
const DRAIN_MS = 2_000;

export class TurnRun {
  readonly turn: string;
  /** When Codex has begun the turn. Rejects when it does not. */
  readonly begun: Promise<TurnRef>;
  /** When the process is gone and all is told. Never rejects. */
  readonly over: Promise<void>;
  readonly #parts: RunParts;
  readonly #of: RunOf;
  readonly #events: RunEvents;
  readonly #facts: TurnFacts;
  #begin: (ref: TurnRef) => void = () => undefined;
  #running: PipedProcess | undefined;
  /** Somebody wanted it to end. */
  #stopped = false;
  /** What went wrong on our side while it was read. */
  #fault: unknown;

  constructor(parts: RunParts, of: RunOf, events: RunEvents) {
    this.turn = of.start.turn;
    this.#parts = parts;
    this.#of = of;
    this.#events = events;
    this.#facts = new TurnFacts(this.turn);
    let refuse: (error: unknown) => void = () => undefined;
    this.begun = new Promise((resolve, reject) => {
      this.#begin = resolve;
      refuse = reject;
    });
    this.over = this.#play().catch(refuse);
  }

  /** The process that runs, if one does. */
  get pid(): number | undefined {
    return this.#running?.exit === undefined ? this.#running?.pid : undefined;
  }

  /** Has the turn ended as interrupted. Resolves when the process is gone. */
  async stop(): Promise<void> {
    this.#stopped = true;
    const running = this.#running;
    if (running === undefined) return;
    // At a SIGINT Codex ends the turn in its own record too, so that the model knows of it later.
    running.interrupt();
    await this.#within(running.exited, STOP_GRACE_MS);
    await running.stop({ graceMs: LEFT_GRACE_MS });
  }

  async #play(): Promise<void> {
    const { open, start, thread, name } = this.#of;
    using place = new Workplace(this.#parts.runDir, name);
    const before = await this.#counted(thread);
    const command = commandOf(open, start, thread, this.#parts.version, place);
    this.#demandWanted();
    const running = await this.#started(command);
    place.begin(running.pid, running.start);
    this.#running = running;
    const reading = this.#read(running);
    try {
      this.#demandWanted();
      this.#events.given();
      running.stdin.end(command.stdin);
    } catch (error) {
      await running.stop({ graceMs: 0 });
      throw error;
    }
    const exit = await running.exited;
    // What it has started and left behind goes with it, and with that its pipes close.
    await running.stop({ graceMs: LEFT_GRACE_MS });
    await this.#within(reading, DRAIN_MS);
    running.stdout.destroy();
    await this.#end(exit, before);
  }

  #demandWanted(): void {
    if (this.#stopped) throw new SpoolError('cancelled', 'the turn was interrupted before it began');
  }

  async #started({ args, env }: Command): Promise<PipedProcess> {
    const { binary, env: ours, extraEnv } = this.#parts;
    const { cwd, home } = this.#of.open;
    return await startProcess({ command: binary, args, cwd, env: childEnvironment(ours, home, { ...extraEnv, ...env }) });
  }

  async #read(running: PipedProcess): Promise<void> {
    const cutter = new LineCutter({ maxBytes: LONGEST_LINE, onLine: (line) => this.#take(line) });
    try {
      for await (const chunk of running.stdout) cutter.push(chunk as Uint8Array);
      cutter.end();
    } catch (error) {
      // Too long a line, or a disk that does not take what must be written down first: the turn cannot go on.
      if (running.exit === undefined) this.#fault = error;
      await running.stop({ graceMs: STOP_GRACE_MS });
    }
  }

  #take(line: string): void {
    const facts = this.#facts;
    const { thread, begun, end } = facts;
    const told = facts.take(line);
    if (facts.thread !== undefined && facts.thread !== thread) this.#events.thread(facts.thread);
    for (const fact of told) this.#events.fact(fact);
    if (facts.begun && !begun) this.#begin(this.turn);
    if (facts.end !== undefined && end === undefined) this.#linger();
  }

  /** A process whose turn is over only has to write down the rest. */
  #linger(): void {
    const timer = this.#parts.clock.after(LINGER_MS, () => void this.#running?.stop({ graceMs: STOP_GRACE_MS }));
    void this.#running?.exited.then(() => timer[Symbol.dispose]());
  }

  async #end(exit: ProcessExit, before: Tokens | undefined): Promise<void> {
    const { begun, end } = this.#facts;
    const words = this.#lastWords();
    if (!begun) throw this.#stopped ? new SpoolError('cancelled', 'the turn was interrupted before it began') : this.#refusal(exit, words);
    const completed = end?.status === 'completed';
    for (const fact of this.#facts.closing(completed)) this.#events.fact(fact);
    const counted = await this.#counted(this.#facts.thread);
    const total = (completed ? end.total : undefined) ?? counted?.total;
    const usage = total === undefined ? undefined : usageFact(this.turn, before, { total, contextWindow: counted?.contextWindow ?? null });
    if (usage !== undefined && usage.last.totalTokens > 0) this.#events.fact(usage);
    const { turn } = this;
    if (completed) this.#events.fact({ type: 'turn.completed', turn, usage: usage?.last ?? null });
    else if (this.#stopped) this.#events.fact({ type: 'turn.interrupted', turn });
    else if (end !== undefined) this.#events.fact({ type: 'turn.failed', turn, error: end.error });
    else if (exit.signal === null || this.#fault !== undefined)
      this.#events.fact({ type: 'turn.failed', turn, error: this.#failure(exit, words) });
    else this.#events.killed({ message: `codex was ended by ${exit.signal}`, exitCode: null, signal: exit.signal, stderrTail: words });
  }

  /** Without what it says each time. */
  #lastWords(): string {
    const lines = redact(this.#running?.stderrTail() ?? '').split('\n');
    return lines
      .filter((line) => !/^WARNING: proceeding, even though|^Reading additional input from stdin/.test(line))
      .join('\n')
      .trim();
  }

  #failure({ code }: ProcessExit, words: string): TurnError {
    if (this.#fault !== undefined) return { code: 'internal', message: SpoolError.from(this.#fault).message, retryable: false };
    const message = `codex ended with ${code} and did not say how the turn ended${words === '' ? '' : `: ${words}`}`;
    const error = errorOf(message);
    return error.code === 'model' ? { code: 'runtime-exited', message, retryable: true } : error;
  }

  #refusal({ code, signal }: ProcessExit, words: string): SpoolError {
    if (this.#fault !== undefined) return SpoolError.from(this.#fault);
    const { end } = this.#facts;
    if (end?.status === 'failed') return new SpoolError(REFUSALS[end.error.code] ?? 'runtime-failed', end.error.message);
    const message = `codex ended with ${signal ?? code} before the turn began${words === '' ? '' : `: ${words}`}`;
    return new SpoolError(REFUSALS[errorOf(words).code] ?? 'runtime-failed', message, { details: { exitCode: code, signal } });
  }

  async #counted(thread: string | undefined): Promise<Tokens | undefined> {
    const file = thread === undefined ? undefined : findRollout(this.#of.open.home, thread);
    try {
      return file === undefined ? undefined : await tokensIn(file);
    } catch (err) {
      // Numbers are not worth a turn.
      this.#parts.logger.warn({ err, file }, "Codex's token counts could not be read");
      return undefined;
    }
  }

  async #within(work: Promise<unknown>, ms: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = this.#parts.clock.after(ms, resolve);
      void work.finally(() => {
        timer[Symbol.dispose]();
        resolve();
      });
    });
  }
}

const REFUSALS: Readonly<Partial<Record<TurnErrorCode, ErrorCode>>> = {
  auth: 'unauthorized',
  'stale-session': 'not-found',
  timeout: 'timeout',
  overloaded: 'overloaded',
};
