/**
 * One turn and the process that does it: Codex's interface on a terminal of its own, started with the prompt and ended behind the turn. A
 * prompt that is given at the start is taken whole and as it is; one that is typed into an interface that runs may meet a menu, a dialog
 * or a half drawn screen. The next turn resumes the conversation, so nothing is idle between turns and a person may take it over there.
 */

import type { Clock } from '../../base/clock.js';
import { SpoolError } from '../../base/errors.js';
import { redact } from '../../base/redact.js';
import { type StartInTerminal, startInTerminal, type TerminalProcess } from '../../base/terminal-process.js';
import type { TurnError } from '../../contract/session.js';
import type { TerminalCommand } from '../../contract/terminal.js';
import type { Fact, TurnRef } from '../../ports/agent.js';
import { turnErrorOf } from '../translate/error.js';
import type { Rollout } from './own-rollout.js';
import { answerTo, complaintOn, obstacleOn } from './questions.js';
import { Screen } from './screen.js';
import { Stir } from './stir.js';
import { Tail } from './tail.js';
import type { TurnFacts } from './turn-facts.js';

export interface Prepared {
  readonly command: TerminalCommand;
  readonly facts: TurnFacts;
  /** Where it is known already: the rollout, and where it ends. */
  readonly rollout: (Rollout & { readonly from: number }) | undefined;
}

export interface TurnRunParts {
  readonly turn: string;
  readonly home: string;
  /** All that has to be known before the process is started; what it throws refuses the turn. */
  readonly prepare: () => Promise<Prepared>;
  /** Resolves when the process may be started; called back when it has begun the turn, or did not. */
  readonly enter: () => Promise<(well: boolean) => void>;
  /** Called with the process before anything else is done with it. */
  readonly onProcess: (child: TerminalProcess) => void;
  /** Looks for the rollout of a new conversation. `pid` is undefined when the process is gone. */
  readonly find: (pid: number | undefined) => Promise<Rollout | undefined>;
  /** Called with a rollout that was found, before the first fact. */
  readonly onRollout: (rollout: Rollout) => void;
  readonly onFact: (fact: Fact) => void;
  readonly clock: Clock;
}

const COLUMNS = 120;
const ROWS = 40;
/** How long it may take until the turn begins: the start of the user's MCP servers is a part of it. */
const BEGIN_MS = 90_000;
/** How long a screen must stand that says why there is no beginning. */
const OBSTACLE_MS = 2_000;
const LOOK_MS = 50;
const ANSWER_MS = 200;
const AGAIN_MS = 600;
/** When an interrupt is said again, and when it is made true. */
const INSIST_MS: readonly number[] = [1_500, 3_000];
const KILL_MS = 4_500;
/** The screen may be a little behind the rollout. */
const COMPLAINT_MS = 1_500;
const STOP_GRACE_MS = 2_000;
const ESCAPE = '\u001b';
const SCREEN_LINES = 15;
const KEPT: ReadonlySet<Fact['type']> = new Set<Fact['type']>([
  'item.completed',
  'turn.completed',
  'turn.failed',
  'turn.interrupted',
  'ended',
]);

export class TurnRun {
  readonly turn: string;
  /** Resolves with Codex's id of the turn when it has begun; rejects when it does not. */
  readonly begun: Promise<TurnRef>;
  /** Resolves when the turn is over and its process gone. */
  readonly over: Promise<void>;
  /** Items that were told, and the end, for whoever comes later. */
  readonly told: Fact[] = [];
  child: TerminalProcess | undefined;
  readonly #parts: TurnRunParts;
  readonly #screen = new Screen(COLUMNS, ROWS);
  readonly #stir: Stir;
  /** The question that stands on the screen, and when to answer it (again). */
  #asked: { readonly question: string; readonly next: number } | undefined;
  #facts: TurnFacts | undefined;
  #tail: Tail | undefined;
  #unreadable: unknown;
  #interrupted = false;
  #stopping = false;
  #presses: Disposable[] = [];
  #resolve: (ref: TurnRef) => void = () => undefined;

  constructor(parts: TurnRunParts) {
    this.#parts = parts;
    this.turn = parts.turn;
    this.#stir = new Stir(parts.clock);
    let refuse: (error: unknown) => void = () => undefined;
    this.begun = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      refuse = reject;
    });
    this.begun.catch(() => undefined);
    this.over = this.#run().catch((error: unknown) => {
      if (this.ref === undefined) refuse(error);
      else this.#fail(error);
    });
  }

  /** Codex's id of the turn, once it has begun. */
  get ref(): TurnRef | undefined {
    return this.#facts?.ref;
  }

  /** Its end was told; the process may still be about to go. */
  get ended(): boolean {
    return this.told.some(({ type }) => type !== 'item.completed');
  }

  /** Its process ended in the middle of it. */
  get died(): boolean {
    return this.told.some(({ type }) => type === 'ended');
  }

  /** Tells the turn to stop; its end comes as a fact, or as a refusal where it had not begun. */
  interrupt(): void {
    if (this.#interrupted || this.#facts?.end !== undefined) return;
    this.#interrupted = true;
    this.#stir.now();
    if (this.ref !== undefined) this.#insist();
  }

  /** Ends the process; nothing more is told. */
  async stop(): Promise<void> {
    this.#stopping = true;
    this.#stir.now();
    await this.over;
  }

  async #run(): Promise<void> {
    const { command, facts, rollout } = await this.#parts.prepare();
    this.#facts = facts;
    const leave = await this.#parts.enter();
    this.begun.then(
      () => leave(true),
      () => leave(false),
    );
    this.#mayGoOn();
    const { command: file, args, env, cwd } = command;
    const onOutput: StartInTerminal['onOutput'] = (text, type) => this.#shown(text, type);
    const child = await startInTerminal({ command: file, args, env, cwd, columns: COLUMNS, rows: ROWS, onOutput });
    this.child = child;
    try {
      this.#parts.onProcess(child);
      void child.exited.then(() => this.#stir.now());
      if (rollout !== undefined) this.#follow(rollout.file, rollout.from);
      await this.#turn(child, facts);
    } finally {
      for (const press of this.#presses) press[Symbol.dispose]();
      await child.stop({ graceMs: STOP_GRACE_MS });
      await this.#tail?.[Symbol.asyncDispose]();
      this.#stir.end();
    }
  }

  async #turn(child: TerminalProcess, facts: TurnFacts): Promise<void> {
    const began = this.#parts.clock.now();
    for (let gone = false; ; ) {
      if (facts.end === 'silent') await this.#speakUp(facts);
      if (facts.end !== undefined || this.#stopping) break;
      if (this.#unreadable !== undefined)
        throw new SpoolError('runtime-failed', "the record of Codex's turn cannot be read", { cause: this.#unreadable });
      if (this.#tail === undefined) await this.#seek(gone ? undefined : child.pid);
      await this.#tail?.read();
      if (facts.end !== undefined) continue;
      if (gone) {
        this.#died(child, facts);
        break;
      }
      // Once more behind the exit: what it wrote last may not have been read.
      if (child.exit !== undefined) gone = true;
      else await this.#wait(facts, began);
    }
    this.#mayGoOn();
  }

  /** Until something happens; before the turn's beginning not longer than it may take. */
  async #wait(facts: TurnFacts, began: number): Promise<void> {
    if (facts.ref !== undefined) {
      await this.#stir.next();
      return;
    }
    this.#mayGoOn();
    const now = this.#parts.clock.now();
    this.#answer(now);
    const waited = now - began;
    const obstacle = waited < OBSTACLE_MS ? undefined : obstacleOn(this.#screen.text(), this.#parts.home);
    if (obstacle !== undefined) throw obstacle;
    if (waited >= BEGIN_MS) throw this.#notBegun(`Codex did not begin the turn within ${BEGIN_MS / 1_000} s`);
    await this.#stir.next(LOOK_MS);
  }

  async #seek(pid: number | undefined): Promise<void> {
    const rollout = await this.#parts.find(pid);
    if (rollout === undefined) return;
    this.#parts.onRollout(rollout);
    this.#follow(rollout.file, 0);
  }

  #follow(file: string, from: number): void {
    this.#tail = new Tail({
      ...{ file, from, clock: this.#parts.clock },
      onLine: (line, offset) => this.#take(line, offset),
      onError: (error) => {
        this.#unreadable = error;
        this.#stir.now();
      },
    });
  }

  #take(line: string, offset: number): void {
    const facts = this.#facts;
    if (facts === undefined || this.#stopping) return;
    const before = facts.ref;
    for (const fact of facts.take(line, offset)) this.#tell(fact);
    if (before === undefined && facts.ref !== undefined) {
      this.#resolve(facts.ref);
      if (this.#interrupted) this.#insist();
    }
    if (facts.end !== undefined || before !== facts.ref) this.#stir.now();
  }

  #tell(fact: Fact): void {
    if (KEPT.has(fact.type)) this.told.push(fact);
    this.#parts.onFact(fact);
  }

  /** A turn that ended without a word: why is on the screen, if anywhere. */
  async #speakUp(facts: TurnFacts): Promise<void> {
    const { clock } = this.#parts;
    for (const end = clock.now() + COMPLAINT_MS; clock.now() < end && this.child?.exit === undefined; ) {
      if (complaintOn(this.#screen.text()) !== undefined) break;
      await this.#stir.next(LOOK_MS);
    }
    const complaint = complaintOn(this.#screen.text());
    for (const fact of facts.finish(complaint === undefined ? {} : { error: complained(complaint) })) this.#tell(fact);
  }

  #died({ exit }: TerminalProcess, facts: TurnFacts): void {
    if (facts.ref === undefined)
      throw this.#notBegun(`Codex ended before the turn began${exit === undefined ? '' : ` (${exit.signal ?? `exit ${exit.code}`})`}`);
    if (this.#interrupted) {
      for (const fact of facts.finish({ interrupted: true })) this.#tell(fact);
      return;
    }
    this.#tell({
      ...{ type: 'ended', how: 'exited', message: 'Codex ended in the middle of the turn' },
      ...{ exitCode: exit?.code ?? null, signal: exit?.signal ?? null, stderrTail: this.#shownLast() },
    });
  }

  /** What goes wrong behind the beginning is the turn's end. */
  #fail(error: unknown): void {
    const { message } = SpoolError.from(error);
    if (this.#facts?.end !== undefined) return;
    for (const fact of this.#facts?.finish({ error: { code: 'internal', message, retryable: true } }) ?? []) this.#tell(fact);
  }

  #mayGoOn(): void {
    if (this.ref !== undefined) return;
    if (this.#stopping) throw new SpoolError('unavailable', 'this runtime was closed');
    if (this.#interrupted) throw new SpoolError('cancelled', 'the turn was interrupted before it began');
  }

  #shown(text: string, type: (text: string) => void): void {
    this.#screen.write(text);
    // Codex asks the terminal where its cursor is and what kind it is, and waits for the answer.
    if (text.includes('\u001b[6n')) type('\u001b[1;1R');
    if (text.includes('\u001b[c')) type('\u001b[?1;2c');
  }

  /** Codex throws away what is typed before a question has stood for a moment, so it is answered a little later, and again while it stands. */
  #answer(now: number): void {
    const answer = answerTo(this.#screen.text());
    if (answer === undefined || answer.question !== this.#asked?.question) {
      this.#asked = answer === undefined ? undefined : { question: answer.question, next: now + ANSWER_MS };
    } else if (now >= this.#asked.next) {
      this.#asked = { question: answer.question, next: now + AGAIN_MS };
      this.child?.write(answer.keys);
    }
  }

  #insist(): void {
    const press = (): void => this.child?.write(ESCAPE);
    press();
    const { clock } = this.#parts;
    this.#presses = [
      ...INSIST_MS.map((ms) => clock.after(ms, press)),
      clock.after(KILL_MS, () => void this.child?.stop({ graceMs: STOP_GRACE_MS })),
    ];
  }

  #notBegun(message: string): SpoolError {
    const shown = this.#shownLast();
    return new SpoolError('runtime-failed', shown === '' ? message : `${message}; its screen says: ${shown}`);
  }

  /** The end of what stands on the screen, without secrets. */
  #shownLast(): string {
    const lines = this.#screen
      .text()
      .split('\n')
      .filter((line) => line.trim() !== '');
    return redact(lines.slice(-SCREEN_LINES).join('\n'));
  }
}

function complained(message: string): TurnError {
  return turnErrorOf({ message, codexErrorInfo: null, additionalDetails: null, misalignment: null });
}
