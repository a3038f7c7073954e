/** The CODEX_HOME that belongs to one agent alone. Nothing of the user's own is copied into it. */

import { closeSync, openSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { makePrivateFolder } from '../../base/private-files.js';

export interface OwnHome {
  /** Absolute path. */
  readonly folder: string;
  /** An auth.json is there from the start, so that a file can be mounted over it where a mount cannot make one. */
  readonly emptyAuthFile?: boolean | undefined;
}

/** Makes the home, readable by its owner alone, where it is missing. Cheap and without effect when everything stands. */
export function makeOwnHome({ folder, emptyAuthFile = false }: OwnHome): void {
  if (!isPrivateFolder(folder)) makePrivateFolder(folder);
  // Opened for appending: a login that is there already is never cut off.
  if (emptyAuthFile) closeSync(openSync(join(folder, 'auth.json'), 'a', 0o600));
}

/** A home on a medium that cannot be written is left alone when it is as it should be. */
function isPrivateFolder(folder: string): boolean {
  const found = statSync(folder, { throwIfNoEntry: false });
  return found?.isDirectory() === true && (found.mode & 0o777) === 0o700;
}
