/** A small disk of its own for the log, which is filled and emptied: a file system in memory, so only root can have it, and only on Linux. */

import { execFile } from 'node:child_process';
import { closeSync, openSync, rmSync, writeSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

export class SmallDisk implements AsyncDisposable {
  readonly #path: string;
  #room: Promise<void> = Promise.resolve();
  #open: () => void = () => undefined;
  #refusals = 0;
  #mounted = true;

  private constructor(path: string) {
    this.#path = path;
  }

  /** Mounts a disk of so many MB there. Rejects where that is not allowed. */
  static async mount(path: string, megabytes: number): Promise<SmallDisk> {
    await mkdir(path, { recursive: true, mode: 0o700 });
    await run('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m,mode=0700`, 'tmpfs', path]);
    return new SmallDisk(path);
  }

  /** Commands that were refused because it was full. */
  get refusals(): number {
    return this.#refusals;
  }

  /** Leaves not a byte. */
  fill(): void {
    this.#room = new Promise((resolve) => {
      this.#open = resolve;
    });
    const file = openSync(join(this.#path, 'ballast'), 'a');
    for (let bytes = 1 << 20; bytes >= 1; ) if (!written(file, bytes)) bytes >>= 1;
    closeSync(file);
  }

  free(): void {
    rmSync(join(this.#path, 'ballast'), { force: true });
    this.#open();
  }

  /** A command was refused; resolves when it is worth trying again. */
  refused(): Promise<void> {
    this.#refusals += 1;
    return this.#room;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#mounted) return;
    this.#mounted = false;
    this.#open();
    await run('umount', ['-l', this.#path]);
  }
}

function written(file: number, bytes: number): boolean {
  try {
    return writeSync(file, Buffer.alloc(bytes)) === bytes;
  } catch {
    // Full for a piece of this size.
    return false;
  }
}
