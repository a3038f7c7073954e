/** The agents from elsewhere that a host has admitted. What is kept of a token is a digest. */

import type { TaskSettings } from '../contract/task.js';

export interface AdmittedOutsider {
  readonly alias: string;
  readonly tasks: TaskSettings;
  readonly createdAt: string;
}

export interface OutsideDirectory {
  get(alias: string): AdmittedOutsider | undefined;
  list(): readonly AdmittedOutsider[];
  /** Whose token it is. */
  byToken(token: string): AdmittedOutsider | undefined;
  /** Makes a token, which nobody can be told again. Rejects with `conflict` when the alias is taken. */
  admit(alias: string, tasks: TaskSettings): Promise<{ readonly agent: AdmittedOutsider; readonly token: string }>;
  /** Undefined when there was none. */
  dismiss(alias: string): Promise<AdmittedOutsider | undefined>;
}
