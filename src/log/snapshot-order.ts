/** The order of a list of snapshots, newest first, and the cursor that says where its next page begins. */

import { SpoolError } from '../base/errors.js';
import type { StreamId } from '../ports/log.js';
import type { Snapshot } from '../ports/snapshots.js';

/** A place in the list: the snapshot that a page ended with. The stream tells those of one moment apart. */
export interface Place {
  readonly updatedAt: string;
  readonly stream: StreamId;
}

/** Text is compared by UTF-8 bytes in SQLite and by UTF-16 units here; the two agree for ISO times and ids. */
export function newestFirst(a: Snapshot, b: Snapshot): number {
  return compare(b.summary.updatedAt, a.summary.updatedAt) || compare(b.stream, a.stream);
}

export function isBehindCursor(snapshot: Snapshot, place: Place): boolean {
  return (compare(snapshot.summary.updatedAt, place.updatedAt) || compare(snapshot.stream, place.stream)) < 0;
}

export function cursorAt(last: Snapshot | undefined): string | null {
  if (last === undefined) return null;
  return Buffer.from(JSON.stringify([last.summary.updatedAt, last.stream])).toString('base64url');
}

/** Throws `invalid-input` for a cursor that no list returned. */
export function placeOf(cursor: string | undefined): Place | undefined {
  if (cursor === undefined) return undefined;
  const [updatedAt, stream] = parsed(cursor);
  if (typeof updatedAt === 'string' && typeof stream === 'string') return { updatedAt, stream };
  throw new SpoolError('invalid-input', 'this cursor was not made by a list', {
    hint: 'Use `next` of the last page, or none to start anew.',
  });
}

/** The rejection of everything that comes after disposal. */
export function closedSnapshots(): SpoolError {
  return new SpoolError('unavailable', 'the snapshots are closed');
}

function parsed(cursor: string): readonly unknown[] {
  try {
    const value: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString());
    return Array.isArray(value) ? value : [];
  } catch {
    return [];
  }
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
