/**
 * Gathers what is asked for in one turn of the event loop and hands it over as one batch, so that all of it shares one flush to the
 * disk. The batch runs as soon as the turn's other work is done: one who is alone waits for nobody.
 */

export interface Batched {
  /** About how much it weighs; a batch ends where `MOST_WEIGHT` is reached. */
  readonly weight: number;
}

// A commit holds up the event loop, so it must stay short: at disk speeds of 100 MB/s this is some 80 ms.
const MOST_WEIGHT = 8 * 1024 * 1024;
const MOST_JOBS = 1024;

export class GroupCommit<Job extends Batched> {
  readonly #commit: (batch: readonly Job[]) => void;
  #waiting: Job[] = [];
  #scheduled: NodeJS.Immediate | undefined;

  /** `commit` settles every job of its batch by itself and never throws. */
  constructor(commit: (batch: readonly Job[]) => void) {
    this.#commit = commit;
  }

  add(job: Job): void {
    this.#waiting.push(job);
    this.#scheduled ??= setImmediate(() => this.#runOne());
  }

  /** Commits all that waits, now. */
  flush(): void {
    clearImmediate(this.#scheduled);
    this.#scheduled = undefined;
    while (this.#waiting.length > 0) this.#commit(this.#take());
  }

  #runOne(): void {
    const batch = this.#take();
    this.#scheduled = this.#waiting.length === 0 ? undefined : setImmediate(() => this.#runOne());
    this.#commit(batch);
  }

  #take(): Job[] {
    let weight = 0;
    let count = 0;
    for (const job of this.#waiting) {
      if (count === MOST_JOBS || (count > 0 && weight + job.weight > MOST_WEIGHT)) break;
      weight += job.weight;
      count += 1;
    }
    return this.#waiting.splice(0, count);
  }
}
