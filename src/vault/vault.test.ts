import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { readFile } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { SpoolError } from '../base/errors.js';
import type { ApiKeyCredential, ChatgptCredential, Vault } from '../ports/vault.js';
import { ManualClock } from '../testing/manual-clock.js';
import { type TempHome, tempHome } from '../testing/temp-home.js';
import type { Keyring } from './keyring.js';
import { createVault } from './vault.js';

const KEY: ApiKeyCredential = { kind: 'apiKey', key: 'sk-test-0000000000000000' };
const LOGIN: ChatgptCredential = {
  kind: 'chatgpt',
  idToken: 'id',
  accessToken: 'access-1',
  refreshToken: 'refresh-1',
  accountId: 'acc',
  plan: null,
  refreshedAt: '2026-01-01T00:00:00.000Z',
};

/** A keyring that can be locked. */
class FakeKeyring implements Keyring {
  readonly secrets = new Map<string, string>();
  locked = false;

  get = (name: string): Promise<string | undefined> => this.#unlocked(() => this.secrets.get(name));
  set = (name: string, secret: string): Promise<void> => this.#unlocked(() => void this.secrets.set(name, secret));
  remove = (name: string): Promise<void> => this.#unlocked(() => void this.secrets.delete(name));

  async #unlocked<T>(work: () => T): Promise<T> {
    if (this.locked) throw new SpoolError('unavailable', 'the keyring of the system cannot be used: it is locked');
    return await Promise.resolve(work());
  }
}

let place: TempHome;
let file: string;
let keyring: FakeKeyring;
let clock: ManualClock;

beforeEach(async () => {
  place = await tempHome();
  file = place.join('data', 'credentials.json');
  keyring = new FakeKeyring();
  clock = new ManualClock();
});

afterEach(() => place[Symbol.asyncDispose]());

function vault(store?: 'file' | 'keyring'): Vault {
  return createVault({ file, keyring, clock, store });
}

const modeOf = (path: string): number => statSync(path).mode & 0o777;
const text = (): string => readFileSync(file, 'utf8');

describe('a vault in a file', () => {
  test('holds what was put, shows it without its secret, and gives it to whoever opens it next', async () => {
    expect(await vault().list()).toEqual([]);
    expect(await vault().get('codex')).toBeUndefined();
    const info = await vault().put('codex', KEY, 'sk-…0000');
    expect(info).toEqual({
      name: 'codex',
      kind: 'apiKey',
      label: 'sk-…0000',
      store: 'file',
      createdAt: new Date(clock.now()).toISOString(),
    });
    expect(await vault().get('codex')).toEqual(KEY);
    expect(JSON.stringify(await vault().list())).not.toContain(KEY.key);
  });

  test('is for its owner alone, and leaves no draft behind', async () => {
    await vault().put('codex', KEY, 'sk-…0000');
    expect(modeOf(file)).toBe(0o600);
    expect(modeOf(place.join('data'))).toBe(0o700);
    expect(readdirSync(place.join('data'))).toEqual(['credentials.json']);
  });

  test('replaces and removes one and keeps the others', async () => {
    await vault().put('codex', KEY, 'sk-…0000');
    await vault().put('other', LOGIN, 'ann');
    await vault().put('codex', LOGIN, 'bob');
    expect((await vault().list()).map(({ name, label }) => [name, label])).toEqual([
      ['codex', 'bob'],
      ['other', 'ann'],
    ]);
    expect(await vault().remove('codex')).toBe(true);
    expect(await vault().remove('codex')).toBe(false);
    expect(await vault().get('other')).toEqual(LOGIN);
  });

  test('is changed by one at a time: nobody builds on what another one is replacing', async () => {
    await vault().put('codex', LOGIN, 'ann');
    const counted = async (now: unknown): Promise<ChatgptCredential> => {
      const { refreshToken } = now as ChatgptCredential;
      await new Promise((resolve) => setImmediate(resolve));
      return { ...LOGIN, refreshToken: `refresh-${Number(refreshToken.slice('refresh-'.length)) + 1}` };
    };
    await Promise.all(Array.from({ length: 8 }, () => vault().change('codex', counted)));
    expect(await vault().get('codex')).toMatchObject({ refreshToken: 'refresh-9' });
    expect((await vault().list())[0]).toMatchObject({ label: 'ann' });
  });

  test('waits for another process that is changing it, and builds on what that one wrote', async () => {
    await vault().put('codex', LOGIN, 'ann');
    mkdirSync(`${file}.lock`);
    const changing = vault().change('codex', (now) =>
      Promise.resolve(now?.kind === 'chatgpt' ? { ...now, accountId: 'acc-2' } : undefined),
    );
    for (let look = 0; look < 50; look += 1) await readFile(file);
    writeFileSync(file, text().replace('refresh-1', 'refresh-of-another'), { mode: 0o600 });
    rmdirSync(`${file}.lock`);
    expect(await changing).toMatchObject({ accountId: 'acc-2', refreshToken: 'refresh-of-another' });
    expect(existsSync(`${file}.lock`)).toBe(false);
  });

  test('is left as it is when a change fails or wants nothing', async () => {
    await vault().put('codex', LOGIN, 'ann');
    const before = text();
    await expect(vault().change('codex', () => Promise.reject(new Error('no network')))).rejects.toThrow('no network');
    expect(await vault().change('codex', () => Promise.resolve(undefined))).toEqual(LOGIN);
    expect(text()).toBe(before);
    await expect(vault().change('other', () => Promise.resolve(KEY))).rejects.toMatchObject({ code: 'not-found' });
  });

  test('refuses a name that is none', async () => {
    await expect(vault().put('../codex', KEY, 'sk')).rejects.toMatchObject({ code: 'invalid-input' });
    expect(existsSync(file)).toBe(false);
  });
});

describe('a vault that cannot be opened is refused by its name, with what to do, and never written over', () => {
  test.for<[string, string | undefined, string]>([
    ['is no JSON', '{"version": 1, "cred', 'is not JSON'],
    ['is of a newer format', '{"version": 2, "vaults": []}', 'newer Spool'],
    ['has something unknown in it', '{"version": 1, "credentials": {}, "more": "sk-test-secret-of-mine"}', 'not as Spool writes it'],
    ['holds half a credential', '{"version":1,"credentials":{"codex":{"store":"file"}}}', 'credentials.codex'],
    ['is a folder', undefined, 'is not a file'],
  ])('one that %s', async ([, content, says]) => {
    mkdirSync(place.join('data'), { mode: 0o700 });
    if (content === undefined) mkdirSync(file);
    else writeFileSync(file, content, { mode: 0o600 });
    for (const call of [
      () => vault().list(),
      () => vault().get('codex'),
      () => vault().put('codex', KEY, 'sk'),
      () => vault().remove('codex'),
    ]) {
      const error = await call().then(
        () => undefined,
        (thrown: unknown) => SpoolError.from(thrown),
      );
      expect(error).toMatchObject({ code: 'unavailable' });
      expect(error?.message).toContain(file);
      expect(error?.message).toContain(says);
      expect(error?.hint).not.toBe('');
      expect(`${error?.message} ${error?.hint}`).not.toContain('secret-of-mine');
    }
    if (content !== undefined) expect(text()).toBe(content);
  });

  test('one that others can read', async () => {
    await vault().put('codex', KEY, 'sk');
    chmodSync(file, 0o640);
    await expect(vault().get('codex')).rejects.toMatchObject({
      code: 'unavailable',
      message: expect.stringContaining('640') as string,
      hint: expect.stringContaining('chmod 600') as string,
    });
    chmodSync(file, 0o600);
    expect(await vault().get('codex')).toEqual(KEY);
  });

  test('one that is a link', async () => {
    await vault().put('codex', KEY, 'sk');
    const elsewhere = place.join('elsewhere.json');
    writeFileSync(elsewhere, text(), { mode: 0o600 });
    rmSync(file);
    symlinkSync(elsewhere, file);
    await expect(vault().get('codex')).rejects.toMatchObject({
      code: 'unavailable',
      message: expect.stringContaining('is a link') as string,
    });
  });
});

describe('a vault with a keyring', () => {
  test('keeps the secret there, and only what it is called by in the file', async () => {
    const info = await vault('keyring').put('codex', KEY, 'sk-…0000');
    expect(info.store).toBe('keyring');
    expect(text()).not.toContain(KEY.key);
    expect(await vault().get('codex')).toEqual(KEY);
    expect(await vault().list()).toEqual([info]);
  });

  test('changes a secret where it lies, and replaces it there unless told otherwise', async () => {
    await vault('keyring').put('codex', LOGIN, 'ann');
    await vault().change('codex', () => Promise.resolve({ ...LOGIN, refreshToken: 'refresh-2' }));
    expect(keyring.secrets.get('codex')).toContain('refresh-2');
    expect(text()).not.toContain('refresh-2');
    expect((await vault().put('codex', KEY, 'sk')).store).toBe('keyring');
  });

  test('forgets it there when it moves to the file, and when it is removed', async () => {
    await vault('keyring').put('codex', KEY, 'sk');
    await vault('file').put('codex', KEY, 'sk');
    expect([...keyring.secrets.keys()]).toEqual([]);
    expect(text()).toContain(KEY.key);
    await vault('keyring').put('codex', KEY, 'sk');
    expect(text()).not.toContain(KEY.key);
    await vault().remove('codex');
    expect([...keyring.secrets.keys()]).toEqual([]);
  });

  test('says so when the keyring cannot be used, and can be moved away from it', async () => {
    await vault('keyring').put('codex', KEY, 'sk');
    keyring.locked = true;
    await expect(vault().get('codex')).rejects.toMatchObject({ code: 'unavailable', message: expect.stringContaining('locked') as string });
    await expect(vault('keyring').put('other', KEY, 'sk')).rejects.toMatchObject({ code: 'unavailable' });
    expect((await vault().list()).map(({ name }) => name)).toEqual(['codex']);
    await vault('file').put('codex', KEY, 'sk');
    expect(await vault().get('codex')).toEqual(KEY);
  });

  test('says so when the keyring no longer has it', async () => {
    await vault('keyring').put('codex', KEY, 'sk');
    keyring.secrets.clear();
    await expect(vault().get('codex')).rejects.toMatchObject({ hint: expect.stringContaining('spool login codex --reconnect') as string });
    keyring.secrets.set('codex', 'something else');
    await expect(vault().get('codex')).rejects.toMatchObject({ code: 'unavailable' });
  });
});
