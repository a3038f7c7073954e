/** What the parts of a fake Codex see of each other. */

import type { Fields, History, KeptItem } from './history.js';
import type { Plan } from './settings.js';
import type { Wire } from './wire.js';

/** Who hears what is said in a thread. */
export interface Audience {
  readonly id: string;
  readonly listeners: ReadonlySet<Wire>;
  tell(method: string, params: Fields): void;
}

export interface Asker {
  /** Resolves with the decision, or with `closed` when that comes first. */
  ask(thread: Audience, method: string, params: Fields, closed: Promise<void>): Promise<string>;
}

/** The process around a thread. */
export interface Surroundings {
  readonly plan: Plan;
  readonly questions: Asker;
  /** Tells every connection. */
  readonly everybody: (method: string, params: Fields) => void;
  /** Ends the process here and now when the plan says so. */
  readonly mayDie: (point: string, ...names: readonly (string | number)[]) => void;
  readonly pause: (ms: number) => Promise<void>;
}

/** Where a turn is played. */
export interface Stage extends Audience {
  readonly history: History;
  readonly around: Surroundings;
  /** Writes a completed item down, then tells it. */
  done(turn: string, item: KeptItem): void;
}
