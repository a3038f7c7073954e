/** What is to be changed in a rollout so that it no longer carries certain results. Nothing is written here. */

import { SpoolError } from '../../base/errors.js';
import type { TakeOut } from '../../ports/carried-results.js';
import type { Backup } from './backups.js';
import { entryOf } from './entry.js';
import { linesOf } from './lines.js';
import { type Stripping, stripped } from './strip.js';
import type { Result, Survey } from './survey.js';

/** Those that are meant. Throws `not-found` or `invalid-input` for an item that cannot be taken out. */
export function chosen({ results }: Survey, which: TakeOut['which']): readonly Result[] {
  if (!('items' in which)) {
    const { largerThanBytes, olderThanTurns } = which;
    return results.filter(
      ({ taken, small, bytes, turnsAgo }) => !(taken || small) && bytes > largerThanBytes && turnsAgo >= olderThanTurns,
    );
  }
  const found = which.items.map((item) => resultOf(results, item));
  return results.filter((result) => found.includes(result) && !result.taken);
}

function resultOf(results: readonly Result[], item: string): Result {
  const result = results.find(({ call, items }) => call === item || items.includes(item));
  if (result === undefined) {
    throw new SpoolError('not-found', `the conversation carries no result of an item ${item}`, {
      hint: 'look at the list of results; in a copy of another session, those of the original can only be taken out there',
    });
  }
  if (!result.small) return result;
  throw new SpoolError(
    'invalid-input',
    `the result of item ${item} has ${result.bytes} bytes: what would stand in its place is no smaller`,
  );
}

/** The lines to change, as they are and as they are to be. */
export async function linesWithout(file: string, results: readonly Result[], given: boolean): Promise<Backup['lines']> {
  const weights = new Map(results.flatMap(({ call, items, bytes }) => [call, ...items].map((id) => [id, bytes] as const)));
  const stripping: Stripping = { weights, arguments: given };
  const lines: Backup['lines'] = [];
  for await (const { offset, bytes, whole } of linesOf(file)) {
    const before = bytes.toString('utf8');
    // A line that is not text to the last byte could not be put back as it was.
    const entry = whole && Buffer.from(before).equals(bytes) ? entryOf(before) : undefined;
    if (entry === undefined) continue;
    const after = stripped(before, entry, stripping);
    if (after !== before) lines.push({ offset, before, after });
  }
  return lines;
}
