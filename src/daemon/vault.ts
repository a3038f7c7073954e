/** Opens the vault of a home. */

import { systemClock } from '../base/clock.js';
import type { HomePaths } from '../base/home-paths.js';
import type { CredentialInfo, Vault } from '../ports/vault.js';
import { systemKeyring } from '../vault/keyring.js';
import { createVault } from '../vault/vault.js';

/** The name under which the login for Codex lies there. */
export const CODEX_CREDENTIAL = 'codex';

/** Reads nothing yet. `store`: where what is put is kept; where it is already, or else the file, when absent. */
export function openVault(paths: Pick<HomePaths, 'home' | 'credentials'>, store?: CredentialInfo['store']): Vault {
  return createVault({ file: paths.credentials, keyring: systemKeyring(paths.home), clock: systemClock, store });
}
