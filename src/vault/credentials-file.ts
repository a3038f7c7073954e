/**
 * The file of the vault. It is strict in both directions: what is not understood, or what others could have read or written, is
 * refused and left as it is. A vault that cannot be opened must never look like an empty one, or the next login would overwrite it.
 */

import { closeSync, constants, fstatSync, openSync, readFileSync, type Stats } from 'node:fs';
import { z } from 'zod';
import { SpoolError } from '../base/errors.js';
import { writePrivateFile } from '../base/private-files.js';

const FORMAT = 1;

export const StoredCredential = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('apiKey'), key: z.string().min(1), baseUrl: z.url().optional() }),
  z.strictObject({
    kind: z.literal('chatgpt'),
    idToken: z.string().min(1),
    accessToken: z.string().min(1),
    refreshToken: z.string().min(1),
    accountId: z.string().min(1),
    plan: z.string().nullable(),
    refreshedAt: z.iso.datetime(),
    issuer: z.url().optional(),
    clientId: z.string().min(1).optional(),
  }),
]);

const known = { label: z.string().min(1), createdAt: z.iso.datetime() };

/** `keyring`: the secret lies in the keyring of the system, and only what it is called by lies here. */
const Entry = z.discriminatedUnion('store', [
  z.strictObject({ store: z.literal('file'), ...known, credential: StoredCredential }),
  z.strictObject({ store: z.literal('keyring'), ...known, kind: z.enum(['apiKey', 'chatgpt']) }),
]);
export type Entry = z.infer<typeof Entry>;

const Credentials = z.strictObject({ version: z.literal(FORMAT), credentials: z.record(z.string().min(1), Entry) });

export type Entries = ReadonlyMap<string, Entry>;

/** Empty when there is no file. Throws `unavailable` when there is one that cannot be used, saying what to do. */
export function readEntries(file: string): Entries {
  const text = readOwn(file);
  if (text === undefined) return new Map();
  const json = parsed(text, file);
  const version: unknown = typeof json === 'object' && json !== null ? Reflect.get(json, 'version') : undefined;
  if (typeof version === 'number' && version > FORMAT) {
    throw unusable(
      `${file} was written by a newer Spool (its format is ${version})`,
      'use that Spool, or set SPOOL_HOME to another folder',
    );
  }
  const checked = Credentials.safeParse(json);
  if (checked.success) return new Map(Object.entries(checked.data.credentials));
  // The path of an issue tells what is wrong, its message might tell what is there.
  const [issue] = checked.error.issues;
  throw unusable(`${file} is not as Spool writes it, at ${issue?.path.join('.') || 'its top'}`, MOVE_AWAY);
}

export function writeEntries(file: string, entries: Entries): void {
  const text = JSON.stringify({ version: FORMAT, credentials: Object.fromEntries(entries) }, null, 2);
  try {
    writePrivateFile(file, `${text}\n`);
  } catch (error) {
    const { code } = SpoolError.from(error);
    throw new SpoolError(code === 'storage-full' ? code : 'unavailable', `${file} cannot be written (${errnoOf(error)})`, {
      hint: 'make room or mend the rights of its folder; nothing was changed',
      cause: error,
    });
  }
}

const MOVE_AWAY = 'mend it, or move it away and log in anew: spool login codex';

function readOwn(file: string): string | undefined {
  const handle = openOwn(file);
  if (handle === undefined) return undefined;
  try {
    const found = fstatSync(handle);
    checkOwner(found, file);
    return readFileSync(handle, 'utf8');
  } finally {
    closeSync(handle);
  }
}

function openOwn(file: string): number | undefined {
  try {
    // A link could lead to a file that somebody else changes.
    return openSync(file, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0));
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === 'ENOENT') return undefined;
    if (errno === 'ELOOP') throw unusable(`${file} is a link`, 'put the file itself there');
    throw unusable(`${file} cannot be read (${errno})`, `it must be yours: sudo chown "$USER" ${file} && chmod 600 ${file}`, error);
  }
}

function checkOwner(found: Stats, file: string): void {
  if (!found.isFile()) throw unusable(`${file} is not a file`, 'move it away: the vault keeps its credentials there');
  // Windows has no such rights.
  const self = process.getuid?.();
  if (self === undefined) return;
  if (found.uid !== self) throw unusable(`${file} belongs to another user`, `it must be yours: sudo chown "$USER" ${file}`);
  if ((found.mode & 0o077) !== 0) {
    throw unusable(
      `${file} can be read by others (its mode is ${(found.mode & 0o777).toString(8)})`,
      `chmod 600 ${file}, and if somebody may have read it: spool login codex --reconnect`,
    );
  }
}

function parsed(text: string, file: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Its message would quote what is there.
    throw unusable(`${file} is not JSON`, MOVE_AWAY);
  }
}

function unusable(message: string, hint: string, cause?: unknown): SpoolError {
  return new SpoolError('unavailable', `the vault cannot be opened: ${message}`, { hint, ...(cause === undefined ? {} : { cause }) });
}

function errnoOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
}
