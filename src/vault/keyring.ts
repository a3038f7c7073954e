/** The keyring of the system, as a place for secrets. Its library is optional and loaded only for credentials that lie there. */

import { messageOf, SpoolError } from '../base/errors.js';

export interface Keyring {
  /** Undefined when it has none of that name. All reject with `unavailable` when the keyring cannot be used. */
  get(name: string): Promise<string | undefined>;
  set(name: string, secret: string): Promise<void>;
  remove(name: string): Promise<void>;
}

const SERVICE = 'spool';

/** `home` keeps the credentials of several homes of one user apart. */
export function systemKeyring(home: string): Keyring {
  const entry = async (name: string) => {
    const { AsyncEntry } = await import('@napi-rs/keyring');
    return new AsyncEntry(SERVICE, `${name} of ${home}`);
  };
  return {
    get: (name) => orUnusable(async () => (await (await entry(name)).getPassword()) ?? undefined),
    set: (name, secret) => orUnusable(async () => await (await entry(name)).setPassword(secret)),
    remove: (name) => orUnusable(async () => void (await (await entry(name)).deletePassword())),
  };
}

async function orUnusable<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw new SpoolError('unavailable', `the keyring of the system cannot be used: ${messageOf(error)}`, {
      hint: 'it needs an unlocked desktop session; without one, keep the credential in a private file: spool login codex --reconnect --store file',
      cause: error,
    });
  }
}
