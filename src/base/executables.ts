/** Programs as a person means them: a name to be found on the PATH, or a path to an executable file. */

import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, isAbsolute, join } from 'node:path';

/** The first executable file of this name in the folders of `path`. */
export function onPath(name: string, path: string | undefined): string | undefined {
  for (const folder of (path ?? '').split(delimiter)) {
    // A relative folder on the PATH would mean another file wherever we stand.
    const found = isAbsolute(folder) ? executable(join(folder, name)) : undefined;
    if (found !== undefined) return found;
  }
  return undefined;
}

/** The path itself, where it leads to a file that we may execute. */
export function executable(path: string): string | undefined {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile() ? path : undefined;
  } catch {
    // Not there, or not for us: both mean that it is not it.
    return undefined;
  }
}
