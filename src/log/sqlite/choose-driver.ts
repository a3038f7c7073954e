/** Which SQLite this Node gets: its own where it has one, else the `libsql` package. Found out by trying, not by version numbers. */

import { SpoolError } from '../../base/errors.js';
import type { OpenDatabase } from './driver.js';
import { libsqlDriver } from './libsql-driver.js';
import { nodeDriver } from './node-driver.js';

/** Rejects with `unsupported` when there is no SQLite at all. */
export async function chooseDriver(): Promise<OpenDatabase> {
  return nodeDriver() ?? (await loadLibsql());
}

/** Every driver that works here, by name, so that tests can run on each. */
export async function allDrivers(): Promise<ReadonlyMap<string, OpenDatabase>> {
  const node = nodeDriver();
  const drivers = new Map([['libsql', await loadLibsql()]]);
  if (node !== undefined) drivers.set('node:sqlite', node);
  return drivers;
}

async function loadLibsql(): Promise<OpenDatabase> {
  try {
    const { default: construct } = await import('libsql');
    return libsqlDriver(construct);
  } catch (cause) {
    throw new SpoolError('unsupported', 'this Node has no SQLite of its own, and the package libsql is not there or does not load', {
      hint: 'Use Node 22.14 or newer, or install again without leaving out optional dependencies.',
      cause,
    });
  }
}
