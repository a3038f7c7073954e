/** A story of the version table: one promise, kept or kept in part by a version of Codex, and seen to be so. */

import type { Stage } from './stage.js';

export interface Story {
  /** The promise, as a sentence: the title of the test and the row of the table. */
  readonly promise: string;
  /** Sees that the promise is kept. */
  readonly play: (stage: Stage) => Promise<void>;
}

/** Where a version keeps less than the promise. */
export interface Limit {
  readonly promise: string;
  readonly versions: readonly string[];
  /** `lesser`: something of it; `cannot`: nothing of it, and the host says so. */
  readonly support: 'lesser' | 'cannot';
  /** What there is instead, or why there is nothing: a note of the table. */
  readonly note: string;
  /** Sees that it is so. */
  readonly play: (stage: Stage) => Promise<void>;
}
