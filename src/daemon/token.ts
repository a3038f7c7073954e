/** The owner's token: made once, kept in a file that only its owner may read. */

import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { SpoolError } from '../base/errors.js';
import { writePrivateFile } from '../base/private-files.js';

/** The token in the file, made when there is none. */
export function ownerToken(path: string): string {
  const there = readToken(path);
  if (there !== undefined) return there;
  const token = `spool_${randomBytes(32).toString('base64url')}`;
  writePrivateFile(path, `${token}\n`);
  return token;
}

function readToken(path: string): string | undefined {
  let text: string;
  try {
    text = readFileSync(path, 'utf8').trim();
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw new SpoolError('invalid-input', `the token file ${path} cannot be read`, {
      cause: error,
      hint: 'give yourself the right to read it, or delete it to have a new token made',
    });
  }
  if (text.length < 16)
    throw new SpoolError('invalid-input', `the token file ${path} holds no token`, { hint: 'delete it to have a new token made' });
  return text;
}
