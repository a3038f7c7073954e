/** The ladder: levels of named steps, one after the other. A step that fails ends its level, and the next level begins anew. */

import { messageOf } from '../src/base/errors.js';
import { Stack } from '../src/base/stack.js';
import { NotSeen, within } from './until.js';

export interface Level {
  /** `L0` and so on. */
  readonly name: string;
  /** What holds when it passes. */
  readonly title: string;
  readonly climb: (climb: Climb) => Promise<void>;
}

export interface StepResult {
  readonly title: string;
  readonly ms: number;
  /** What was seen, for the line of a step that passed. */
  readonly seen?: string;
  /** Why it did not hold. */
  readonly reason?: string;
}

export interface LevelResult {
  readonly level: Pick<Level, 'name' | 'title'>;
  readonly ms: number;
  readonly steps: readonly StepResult[];
  /** Files and folders that show more, where a step has failed. */
  readonly lookAt: readonly string[];
}

export interface Listener {
  begins(level: Level): void;
  stepped(step: StepResult): void;
  ended(result: LevelResult): void;
}

/** The longest that one step may take; where it takes that long something hangs. */
const LONGEST_MS = 120_000;

export class Climb {
  readonly steps: StepResult[] = [];
  readonly lookAt: string[] = [];
  readonly #stack = new Stack();
  readonly #listener: Listener;
  readonly #stop: AbortSignal | undefined;

  /** When `stop` is aborted the step that is being played fails, and so do those behind it. */
  constructor(listener: Listener, stop?: AbortSignal) {
    this.#listener = listener;
    this.#stop = stop;
  }

  get failed(): boolean {
    return this.steps.some(({ reason }) => reason !== undefined);
  }

  get stopped(): boolean {
    return this.#stop?.aborted === true;
  }

  /** Is disposed when the level is over, the last one first. */
  use<T extends AsyncDisposable>(thing: T): T {
    return this.#stack.use(thing);
  }

  /** What to look at when a step has failed. */
  look(...places: readonly string[]): void {
    this.lookAt.push(...places);
  }

  /** What the steps behind it need: when it does not hold, the level is over. `act` resolves to what it has seen, in a few words. */
  async step(title: string, act: () => Promise<string | undefined>): Promise<void> {
    if (!(await this.check(title, act))) throw new StepFailed(title);
  }

  /** One that nothing needs: the level goes on, and has failed all the same. */
  async check(title: string, act: () => Promise<string | undefined>): Promise<boolean> {
    const begun = performance.now();
    if (this.stopped) throw new StepFailed(title);
    try {
      const seen = await within(LONGEST_MS, title, act(), this.#stop);
      this.#add({ title, ms: performance.now() - begun, ...(seen === undefined ? {} : { seen }) });
      return true;
    } catch (error) {
      this.#add({ title, ms: performance.now() - begun, reason: reasonOf(error) });
      return false;
    }
  }

  /** Something was thrown outside of a step. */
  fell(error: unknown): void {
    this.#add({ title: 'the level is played to its end', ms: 0, reason: reasonOf(error) });
  }

  /** Ends what was used, also when all is to stop. */
  async clear(): Promise<void> {
    const title = 'what it started is ended';
    const begun = performance.now();
    try {
      await within(LONGEST_MS, title, this.#stack[Symbol.asyncDispose]());
      this.#add({ title, ms: performance.now() - begun });
    } catch (error) {
      this.#add({ title, ms: performance.now() - begun, reason: reasonOf(error) });
    }
  }

  #add(step: StepResult): void {
    this.steps.push(step);
    this.#listener.stepped(step);
  }
}

class StepFailed extends Error {}

function reasonOf(error: unknown): string {
  const hint = error instanceof Error && 'hint' in error && typeof error.hint === 'string' ? ` (${error.hint})` : '';
  const where = error instanceof Unmet || error instanceof NotSeen || hint !== '' ? '' : stackOf(error);
  return `${messageOf(error)}${hint}${where}`;
}

/** Where an error came from that nobody expected. */
function stackOf(error: unknown): string {
  const frame = error instanceof Error ? error.stack?.split('\n').find((line) => line.includes('/e2e/')) : undefined;
  return frame === undefined ? '' : `\n${frame.trim()}`;
}

/** How much of what was seen is shown. */
const LONGEST = 1500;

/** Something does not hold that should. */
export class Unmet extends Error {}

/** Throws unless it holds; `seen` tells what there was instead. */
export function must(holds: boolean, otherwise: string, seen?: () => unknown): asserts holds {
  if (holds) return;
  const what = seen?.();
  const text = typeof what === 'string' ? what : JSON.stringify(what);
  throw new Unmet(what === undefined ? otherwise : `${otherwise}: ${text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text}`);
}

/** Plays the levels in their order; a level that throws outside of a step has failed with that. */
export async function climbAll(levels: readonly Level[], listener: Listener, stop?: AbortSignal): Promise<LevelResult[]> {
  const results: LevelResult[] = [];
  for (const level of levels) {
    if (stop?.aborted === true) break;
    results.push(await climbOne(level, listener, stop));
  }
  return results;
}

async function climbOne(level: Level, listener: Listener, stop: AbortSignal | undefined): Promise<LevelResult> {
  listener.begins(level);
  const begun = performance.now();
  const climb = new Climb(listener, stop);
  try {
    await level.climb(climb);
  } catch (error) {
    if (!(error instanceof StepFailed)) climb.fell(error);
  }
  await climb.clear();
  const { name, title } = level;
  const result = { level: { name, title }, ms: performance.now() - begun, steps: climb.steps, lookAt: climb.failed ? climb.lookAt : [] };
  listener.ended(result);
  return result;
}

export function passed({ steps }: Pick<LevelResult, 'steps'>): boolean {
  return steps.every(({ reason }) => reason === undefined);
}
