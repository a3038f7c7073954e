/**
 * What a fake Codex is told by the file `fake-codex.json` of its CODEX_HOME: a seed, and how probable each fault is. A fault hits or
 * spares a message by the message's own text, so that the same seed gives the same faults whatever else happens.
 */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { chanceOf } from '../seeded.js';

const chance = z.number().min(0).max(1).default(0);

const Faults = z.strictObject({
  delay: chance.describe('a frame comes some milliseconds late'),
  overtake: chance.describe('the answer to turn/start, turn/steer or turn/interrupt comes behind what it set off'),
  lost: chance.describe('the answer to turn/start never comes'),
  duplicate: chance.describe('a notification or a question comes twice'),
  cut: chance.describe('the connection breaks in the middle of a frame'),
  retry: chance.describe('the model stream breaks and is retried: the message that had begun never ends'),
  fail: chance.describe('the turn fails'),
  foreign: chance.describe("another client's turn runs in the thread, behind ours"),
  unknown: chance.describe('notifications, questions and texts that nobody knows'),
  die: chance.describe('the process kills itself'),
  loseSteer: chance.describe('a message that was accepted for a running turn is forgotten'),
});
export type Faults = z.infer<typeof Faults>;
export type Fault = keyof Faults;

const Settings = z.strictObject({
  seed: z.number().int().default(1),
  /** How long a piece of a message takes at most, in milliseconds, unless the directive says. */
  paceMs: z.number().min(0).default(2),
  faults: Faults.prefault({}),
});
export type FakeCodexSettings = z.input<typeof Settings>;

export const SETTINGS_FILE = 'fake-codex.json';

/** The settings of one process. */
export class Plan {
  readonly paceMs: number;
  readonly #seed: number;
  readonly #faults: Faults;

  constructor(settings: FakeCodexSettings = {}) {
    const { seed, paceMs, faults } = Settings.parse(settings);
    this.#seed = seed;
    this.paceMs = paceMs;
    this.#faults = faults;
  }

  static of(home: string): Plan {
    return new Plan(JSON.parse(textOf(join(home, SETTINGS_FILE))) as FakeCodexSettings);
  }

  hits(fault: Fault, ...names: readonly (string | number)[]): boolean {
    const probability = this.#faults[fault];
    return probability > 0 && chanceOf(this.#seed, fault, ...names) < probability;
  }

  /** A whole number from 0 to `most`. */
  number(most: number, ...names: readonly (string | number)[]): number {
    return Math.floor(chanceOf(this.#seed, 'number', ...names) * (most + 1));
  }
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    // No file means no faults.
    return '{}';
  }
}
