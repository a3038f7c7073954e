/** What no command of an agent may read: by these files one becomes somebody else, or asks a model in somebody's name. */

import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import type { HomePaths } from '../base/home-paths.js';
import { makePrivateFolder } from '../base/private-files.js';
import type { Contribution } from './agents/preparation.js';

/** The folder of the vault is hidden whole: files in it are made and replaced, also while a command runs. */
export function hiddenFiles(paths: HomePaths): Contribution {
  const vault = dirname(paths.credentials);
  makePrivateFolder(vault);
  return () => ({ unreadable: [vault, paths.token].filter((path) => existsSync(path)) });
}
