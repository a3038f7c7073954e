/** Changes Spool's block in a config.toml on disk: one writer at a time, the whole file or nothing. */

import { createTwoFilesPatch, FILE_HEADERS_ONLY } from 'diff';
import { SpoolError } from '../../base/errors.js';
import type { ConfigChange, ManagedConfig } from './managed-config.js';
import { planConfig } from './plan-config.js';
import { type FileCalls, type FoundFile, findFile, replaceFile } from './replace-file.js';

export interface EditOptions {
  /** Nothing is written, not even a lock; the result says what would be. */
  readonly dryRun?: boolean;
  /** How long to wait for another writer before `unavailable`; longer than it takes to overtake a dead one when absent. */
  readonly lockWaitMs?: number;
  /** For tests: a disk that fails. */
  readonly calls?: FileCalls;
}

/** How often others may change the file between our look at it and our writing. They don't know our lock, and change it once. */
const TRIES = 10;

/**
 * `managed` may be a function of the text, which is that of the file under the lock in the end; it is asked once or more. Where nothing
 * changes, nothing is written and nothing is locked. Throws as `planConfig`, `findFile` and `replaceFile` do; then the file is as it was.
 */
export async function editConfig(
  file: string,
  managed: ManagedConfig | ((text: string) => ManagedConfig),
  options: EditOptions = {},
): Promise<ConfigChange> {
  const seen = await look(file, managed);
  if (options.dryRun === true || !seen.change.changed) return seen.change;
  // Loaded when it is needed: it listens to signals from then on.
  const { withFileLock } = await import('../../base/file-lock.js');
  const wait = options.lockWaitMs === undefined ? {} : { waitMs: options.lockWaitMs };
  return await withFileLock(seen.found.path, async (stillMine) => await write(file, managed, stillMine, options.calls), wait);
}

/** Takes the block out again. */
export async function removeManaged(file: string, options: EditOptions = {}): Promise<ConfigChange> {
  return await editConfig(file, {}, options);
}

async function write(
  file: string,
  managed: ManagedConfig | ((text: string) => ManagedConfig),
  stillMine: () => void,
  calls: FileCalls | undefined,
): Promise<ConfigChange> {
  for (let tries = 0; tries < TRIES; tries += 1) {
    const { found, change } = await look(file, managed);
    if (!change.changed || (await replaceFile(found, change.after, stillMine, calls))) return change;
  }
  throw new SpoolError('conflict', `${file} is being changed by another program all the time`, { hint: 'try again when it is done' });
}

async function look(
  file: string,
  managed: ManagedConfig | ((text: string) => ManagedConfig),
): Promise<{ found: FoundFile; change: ConfigChange }> {
  const found = await findFile(file);
  const before = found.text ?? '';
  const { text: after, ownWins, movedOut } = planConfig(before, typeof managed === 'function' ? managed(before) : managed, file);
  return { found, change: { file, before, after, changed: before !== after, ownWins, movedOut, diff: diffOf(file, before, after) } };
}

function diffOf(file: string, before: string, after: string): string {
  return before === after
    ? ''
    : createTwoFilesPatch(file, file, before, after, undefined, undefined, { context: 3, headerOptions: FILE_HEADERS_ONLY });
}
