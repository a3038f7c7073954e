/** Opens the vault of a home. */

import { systemClock } from '../base/clock.js';
import type { HomePaths } from '../base/home-paths.js';
import { lazily } from '../base/lazily.js';
import type { Account } from '../codex/app-server/account.js';
import type { Logger } from '../ports/logger.js';
import type { CredentialInfo, Vault } from '../ports/vault.js';
import { systemKeyring } from '../vault/keyring.js';
import { createVault } from '../vault/vault.js';
import type { Environment } from './environment.js';

/** The name under which the login for Codex lies there. */
export const CODEX_CREDENTIAL = 'codex';

/** Reads nothing yet. `store`: where what is put is kept; where it is already, or else the file, when absent. */
export function openVault(paths: Pick<HomePaths, 'home' | 'credentials'>, store?: CredentialInfo['store']): Vault {
  return createVault({ file: paths.credentials, keyring: systemKeyring(paths.home), clock: systemClock, store });
}

export interface RefresherParts {
  readonly vault: Vault;
  readonly env: Environment;
  readonly logger: Logger;
}

/** The one who renews the ChatGPT login of the vault, loaded when the first process is to have it. */
export function refresherOf({ vault, env, logger }: RefresherParts): () => Promise<Account> {
  const refresher = lazily(async () => {
    const { Refresher } = await import('../codex/login/refresher.js');
    return new Refresher({ vault, name: CODEX_CREDENTIAL, env, clock: systemClock, logger });
  });
  return () => refresher.get();
}
