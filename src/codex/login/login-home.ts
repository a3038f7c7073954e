/**
 * The throwaway home of one login. A login that Codex did in a home of a user would be shared with that user's own Codex, and the first
 * of the two to renew it would end it for both.
 */

import { randomBytes } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { makePrivateFolder, writePrivateFile } from '../../base/private-files.js';
import { processStart, type RunningProcess, stopPid } from '../../base/process.js';

const Life = z.object({ pid: z.number(), start: z.string() });
/** Who made the home, and the Codex that logs in there. Both are told from a later process with the same pid by their start. */
const Owner = z.object({ owner: Life, codex: Life.optional() });

export interface LoginHome extends Disposable {
  /** The CODEX_HOME. */
  readonly path: string;
  /** Writes down which process works in it, so that it is found when we are killed. */
  usedBy(codex: RunningProcess): void;
}

/** Makes one in a folder that holds nothing else. Disposing removes it with all that is in it. */
export async function makeLoginHome(folder: string): Promise<LoginHome> {
  makePrivateFolder(folder);
  const place = join(folder, randomBytes(6).toString('hex'));
  const owner = { pid: process.pid, start: (await processStart(process.pid)) ?? '' };
  const ownerFile = join(place, 'owner.json');
  writePrivateFile(ownerFile, JSON.stringify({ owner }));
  const path = join(place, 'home');
  mkdirSync(path, { mode: 0o700 });
  return {
    path,
    usedBy: ({ pid, start = '' }) => writePrivateFile(ownerFile, JSON.stringify({ owner, codex: { pid, start } })),
    [Symbol.dispose]: () => rmSync(place, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 }),
  };
}

/** Removes what logins have left that were killed, and ends the Codex that may still wait there. Those that go on are left alone. */
export async function sweepLoginHomes(folder: string): Promise<void> {
  for (const name of namesIn(folder)) {
    const place = join(folder, name);
    const found = ownerOf(join(place, 'owner.json'));
    if (found !== undefined && (await processStart(found.owner.pid)) === found.owner.start) continue;
    if (found?.codex !== undefined) await stopPid(found.codex.pid, found.codex.start, { graceMs: 0 });
    rmSync(place, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 });
  }
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    // There was no login yet.
    return [];
  }
}

function ownerOf(file: string): z.infer<typeof Owner> | undefined {
  try {
    return Owner.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch {
    // It was killed before it could write its name down.
    return undefined;
  }
}
