/** How the log's file came to look as it does, step by step. A step that was released is never changed: old files have taken it. */

import { SpoolError } from '../../base/errors.js';
import type { Found } from './database-file.js';
import { type Database, damaged, inTransaction } from './driver.js';

/** "SPOL" in ASCII, so that `file` and we know a log of ours. */
export const LOG_APPLICATION_ID = 0x53504f4c;

/** Step n brings a file from format n - 1 to format n. */
const STEPS: readonly string[] = [
  `CREATE TABLE records (
     seq INTEGER PRIMARY KEY,
     stream TEXT NOT NULL,
     first INTEGER NOT NULL,
     count INTEGER NOT NULL,
     at INTEGER NOT NULL,
     command TEXT,
     body TEXT NOT NULL,
     UNIQUE (stream, first)
   ) STRICT;
   CREATE UNIQUE INDEX records_command ON records (stream, command) WHERE command IS NOT NULL;
   CREATE TABLE streams (
     stream TEXT PRIMARY KEY,
     first_seq INTEGER NOT NULL UNIQUE
   ) STRICT, WITHOUT ROWID;
   PRAGMA application_id = ${LOG_APPLICATION_ID};`,
];

/** The newest format that this program writes and reads. */
export const LOG_FORMAT: number = STEPS.length;

/** Brings the file to our format. Throws `log-too-new` for one of a later Spool and `log-damaged` for a database of another program. */
export function migrate(database: Database, found: Found): void {
  if (found.kind === 'foreign') throw damaged(database.path, 'it is a database, but no log of Spool');
  const format = found.kind === 'empty' ? 0 : found.format;
  if (format > LOG_FORMAT) throw tooNew(database.path, format);
  for (const [index, step] of STEPS.entries()) {
    const next = index + 1;
    if (next > format) inTransaction(database, () => database.exec(`${step} PRAGMA user_version = ${next}`));
  }
}

function tooNew(path: string, format: number): SpoolError {
  return new SpoolError('log-too-new', `${path} has format ${format}, and this Spool reads formats up to ${LOG_FORMAT}`, {
    hint: 'Start it with the newer Spool that wrote it, or give this one a home of its own with SPOOL_HOME.',
    details: { path, format, known: LOG_FORMAT },
  });
}
