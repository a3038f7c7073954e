/** What this host is called among others: an id that it keeps, and the name of the machine. */

import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { newId } from '../base/ids.js';
import { writePrivateFile } from '../base/private-files.js';

export function nodeIdentity(file: string): { readonly id: string; readonly name: string } {
  return { id: idIn(file) ?? made(file), name: hostname() };
}

function idIn(file: string): string | undefined {
  try {
    const text = readFileSync(file, 'utf8').trim();
    return /^hst_[0-9a-z]{26}$/.test(text) ? text : undefined;
  } catch {
    // Not there yet, or not to be read: a new one does no harm.
    return undefined;
  }
}

function made(file: string): string {
  const id = newId('hst');
  writePrivateFile(file, `${id}\n`);
  return id;
}
