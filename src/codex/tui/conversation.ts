/**
 * One conversation: what is remembered of it, and the turn that runs in it. It lives as long as somebody has it open or a turn runs, so that
 * a thread that is let go of finds its turn again.
 */

import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '../../base/clock.js';
import { SpoolError } from '../../base/errors.js';
import { writersOf } from '../../base/file-holders.js';
import type { Fact, OpenThread, StartTurn, TurnRef } from '../../ports/agent.js';
import { findRollout } from '../rollout/find.js';
import { tokensIn } from '../rollout/tokens.js';
import { type Surroundings, turnCommand } from './command.js';
import type { FirstStarts } from './first-starts.js';
import { InputFiles, promptOf } from './input.js';
import { type Rollout, rolloutOfProcess, rolloutOfPrompt } from './own-rollout.js';
import { type ConversationRecord, digestOf, type GivenTurn, type Records } from './record.js';
import { TurnFacts } from './turn-facts.js';
import { type Prepared, TurnRun } from './turn-run.js';

export interface ConversationParts {
  readonly records: Records;
  /** A private folder for files of running turns. */
  readonly files: string;
  readonly around: (home: string) => Promise<Surroundings>;
  readonly firstStarts: FirstStarts;
  readonly clock: Clock;
}

/** Turns that are remembered: the host asks about the last one only. */
const MOST_TURNS = 15;

export class Conversation {
  readonly #parts: ConversationParts;
  #record: ConversationRecord;
  #run: TurnRun | undefined;
  /** Turns that wait for the end of the one that runs, and how to send them away. */
  readonly #waiting = new Map<string, () => void>();
  #listener: ((fact: Fact) => void) | undefined;
  #closed = false;

  constructor(record: ConversationRecord, parts: ConversationParts) {
    this.#record = record;
    this.#parts = parts;
  }

  get record(): ConversationRecord {
    return this.#record;
  }

  get run(): TurnRun | undefined {
    return this.#run;
  }

  /** Whoever listened before is heard no more. */
  listen(listener: ((fact: Fact) => void) | undefined): void {
    this.#listener = listener;
  }

  get listener(): ((fact: Fact) => void) | undefined {
    return this.#listener;
  }

  /** Waits for the end of what runs. Rejects as `AgentThread.startTurn` says. */
  async startTurn(thread: OpenThread, start: StartTurn): Promise<TurnRef> {
    const known = this.#record.turns.find(({ id }) => id === start.turn)?.ref;
    if (known !== undefined) return known;
    while (this.#run !== undefined) await this.#untilFree(this.#run, start.turn);
    if (this.#closed) throw new SpoolError('unavailable', 'the thread is closed');
    const files = join(this.#parts.files, start.turn.replaceAll(/[^\w-]/g, '_'));
    const input = new InputFiles(start.input, files);
    const run = new TurnRun({
      ...{ turn: start.turn, home: thread.home, clock: this.#parts.clock },
      prepare: () => this.#prepare(thread, start, input),
      enter: () => this.#parts.firstStarts.enter(thread.home),
      onProcess: ({ pid, start: since }) => {
        if (since !== undefined) this.#remember({ process: { pid, start: since } });
      },
      find: (pid) => this.#find(start.turn, pid),
      onRollout: ({ native }) => {
        this.#remember({ native });
        // For whoever wants to go on with it in another program.
        this.#heard({ type: 'raw', turn: start.turn, method: 'thread.started', params: { thread_id: native } });
      },
      onFact: (fact) => this.#heard(fact),
    });
    this.#run = run;
    void run.over.then(() => {
      input[Symbol.dispose]();
      this.#remember({ process: undefined });
      this.#run = undefined;
    });
    return await run.begun;
  }

  interrupt(turn: string): void {
    this.#waiting.get(turn)?.();
    if (this.#run?.turn !== turn) return;
    this.#mark(turn, { interrupted: true });
    this.#run.interrupt();
  }

  /** Ends what runs and takes no more. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const leave of [...this.#waiting.values()]) leave();
    await this.#run?.stop();
  }

  /** The rollout as it lies there, where the conversation has one. One that died before it could be written down here is looked for. */
  async rollout(): Promise<Rollout | undefined> {
    const { home, native, turns } = this.#record;
    if (native !== undefined) {
      const file = findRollout(home, native);
      return file === undefined ? undefined : { file, native };
    }
    const last = turns.at(-1);
    const found = last === undefined ? undefined : await rolloutOfPrompt(this.#sought(last));
    if (found !== undefined) this.#remember({ native: found.native });
    return found;
  }

  async #untilFree(run: TurnRun, turn: string): Promise<void> {
    let left = false;
    const leaving = new Promise<void>((resolve) => {
      this.#waiting.set(turn, () => {
        left = true;
        resolve();
      });
    });
    await Promise.race([run.over, leaving]);
    this.#waiting.delete(turn);
    if (this.#closed) throw new SpoolError('unavailable', 'the thread is closed');
    if (left) throw new SpoolError('cancelled', 'the turn was interrupted before it began');
  }

  async #prepare(thread: OpenThread, start: StartTurn, input: InputFiles): Promise<Prepared> {
    if (start.action !== undefined || start.outputSchema !== undefined) {
      throw new SpoolError('unsupported', 'Codex in a terminal takes prompts only');
    }
    const rollout = await this.rollout();
    if (rollout !== undefined) await demandFree(rollout.file);
    const prompt = promptOf(start.input);
    const around = await this.#parts.around(thread.home);
    const command = turnCommand({ thread, turn: start, native: rollout?.native, prompt, images: input.paths }, around);
    const from = rollout === undefined ? 0 : (await stat(rollout.file)).size;
    const counted = rollout === undefined ? undefined : (await tokensIn(rollout.file))?.total.totalTokens;
    const said = digestOf(prompt);
    this.#remember({ turns: [...this.#record.turns.slice(-MOST_TURNS), { id: start.turn, from, at: this.#parts.clock.now(), said }] });
    const facts = new TurnFacts({ turn: start.turn, said, text: prompt, counted });
    return { command, facts, rollout: rollout === undefined ? undefined : { ...rollout, from } };
  }

  async #find(turn: string, pid: number | undefined): Promise<Rollout | undefined> {
    const given = this.#record.turns.find(({ id }) => id === turn);
    if (given === undefined) return undefined;
    const sought = this.#sought(given);
    const own = pid === undefined ? undefined : await rolloutOfProcess(pid, sought);
    // Where the system tells which files a process has open, only that of a process that is gone has to be found in another way.
    if (own !== undefined || (pid !== undefined && process.platform === 'linux')) return own;
    return await rolloutOfPrompt(sought);
  }

  #sought({ at, said }: GivenTurn) {
    const { home, cwd, id } = this.#record;
    // Asked of one that fits only: there may be many conversations.
    const taken = (native: string): boolean => this.#parts.records.all().some((other) => other.id !== id && other.native === native);
    return { home, cwd, at, said, taken };
  }

  #heard(fact: Fact): void {
    if (fact.type === 'turn.started') this.#mark(fact.turn, { ref: fact.ref });
    this.#listener?.(fact);
  }

  #mark(turn: string, what: Partial<GivenTurn>): void {
    this.#remember({ turns: this.#record.turns.map((given) => (given.id === turn ? { ...given, ...what } : given)) });
  }

  #remember(what: Partial<ConversationRecord>): void {
    this.#record = { ...this.#record, ...what };
    this.#parts.records.write(this.#record);
  }
}

/** Two that write to one conversation would tear it apart. Rejects with `conflict`, naming who has it open. */
async function demandFree(file: string): Promise<void> {
  const [holder] = (await writersOf(file)) ?? [];
  if (holder === undefined) return;
  throw new SpoolError('conflict', `the conversation is open in another process: ${holder.command} (pid ${holder.pid})`, {
    hint: 'close it there and try again',
    details: { pid: holder.pid },
  });
}
