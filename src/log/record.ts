/** What every store must do with a record alike: refuse what cannot be kept exactly, and cut one that a reader enters in its middle. */

import { SpoolError } from '../base/errors.js';
import type { LogRecord, NewRecord, Position, Receipt, StreamId, Version } from '../ports/log.js';

/** Our stores write a stream's version as the position of its last event. */
export function versionAt(position: Position): Version {
  return String(position) as Version;
}

/** The position of the record's last event. */
export function lastOf(record: LogRecord): Position {
  return record.events[record.events.length - 1]?.position ?? 0;
}

/** The record without the events up to `after`; the same object when all of them are behind it, undefined when none is. */
export function behind(record: LogRecord, after: Position): LogRecord | undefined {
  if ((record.events[0]?.position ?? 0) > after) return record;
  if (lastOf(record) <= after) return undefined;
  return { ...record, events: record.events.filter((event) => event.position > after) };
}

export function receiptOf(first: Position, count: number, duplicate: boolean): Receipt {
  const last = first + count - 1;
  return { version: versionAt(last), first, last, duplicate };
}

/** The rejection of an append whose writer saw another version; `head` is where the stream stands. */
export function conflict(stream: StreamId, expected: Version | 'none', head: Position): SpoolError {
  const found = head === 0 ? 'none' : versionAt(head);
  return new SpoolError('conflict', `stream ${stream} was expected at version ${expected} and is at ${found}`, {
    hint: 'Read the stream again and decide anew.',
    details: { stream, expected, found },
  });
}

/** True when a stream whose last event is at `head` is what the writer expected. */
export function matches(expected: Version | 'none' | 'any', head: Position): boolean {
  if (expected === 'any') return true;
  return expected === 'none' ? head === 0 : head > 0 && expected === versionAt(head);
}

/** The rejection of everything that comes after disposal. */
export function closedLog(): SpoolError {
  return new SpoolError('unavailable', 'the log is closed');
}

// ES2024, in every Node that we run on.
type Text = string & { isWellFormed(): boolean };

const TYPE = /^[^\s\0]+$/u;

/** Throws `invalid-input` for a record that could not be read back as it is: no events, a type with blanks, text that is not UTF-8. */
export function checkRecord(record: NewRecord): void {
  if (record.events.length === 0) throw new SpoolError('invalid-input', 'a record needs at least one event');
  for (const { type, body } of record.events) {
    if (!TYPE.test(type)) throw new SpoolError('invalid-input', `${JSON.stringify(type)} is no event type: it is empty or has blanks`);
    if (!isStorable(type) || !isStorable(body)) {
      throw new SpoolError('invalid-input', `the body of a ${type} event holds a NUL or half a surrogate pair, which UTF-8 text cannot`, {
        hint: 'Write bodies with JSON.stringify, which escapes them.',
      });
    }
  }
}

function isStorable(text: string): boolean {
  return !text.includes('\0') && (text as Text).isWellFormed();
}
