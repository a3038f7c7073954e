/** Logins into the vault of a home, done by the real Codex where nobody else sees them; and their end. */

import { systemClock } from '../base/clock.js';
import { SpoolError } from '../base/errors.js';
import type { HomePaths } from '../base/home-paths.js';
import { requireCodex } from '../codex/binary.js';
import { revoke } from '../codex/login/issuer.js';
import { type LoginMethod, loginWithCodex } from '../codex/login/login.js';
import { sweepLoginHomes } from '../codex/login/login-home.js';
import type { Credential, CredentialInfo, Vault } from '../ports/vault.js';
import { codexOf } from './codex-binary.js';
import type { Environment } from './environment.js';
import { passedOn } from './pass-env.js';
import { CODEX_CREDENTIAL, openVault } from './vault.js';

export type { LoginMethod } from '../codex/login/login.js';
export type { CredentialInfo } from '../ports/vault.js';

export interface LoginRequest {
  readonly env: Environment;
  readonly paths: HomePaths;
  readonly method: LoginMethod;
  /** Where the secret is kept; where it is already, or else a private file, when absent. */
  readonly store?: CredentialInfo['store'] | undefined;
  /** Gets what Codex says to the person, as it says it. */
  readonly say: (text: string) => void;
  readonly signal: AbortSignal;
}

/**
 * Logs in and puts the login into the vault, in the place of the one that is there; that one is kept until then. Rejects with
 * `runtime-missing` without a Codex, `runtime-failed` when it did not log in, `unavailable` when the vault cannot be used, `cancelled`.
 */
export async function loginCodex({ env, paths, method, store, say, signal }: LoginRequest): Promise<CredentialInfo> {
  const vault = openVault(paths, store);
  // Before the person goes to the trouble.
  await vault.list();
  const binary = codexOf(env);
  await requireCodex(binary);
  const { credential, label } = await loginWithCodex(
    { binary, folder: paths.logins, env, extraEnv: passedOn(env), clock: systemClock, say, signal },
    method,
  );
  const before = await readable(vault);
  try {
    const stored = await vault.put(CODEX_CREDENTIAL, credential, label);
    await ended(before, env);
    return stored;
  } catch (error) {
    // Nobody has it, so nobody should be able to use it.
    await ended(credential, env);
    const { code, message, hint } = SpoolError.from(error);
    throw new SpoolError(code, `the login went well and could not be kept: ${message}`, {
      ...(hint === undefined ? {} : { hint }),
      details: { step: 'store', method: method.kind },
      cause: error,
    });
  }
}

/** What the vault has for Codex. Rejects with `unavailable`. */
export async function storedLogin(paths: HomePaths): Promise<CredentialInfo | undefined> {
  return (await storedCredentials(paths)).find(({ name }) => name === CODEX_CREDENTIAL);
}

/** All that the vault has. Rejects with `unavailable`. */
export async function storedCredentials(paths: HomePaths): Promise<readonly CredentialInfo[]> {
  return await openVault(paths).list();
}

/** Takes the login out of the vault; `ended`: OpenAI was told too, and its tokens are worth nothing any more. Undefined when there was none. */
export async function logoutCodex(
  paths: HomePaths,
  env: Environment,
): Promise<{ readonly kind: Credential['kind']; readonly ended: boolean } | undefined> {
  const vault = openVault(paths);
  const credential = await vault.get(CODEX_CREDENTIAL);
  if (credential === undefined) return undefined;
  await vault.remove(CODEX_CREDENTIAL);
  return { kind: credential.kind, ended: await ended(credential, env) };
}

/** Removes what logins have left that were killed. */
export async function sweepLogins(paths: HomePaths): Promise<void> {
  await sweepLoginHomes(paths.logins);
}

async function readable(vault: Vault): Promise<Credential | undefined> {
  try {
    return await vault.get(CODEX_CREDENTIAL);
  } catch {
    // One that cannot be read any more may still be replaced.
    return undefined;
  }
}

/** Only a login can be ended from here: a key is revoked by its owner, at OpenAI. */
async function ended(credential: Credential | undefined, env: Environment): Promise<boolean> {
  if (credential?.kind !== 'chatgpt') return false;
  try {
    await revoke(credential, env);
    return true;
  } catch {
    // Without a network it runs out by itself.
    return false;
  }
}
