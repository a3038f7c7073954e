/** How many tasks there are: those that are open now, and those that have ended since the start. */

import type { TaskStatus } from '../contract/task.js';
import type { TaskState } from '../domain/tasks/state.js';

type Counts = Record<TaskStatus, number>;

const NONE: Readonly<Counts> = { queued: 0, leased: 0, running: 0, waiting: 0, replied: 0, failed: 0, cancelled: 0, expired: 0 };

export class Tally {
  readonly #ended: Counts = { ...NONE };

  ended({ status }: TaskState): void {
    this.#ended[status] += 1;
  }

  /** `awake`: all that are open, and others. */
  with(awake: Iterable<{ readonly state: TaskState }>): Readonly<Counts> {
    const counts = { ...NONE };
    for (const { state } of awake) counts[state.status] += 1;
    const { replied, failed, cancelled, expired } = this.#ended;
    return { ...counts, replied, failed, cancelled, expired };
  }
}
