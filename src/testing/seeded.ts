/**
 * Chance that is the same for the same seed: by name, so that what happens elsewhere does not shift it, or as a row of draws.
 */

/** A number from 0 to below 1 that follows from the seed and the names alone. */
export function chanceOf(seed: number, ...names: readonly (string | number)[]): number {
  let hash = (0x811c9dc5 ^ seed) >>> 0;
  for (const char of names.join('\u0000')) hash = Math.imul(hash ^ (char.codePointAt(0) ?? 0), 0x01000193) >>> 0;
  return mixed(hash) / 0x1_0000_0000;
}

/** Draws, one after the other. */
export class Dice {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** From 0 to below 1. */
  draw(): number {
    this.#state = (this.#state + 0x9e3779b9) >>> 0;
    return mixed(this.#state) / 0x1_0000_0000;
  }

  /** A whole number, both ends included. */
  between(low: number, high: number): number {
    return low + Math.floor(this.draw() * (high - low + 1));
  }

  hits(probability: number): boolean {
    return this.draw() < probability;
  }

  /** One of them, by their weights. */
  pick<T>(choices: readonly (readonly [weight: number, choice: T])[]): T {
    let left = this.draw() * choices.reduce((sum, [weight]) => sum + weight, 0);
    for (const [weight, choice] of choices) {
      left -= weight;
      if (left < 0) return choice;
    }
    const last = choices.at(-1);
    if (last === undefined) throw new RangeError('there is nothing to pick from');
    return last[1];
  }
}

/** The finish of MurmurHash3: every bit of the input moves every bit of the output. */
function mixed(value: number): number {
  let hash = value;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
