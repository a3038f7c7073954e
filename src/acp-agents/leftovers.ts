/**
 * The processes that run, by their pids in a folder. An agent ends when its input does, as when the host was killed; one that does not is
 * found here by the next host, and stopped with all that it has started.
 */

import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { writePrivateFile } from '../base/private-files.js';
import { stopPid } from '../base/process.js';

const Left = z.object({ pid: z.number().int().positive(), start: z.string() });

/** Writes a process down; disposing strikes it out. One that is over already has no start. */
export function writeDown(folder: string, pid: number, start: string | undefined): Disposable {
  const file = join(folder, `${pid}.json`);
  if (start !== undefined) writePrivateFile(file, JSON.stringify({ pid, start }), { derived: true });
  return { [Symbol.dispose]: () => rmSync(file, { force: true }) };
}

/** Stops what an earlier host has left. Only one host has the folder at a time. */
export async function stopLeftovers(folder: string): Promise<void> {
  for (const name of namesIn(folder)) {
    const file = join(folder, name);
    const left = leftIn(file);
    if (left !== undefined) await stopPid(left.pid, left.start, { graceMs: 0 });
    rmSync(file, { force: true });
  }
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    // There never was one.
    return [];
  }
}

function leftIn(file: string): z.infer<typeof Left> | undefined {
  try {
    return Left.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch {
    // Not written to its end: then it names nobody.
    return undefined;
  }
}
