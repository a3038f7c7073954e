/**
 * A lane runs jobs one at a time, in the order they came. It is the whole of our locking: what has one lane has one writer.
 */

import { SpoolError } from './errors.js';

export class Lane implements AsyncDisposable {
  #tail: Promise<unknown> = Promise.resolve();
  #waiting = 0;
  #closed = false;

  /** True while a job runs or waits. */
  get busy(): boolean {
    return this.#waiting > 0;
  }

  /** Runs `job` after all earlier ones; a job that throws rejects its own promise only. Rejects at once when the lane is closed. */
  run<T>(job: () => Promise<T> | T): Promise<T> {
    if (this.#closed) return Promise.reject(new SpoolError('unavailable', 'this lane is closed'));
    this.#waiting += 1;
    const result = this.#tail.then(job);
    const settled = (): void => {
      this.#waiting -= 1;
    };
    // Counted down before the caller's own continuation runs, so that `busy` is false for whoever awaited the last job.
    this.#tail = result.then(settled, settled);
    return result;
  }

  /** Resolves when every job that was there at the call has ended. */
  async drain(): Promise<void> {
    await this.#tail;
  }

  /** Takes no more jobs and drains. Twice is fine. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    await this.#tail;
  }
}
