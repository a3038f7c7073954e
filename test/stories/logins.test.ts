/** `spool login codex` and its kin, with the real Codex and a login service on this machine. */

import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { processStart } from '../../src/base/process.js';
import { type TempHome, tempHome } from '../../src/testing/index.js';
import { FakeIssuer } from '../support/fake-issuer.js';
import { loginProxy } from '../support/login-proxy.js';
import { type RunningSpool, type SpoolOptions, spool, startSpool } from '../support/spool.js';
import { Terminal } from '../support/terminal.js';

const KEY = 'sk-test-abcdefghijklmnopqrstuvwx9876';

let place: TempHome;
let issuer: FakeIssuer;
let env: Record<string, string>;

beforeEach(async () => {
  place = await tempHome();
  issuer = await FakeIssuer.start();
  env = { HOME: place.path, SPOOL_HOME: place.join('spool'), CODEX_HOME: place.join('own-codex') };
  mkdirSync(place.join('own-codex'), { mode: 0o700 });
  writeFileSync(place.join('own-codex', 'auth.json'), '{"OPENAI_API_KEY":"sk-own"}', { mode: 0o600 });
});

afterEach(async () => {
  await issuer[Symbol.asyncDispose]();
  await place[Symbol.asyncDispose]();
});

const run = (words: readonly string[], options: SpoolOptions = {}): ReturnType<typeof spool> => spool(words, { env, ...options });
const device = ['login', 'codex', '--device', '--issuer'];
/** What logins have left. */
const leftovers = (): string[] => (existsSync(place.join('spool', 'run', 'login')) ? readdirSync(place.join('spool', 'run', 'login')) : []);

interface Stored {
  readonly kind: string;
  readonly refreshToken?: string;
  readonly key?: string;
  readonly baseUrl?: string;
  readonly issuer?: string;
}

function stored(): Stored | undefined {
  const file = place.join('spool', 'vault', 'credentials.json');
  if (!existsSync(file)) return undefined;
  const { credentials } = JSON.parse(readFileSync(file, 'utf8')) as { credentials: Record<string, { credential: Stored }> };
  return credentials['codex']?.credential;
}

/** A login by code that waits for the person. */
async function waiting(...flags: string[]): Promise<RunningSpool> {
  issuer.deviceConfirmed = false;
  const running = startSpool([...device, issuer.url, ...flags], { env });
  await running.printed('ABCD-1234');
  return running;
}

describe('a login', () => {
  test('with a key from stdin is kept by the vault alone, and shown without it', async () => {
    const done = await run(['login', 'codex', '--api-key'], { stdin: `${KEY}\n` });
    expect(done).toEqual({ status: 0, stdout: 'logged in: API key sk-test-…9876, in a private file\n', stderr: '' });
    expect(stored()).toEqual({ kind: 'apiKey', key: KEY });
    expect(statSync(place.join('spool', 'vault', 'credentials.json')).mode & 0o777).toBe(0o600);
    expect(leftovers()).toEqual([]);
    const shown = await run(['login', 'status', '--json']);
    expect(shown.status).toBe(0);
    expect(JSON.parse(shown.stdout)).toMatchObject({ logins: [{ name: 'codex', kind: 'apiKey', label: 'sk-test-…9876', store: 'file' }] });
    expect(shown.stdout + (await run(['login', 'status'])).stdout).not.toContain(KEY);
  });

  test('by code goes through the real Codex, and your own login is neither used nor touched', async () => {
    const running = await waiting();
    issuer.deviceConfirmed = true;
    expect(await running.ended).toMatchObject({ status: 0, stdout: 'logged in: ChatGPT ann@example.com, in a private file\n' });
    expect(stored()).toMatchObject({ kind: 'chatgpt', accountId: 'acc-7d1f', plan: 'plus', issuer: issuer.url });
    expect(leftovers()).toEqual([]);
    expect(readdirSync(place.path)).toEqual(['own-codex', 'spool']);
    expect(readdirSync(place.join('own-codex'))).toEqual(['auth.json']);
    expect(readFileSync(place.join('own-codex', 'auth.json'), 'utf8')).toBe('{"OPENAI_API_KEY":"sk-own"}');
  });

  test('in the browser goes through the real Codex, and is ended by the same way as it was made: through a proxy', async () => {
    await using proxy = await loginProxy(issuer, place.join('trusted.pem'));
    // There is no browser here, and none must be looked for.
    const running = startSpool(['login', 'codex', '--browser'], { env: { ...env, ...proxy.env, BROWSER: 'true' } });
    const asked = new URL((await running.says(/https:\/\/auth\.openai\.com\S+\s/)).trim());
    const agreed = await fetch(`${issuer.url}${asked.pathname}${asked.search}`, { redirect: 'manual' });
    const back = await fetch(agreed.headers.get('location') ?? '');
    expect(back.status).toBe(200);
    expect(await running.ended).toMatchObject({ status: 0, stdout: 'logged in: ChatGPT ann@example.com, in a private file\n' });
    expect(stored()).toMatchObject({ kind: 'chatgpt', issuer: 'https://auth.openai.com' });
    expect(leftovers()).toEqual([]);
    const gone = await run(['logout', 'codex', '--json'], {
      env: { ...env, ...proxy.env, NODE_EXTRA_CA_CERTS: place.join('trusted.pem') },
    });
    expect(JSON.parse(gone.stdout)).toEqual({ removed: true, ended: true });
  });

  test('with a key for another service keeps where it is good for', async () => {
    const words = ['login', 'codex', '--api-key', '--base-url', 'https://models.example/v1/'];
    expect(await run(words, { stdin: 'a-key-of-theirs' })).toMatchObject({ status: 0 });
    expect(stored()).toEqual({ kind: 'apiKey', key: 'a-key-of-theirs', baseUrl: 'https://models.example/v1' });
  });

  test('at a terminal is chosen from a menu, and the key that is typed in does not show', async () => {
    await using terminal = new Terminal(['login', 'codex'], { env });
    await terminal.shows('How do agents log in?');
    await terminal.press('Down', 'Down', 'Enter');
    await terminal.shows('The key');
    await terminal.type('not-a-key');
    await terminal.press('Enter');
    await terminal.shows('begins with sk-');
    await terminal.press(...Array.from('not-a-key', () => 'BSpace'));
    await terminal.type(KEY);
    await terminal.press('Enter');
    expect(await terminal.shows('[exit 0]')).not.toContain('sk-test-abc');
    expect(stored()).toEqual({ kind: 'apiKey', key: KEY });
  });

  test('that is skipped at a terminal asks once more', async () => {
    await using terminal = new Terminal(['login', 'codex', '--skip'], { env });
    await terminal.shows('Really without?');
    await terminal.press('Enter');
    await terminal.shows('How do agents log in?');
    await terminal.press('C-c');
    await terminal.shows('[exit 130]');
    expect(stored()).toBeUndefined();
  });
});

describe('a login that is there', () => {
  beforeEach(async () => {
    await run([...device, issuer.url]);
  });

  test('is kept where nobody can be asked, and said so', async () => {
    const before = stored();
    const again = await run(['login', 'codex', '--api-key'], { stdin: KEY });
    expect(again.status).toBe(0);
    expect(again.stderr).toBe('there is a login already, and it is kept; --reconnect replaces it\n');
    expect((await run(['login', 'codex', '--keep'])).status).toBe(0);
    expect(stored()).toEqual(before);
  });

  test('is replaced by --reconnect once the new one has succeeded, and the old one is ended at the login service', async () => {
    const before = stored();
    expect((await run([...device, issuer.url, '--reconnect'])).status).toBe(0);
    expect(stored()?.refreshToken).not.toBe(before?.refreshToken);
    const ends = issuer.asked.filter(({ path }) => path === '/oauth/revoke').map(({ body }) => body['token']);
    expect(ends).toEqual([before?.refreshToken]);
    expect(JSON.parse((await run(['login', 'status', '--json'])).stdout)).toMatchObject({ logins: [{ name: 'codex' }] });
  });

  test.for([
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ] as const)('stays when the new one is ended by %s, and nothing of that one is left', async ([signal, status]) => {
    const before = stored();
    const running = await waiting('--reconnect');
    const codex = await codexOf();
    running.child.kill(signal);
    expect((await running.ended).status).toBe(status);
    expect(stored()).toEqual(before);
    expect(leftovers()).toEqual([]);
    expect(await processStart(codex.pid)).not.toBe(codex.start);
  });

  test('what a login left that was killed is gone after the next one, with the Codex that waited there', async () => {
    const running = await waiting('--reconnect');
    const codex = await codexOf();
    running.child.kill('SIGKILL');
    await running.ended;
    expect(leftovers()).toHaveLength(1);
    expect(await processStart(codex.pid)).toBe(codex.start);
    issuer.deviceConfirmed = true;
    expect((await run([...device, issuer.url, '--reconnect'])).status).toBe(0);
    expect(leftovers()).toEqual([]);
    expect(await processStart(codex.pid)).not.toBe(codex.start);
  });

  test('goes with logout, here and at the login service', async () => {
    const before = stored();
    const gone = await run(['logout', 'codex']);
    expect(gone).toMatchObject({ status: 0, stdout: 'the login is gone from the vault\n' });
    expect(stored()).toBeUndefined();
    expect(issuer.asked.at(-1)).toMatchObject({ path: '/oauth/revoke', body: { token: before?.refreshToken } });
    expect((await run(['login', 'status'])).status).toBe(1);
    expect(await run(['logout', 'codex'])).toMatchObject({ status: 0, stdout: 'there was no login\n' });
  });
});

/** The Codex that waits in a throwaway home. */
function codexOf(): Promise<{ pid: number; start: string }> {
  const [name = ''] = leftovers();
  const { codex } = JSON.parse(readFileSync(place.join('spool', 'run', 'login', name, 'owner.json'), 'utf8')) as {
    codex: { pid: number; start: string };
  };
  return Promise.resolve(codex);
}

describe('a login that fails says at which step, and leaves nothing behind', () => {
  test.for<[string, readonly string[], string]>([
    ['a key that is none', ['--api-key'], 'begins with sk-'],
    ['two ways at once', ['--api-key', '--device'], 'choose one'],
    ['an address without a key', ['--base-url', 'https://models.example'], '--api-key'],
    ['an address that is none', ['--api-key', '--base-url', 'models'], 'no web address'],
    ['no way at all where nobody can be asked', [], '--device'],
  ])('%s', async ([, flags, says]) => {
    const failed = await run(['login', 'codex', ...flags], { stdin: 'not-a-key' });
    expect(failed.status).toBe(2);
    expect(failed.stderr).toContain(says);
    expect(existsSync(place.join('spool'))).toBe(false);
  });

  test('Codex that is not there', async () => {
    const failed = await run([...device, issuer.url], { env: { ...env, SPOOL_CODEX_BIN: place.join('nothing') } });
    expect(failed).toMatchObject({ status: 1, stdout: '' });
    expect(failed.stderr).toContain('is not an executable file');
  });

  test('Codex that does not get through', async () => {
    const { url } = issuer;
    await issuer[Symbol.asyncDispose]();
    const failed = await run([...device, url, '--json']);
    expect(failed.status).toBe(1);
    expect(lastProblem(failed.stderr)).toMatchObject({ code: 'runtime-failed', details: { step: 'login', method: 'device' } });
    expect(leftovers()).toEqual([]);
  });

  test.for([
    ['nothing', 'exit 0', 'left no login behind'],
    ['something else', 'echo \'{"tokens":{"id_token":"sk-secret-of-mine"}}\' > "$CODEX_HOME/auth.json"', 'something else than expected'],
  ] as const)('Codex that leaves %s behind', async ([, does, says]) => {
    const script = `#!/bin/sh\n[ "$1" = --version ] && echo "codex-cli 0.169.0" && exit\n${does}\n`;
    writeFileSync(place.join('codex'), script, { mode: 0o755 });
    const failed = await run([...device, issuer.url], { env: { ...env, SPOOL_CODEX_BIN: place.join('codex') } });
    expect(failed.status).toBe(1);
    expect(failed.stderr).toContain(says);
    expect(failed.stderr).not.toContain('secret-of-mine');
    expect(leftovers()).toEqual([]);
    expect(stored()).toBeUndefined();
  });

  test('a vault that cannot be opened, before the person goes to the trouble', async () => {
    mkdirSync(place.join('spool', 'vault', 'credentials.json'), { recursive: true });
    const failed = await run([...device, issuer.url]);
    expect(failed.status).toBe(3);
    expect(failed.stderr).toContain('credentials.json is not a file');
    expect(issuer.asked).toEqual([]);
  });

  test('a keyring that is not there, and what nobody has is ended', async () => {
    const failed = await run([...device, issuer.url, '--store', 'keyring', '--json']);
    expect(failed.status).toBe(3);
    expect(lastProblem(failed.stderr)).toMatchObject({
      code: 'unavailable',
      details: { step: 'store', method: 'device' },
      hint: expect.stringContaining('--store file') as string,
    });
    expect(issuer.asked.at(-1)?.path).toBe('/oauth/revoke');
    expect(stored()).toBeUndefined();
    expect(leftovers()).toEqual([]);
  });
});

function lastProblem(stderr: string): unknown {
  return (JSON.parse(stderr.trim().split('\n').at(-1) ?? '') as { error: unknown }).error;
}
