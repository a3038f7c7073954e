/** The vault over its file and, where somebody wants it so, the keyring of the system. Every call reads anew. */

import { type Clock, isoTime } from '../base/clock.js';
import { SpoolError } from '../base/errors.js';
import type { Credential, CredentialInfo, Vault } from '../ports/vault.js';
import { type Entries, type Entry, readEntries, StoredCredential, writeEntries } from './credentials-file.js';
import type { Keyring } from './keyring.js';
import { locked } from './vault-lock.js';

export interface VaultParts {
  /** Need not exist yet. */
  readonly file: string;
  readonly keyring: Keyring;
  readonly clock: Clock;
  /** Where `put` keeps the secret; where it is already, or else the file, when absent. */
  readonly store?: 'file' | 'keyring' | undefined;
}

export function createVault({ file, keyring, clock, store }: VaultParts): Vault {
  /** Who moves a secret out of a keyring often does so because that one cannot be used any more. */
  const forgotten = (name: string): Promise<void> => keyring.remove(name).catch(() => undefined);
  /** Writes the secret before what refers to it, and forgets an old place only after. */
  const save = async (entries: Entries, name: string, entry: Entry, credential: Credential): Promise<void> => {
    const before = entries.get(name);
    if (entry.store === 'keyring') await keyring.set(name, JSON.stringify(credential));
    writeEntries(file, new Map([...entries, [name, entry]]));
    if (entry.store === 'file' && before?.store === 'keyring') await forgotten(name);
  };
  return {
    list: async () => [...readEntries(file)].map(([name, entry]) => infoOf(name, entry)),
    get: async (name) => await secretOf(readEntries(file).get(name), name, keyring),
    put: (name, credential, label) =>
      locked(file, async (stillMine) => {
        const entries = readEntries(file);
        const place = store ?? entries.get(name)?.store ?? 'file';
        const entry = entryOf(place, { label, createdAt: isoTime(clock) }, credential);
        stillMine();
        await save(entries, checkedName(name), entry, credential);
        return infoOf(name, entry);
      }),
    change: (name, change) =>
      locked(file, async (stillMine) => {
        const entries = readEntries(file);
        const entry = entries.get(name);
        const now = await secretOf(entry, name, keyring);
        const changed = await change(now);
        if (changed === undefined) return now;
        if (entry === undefined) throw new SpoolError('not-found', `the vault has no credential ${name} to be changed`);
        stillMine();
        await save(entries, name, entryOf(entry.store, entry, changed), changed);
        return changed;
      }),
    remove: (name) =>
      locked(file, async (stillMine) => {
        const entries = readEntries(file);
        const entry = entries.get(name);
        if (entry === undefined) return false;
        if (entry.store === 'keyring') await keyring.remove(name);
        stillMine();
        writeEntries(file, new Map([...entries].filter(([other]) => other !== name)));
        return true;
      }),
  };
}

function entryOf(store: Entry['store'], { label, createdAt }: Pick<Entry, 'label' | 'createdAt'>, credential: Credential): Entry {
  if (store === 'keyring') return { store, label, createdAt, kind: credential.kind };
  const checked = StoredCredential.safeParse(credential);
  // Without the values: the message may be shown.
  if (!checked.success) throw new SpoolError('invalid-input', `a credential has no valid ${checked.error.issues[0]?.path.join('.') ?? ''}`);
  return { store, label, createdAt, credential: checked.data };
}

function infoOf(name: string, entry: Entry): CredentialInfo {
  const { label, store, createdAt } = entry;
  return { name, kind: entry.store === 'file' ? entry.credential.kind : entry.kind, label, store, createdAt };
}

async function secretOf(entry: Entry | undefined, name: string, keyring: Keyring): Promise<Credential | undefined> {
  if (entry === undefined) return undefined;
  if (entry.store === 'file') return entry.credential;
  const secret = await keyring.get(name);
  const checked = secret === undefined ? undefined : StoredCredential.safeParse(jsonOf(secret));
  if (checked?.success === true) return checked.data;
  const what = secret === undefined ? 'no longer has the credential' : 'has something else in the place of the credential';
  throw new SpoolError('unavailable', `the keyring of the system ${what} ${name}`, { hint: 'log in anew: spool login codex --reconnect' });
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // What is no JSON is no credential either; the caller says so.
    return undefined;
  }
}

function checkedName(name: string): string {
  if (/^[a-z0-9][a-z0-9-]{0,63}$/.test(name)) return name;
  throw new SpoolError('invalid-input', `${JSON.stringify(name)} is no name for a credential`, {
    hint: 'use small letters, digits and hyphens',
  });
}
