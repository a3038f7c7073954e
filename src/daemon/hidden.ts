/** What no command of an agent may read: by these files one becomes somebody else, or asks a model in somebody's name. */

import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import type { HomePaths } from '../base/home-paths.js';
import { makePrivateFolder } from '../base/private-files.js';
import type { Vault } from '../ports/vault.js';
import type { Contribution } from './agents/preparation.js';

/**
 * Nothing is hidden from an agent that takes no part in tasks as long as the vault is empty, because it has a price: Codex then keeps also
 * those commands in the sandbox that its rules allow. One that takes part works for others with rights that must not grow. The folder of the vault is hidden whole: files in it are made and replaced, also while a command runs.
 */
export function hiddenFiles(paths: HomePaths, vault: Vault): Contribution {
  const folder = dirname(paths.credentials);
  makePrivateFolder(folder);
  return async ({ config }) => {
    if (config.tasks === undefined && (await isEmpty(vault))) return {};
    return { unreadable: [folder, paths.token].filter((path) => existsSync(path)) };
  };
}

async function isEmpty(vault: Vault): Promise<boolean> {
  try {
    return (await vault.list()).length === 0;
  } catch {
    // There is something, only that it cannot be used as it is.
    return false;
  }
}
