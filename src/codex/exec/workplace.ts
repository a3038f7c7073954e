/**
 * The folder of one running process: who it is, and the files that it is given. It is gone with the process. One that is found later
 * was left by a host that was killed, and its process is stopped.
 */

import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { makePrivateFolder, writePrivateFile } from '../../base/private-files.js';
import { stopPid } from '../../base/process.js';

const Process = z.object({ pid: z.number().int().positive(), start: z.string() });

const PROCESS = 'process.json';
/** Codex ends at once when it is asked; what it has started may not. */
const LEFT_GRACE_MS = 1_000;

export class Workplace implements Disposable {
  readonly #folder: string;

  /** `name` tells it from those that are there at the same time. */
  constructor(runDir: string, name: string) {
    this.#folder = join(runDir, name);
    makePrivateFolder(runDir);
    rmSync(this.#folder, { recursive: true, force: true });
    mkdirSync(this.#folder, { mode: 0o700 });
  }

  /** Writes a file for the process, for our user alone, and returns its path. */
  file(name: string, content: string | Uint8Array): string {
    const path = this.path(name);
    writeFileSync(path, content, { mode: 0o600, flag: 'wx' });
    return path;
  }

  path(name: string): string {
    return join(this.#folder, name);
  }

  /** From now on a later host finds the process. A process that is over already has no start. */
  begin(pid: number, start: string | undefined): void {
    if (start !== undefined) writePrivateFile(this.path(PROCESS), JSON.stringify({ pid, start }), { derived: true });
  }

  [Symbol.dispose](): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

/** Stops what an earlier host has left running here, and clears away its files. Resolves with how many processes there were. */
export async function stopLeftovers(runDir: string): Promise<number> {
  const names = await readdir(runDir).catch(() => []);
  let stopped = 0;
  for (const name of names) {
    const left = processIn(join(runDir, name, PROCESS));
    if (left !== undefined) {
      await stopPid(left.pid, left.start, { graceMs: LEFT_GRACE_MS });
      stopped += 1;
    }
    rmSync(join(runDir, name), { recursive: true, force: true });
  }
  return stopped;
}

function processIn(file: string): z.infer<typeof Process> | undefined {
  try {
    return Process.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch {
    // The host died before it had started one. One that was not written down waits for its prompt, and ends without it.
    return undefined;
  }
}
