/** The two Codexes that a round may run on: the fake one, which does wrong on purpose, and the real one with the offline model. */

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  codexBinary,
  type FakeCodexAnswer,
  type FakeCodexSettings,
  fakeCodexAnswers,
  fakeCodexThreads,
  installFakeCodex,
  prepareFakeHome,
  prepareOfflineHome,
  startOfflineModel,
} from '../src/testing/index.js';
import { chanceOf } from '../src/testing/seeded.js';

export interface Backend extends AsyncDisposable {
  readonly name: 'fake' | 'real';
  /** The codex executable. */
  readonly binary: string;
  readonly permissions: Readonly<Record<string, string>>;
  /** Inputs that have reached the agent: their tags, each as often as it did. */
  readonly taken: () => Map<string, number>;
  /**
   * Messages that it remembers although its history does not show them. The real Codex writes a message down in two lines, first for the
   * model, then for its history; when it is killed between the two, nobody can ask it for that message, and it is sent again.
   */
  readonly halfTaken: () => number;
  /** Answers to questions that reached it; undefined where it does not tell. */
  readonly answers: () => readonly FakeCodexAnswer[] | undefined;
  /** How often it killed itself. */
  readonly deaths: () => number;
}

export interface BackendPlace {
  /** A folder of its own. */
  readonly folder: string;
  readonly codexHome: string;
  /** The compiled program of the fake Codex. */
  readonly program: string;
  readonly seed: number;
}

type Faults = NonNullable<FakeCodexSettings['faults']>;

/** How often the fake does what is wrong, in common weather. */
const FAULTS: Required<Faults> = {
  delay: 0.03,
  overtake: 0.08,
  lost: 0.01,
  duplicate: 0.01,
  cut: 0.0006,
  retry: 0.03,
  fail: 0.03,
  foreign: 0.03,
  unknown: 0.03,
  die: 0.002,
  loseSteer: 0.05,
};
/** Some rounds are calm, so that kills alone are seen; some are rough. */
const WEATHERS = [0, 1, 1, 2, 4];

function faultsOf(seed: number): Faults {
  const weather = WEATHERS[Math.floor(chanceOf(seed, 'weather') * WEATHERS.length)] ?? 1;
  return Object.fromEntries(Object.entries(FAULTS).map(([fault, chance]) => [fault, (chance ?? 0) * weather]));
}

export async function fakeBackend({ folder, codexHome, program, seed }: BackendPlace): Promise<Backend> {
  const binary = await installFakeCodex(join(folder, 'bin'), { program });
  await prepareFakeHome(codexHome, { seed, faults: faultsOf(seed) });
  return {
    name: 'fake',
    binary,
    permissions: {},
    taken: () => {
      const items = fakeCodexThreads(codexHome).flatMap(({ turns }) => turns.flatMap((turn) => turn.items));
      return tagsIn(items.filter(({ type, clientId }) => type === 'userMessage' && clientId !== null).map(({ content }) => content));
    },
    halfTaken: () => 0,
    answers: () => fakeCodexAnswers(codexHome),
    deaths: () => linesOf(join(codexHome, 'deaths.log')).length,
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

export async function realBackend({ codexHome }: BackendPlace): Promise<Backend> {
  const model = await startOfflineModel();
  await prepareOfflineHome(codexHome, model);
  return {
    name: 'real',
    binary: codexBinary(),
    permissions: { profile: ':read-only' },
    taken: () => tagsIn(rollouts(codexHome).flatMap(shownMessages)),
    halfTaken: () => {
      const files = rollouts(codexHome);
      return total(tagsIn(files.flatMap(rememberedMessages))) - total(tagsIn(files.flatMap(shownMessages)));
    },
    answers: () => undefined,
    deaths: () => 0,
    [Symbol.asyncDispose]: () => model[Symbol.asyncDispose](),
  };
}

/** How often each tag stands at the head of a message. */
function tagsIn(contents: readonly unknown[]): Map<string, number> {
  const tags = new Map<string, number>();
  for (const content of contents) {
    for (const [, tag = ''] of JSON.stringify(content).matchAll(/"#(s\d+t\d+)# /g)) tags.set(tag, (tags.get(tag) ?? 0) + 1);
  }
  return tags;
}

/** Codex's own record of every thread, by which it remembers it. */
function rollouts(codexHome: string): string[] {
  const folder = join(codexHome, 'sessions');
  if (!existsSync(folder)) return [];
  const names = readdirSync(folder, { recursive: true }).map(String);
  return names.filter((name) => name.endsWith('.jsonl')).map((name) => join(folder, name));
}

interface RolloutLine {
  readonly type: string;
  readonly payload: {
    readonly type?: string;
    readonly role?: string;
    readonly content?: unknown;
    readonly item?: { readonly type: string; readonly content?: unknown };
  };
}

/** What the model is given as said by the user. */
function rememberedMessages(file: string): unknown[] {
  return rolloutLines(file).flatMap(({ type, payload }) => {
    return type === 'response_item' && payload.type === 'message' && payload.role === 'user' ? [payload.content] : [];
  });
}

/** What clients see of it. */
function shownMessages(file: string): unknown[] {
  return rolloutLines(file).flatMap(({ payload: { type, item } }) => {
    return type === 'item_completed' && item?.type === 'UserMessage' ? [item.content] : [];
  });
}

function rolloutLines(file: string): RolloutLine[] {
  return linesOf(file).flatMap((line) => {
    try {
      return [JSON.parse(line) as RolloutLine];
    } catch {
      // A kill has cut it; Codex passes over it too.
      return [];
    }
  });
}

function total(counts: ReadonlyMap<string, number>): number {
  return [...counts.values()].reduce((sum, count) => sum + count, 0);
}

function linesOf(file: string): string[] {
  return existsSync(file) ? readFileSync(file, 'utf8').split('\n').slice(0, -1) : [];
}
