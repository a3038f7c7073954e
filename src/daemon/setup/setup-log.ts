/** What setup did, step by step, as lines of JSON in a private file: for whoever has to find out later why a step failed. */

import { appendFileSync, chmodSync } from 'node:fs';
import { dirname } from 'node:path';
import { type Clock, isoTime } from '../../base/clock.js';
import { makePrivateFolder } from '../../base/private-files.js';
import { redact } from '../../base/redact.js';

export interface StepRecord {
  readonly step: string;
  readonly outcome: 'done' | 'kept' | 'skipped' | 'failed';
  /** What a person is told; keys and tokens in it are taken out. */
  readonly says: string;
  /** How it was done, as the login's method. */
  readonly method?: string;
}

export class SetupLog {
  readonly path: string;
  readonly #clock: Clock;

  constructor(path: string, clock: Clock) {
    this.path = path;
    this.#clock = clock;
  }

  /** Throws when the file cannot be written: then nothing else of the home can be, either. */
  note(record: StepRecord): void {
    makePrivateFolder(dirname(this.path));
    appendFileSync(this.path, `${redact(JSON.stringify({ at: isoTime(this.#clock), ...record }))}\n`, { mode: 0o600 });
    chmodSync(this.path, 0o600);
  }
}
