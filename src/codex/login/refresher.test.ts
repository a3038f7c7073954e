import { afterEach, beforeEach, expect, test } from 'vitest';
import { FakeIssuer } from '../../../test/support/fake-issuer.js';
import { silentLogger } from '../../ports/logger.js';
import type { ChatgptCredential, Vault } from '../../ports/vault.js';
import { ManualClock } from '../../testing/manual-clock.js';
import { type TempHome, tempHome } from '../../testing/temp-home.js';
import { systemKeyring } from '../../vault/keyring.js';
import { createVault } from '../../vault/vault.js';
import { Refresher } from './refresher.js';

const HOUR = 3_600_000;

let place: TempHome;
let clock: ManualClock;
let issuer: FakeIssuer;

beforeEach(async () => {
  place = await tempHome();
  clock = new ManualClock();
  issuer = await FakeIssuer.start({ now: () => clock.now() });
});

afterEach(async () => {
  await issuer[Symbol.asyncDispose]();
  await place[Symbol.asyncDispose]();
});

const vault = (): Vault => createVault({ file: place.join('credentials.json'), keyring: systemKeyring(place.path), clock });
const refresher = (over: Vault = vault()): Refresher => new Refresher({ vault: over, name: 'codex', env: {}, clock, logger: silentLogger });

async function login(overrides: Partial<ChatgptCredential> = {}): Promise<ChatgptCredential> {
  const credential = issuer.credential({ issuer: issuer.url, ...overrides });
  await vault().put('codex', credential, 'ann@example.com');
  return credential;
}

async function stored(): Promise<ChatgptCredential> {
  const credential = await vault().get('codex');
  if (credential?.kind !== 'chatgpt') throw new Error('the vault has no ChatGPT login');
  return credential;
}

test('a login that is good for a while is handed out as it is, without its refresh token', async () => {
  const { accessToken, accountId, plan } = await login();
  expect(await refresher().tokens()).toEqual({ accessToken, accountId, plan });
  expect(issuer.asked).toEqual([]);
});

test('there are no tokens of a vault without a ChatGPT login', async () => {
  expect(await refresher().tokens()).toBeUndefined();
  await expect(refresher().refresh('old')).rejects.toMatchObject({ code: 'unauthorized' });
  await vault().put('codex', { kind: 'apiKey', key: 'sk-test-0000' }, 'sk-…');
  expect(await refresher().tokens()).toBeUndefined();
});

test('a login that is about to end is renewed first, and what is new is in the vault before anybody has it', async () => {
  const first = await login();
  clock.advance(HOUR - 60_000);
  const told: string[] = [];
  const watched: Vault = {
    ...vault(),
    change: async (name, change) => {
      const changed = await vault().change(name, change);
      told.push((await stored()).refreshToken);
      return changed;
    },
  };
  const tokens = await refresher(watched).tokens();
  const second = await stored();
  expect(told).toEqual([second.refreshToken]);
  expect(second.refreshToken).not.toBe(first.refreshToken);
  expect(second).toMatchObject({ accessToken: tokens?.accessToken, refreshedAt: new Date(clock.now()).toISOString(), issuer: issuer.url });
  expect(issuer.asked).toEqual([
    {
      path: '/oauth/token',
      body: { client_id: 'app_EMoamEEZ73f0CkXaXp7hrann', grant_type: 'refresh_token', refresh_token: first.refreshToken },
    },
  ]);
});

test('nobody gets tokens that could not be written down', async () => {
  await login();
  clock.advance(HOUR);
  const full: Vault = {
    ...vault(),
    change: async (name, change) => {
      await change(await vault().get(name));
      throw new Error('no space left on device');
    },
  };
  await expect(refresher(full).tokens()).rejects.toThrow('no space left');
});

test('all who ask at once get the same, and the login service is asked once', async () => {
  const first = await login();
  clock.advance(HOUR);
  // Two refreshers, as in two processes: each finds the login at its end, and one of them finds it renewed when its turn comes.
  const [one, two] = [refresher(), refresher()];
  const asking = [one.tokens(), one.refresh(first.accessToken), two.tokens(), two.refresh(first.accessToken), one.tokens()];
  const got = await Promise.all(asking);
  expect(issuer.refreshes).toBe(1);
  expect(new Set(got.map((tokens) => tokens?.accessToken))).toEqual(new Set([(await stored()).accessToken]));
});

test('who comes with a token that was replaced gets the one in its place; who comes with the newest gets a new one', async () => {
  const first = await login();
  const one = refresher();
  const second = await one.refresh(first.accessToken);
  expect(await one.refresh(first.accessToken)).toEqual(second);
  expect(issuer.refreshes).toBe(1);
  expect((await one.refresh(second.accessToken)).accessToken).not.toBe(second.accessToken);
  expect(issuer.refreshes).toBe(2);
});

test('a login service that cannot be reached is tried again, with pauses', async () => {
  await login();
  clock.advance(HOUR);
  issuer.failures.push('cut', 503);
  const asking = refresher().tokens();
  for (let tries = 0; tries < 2; tries += 1) {
    await clock.armed();
    clock.advance(10_000);
  }
  expect((await asking)?.accessToken).toBe((await stored()).accessToken);
  expect(issuer.refreshes).toBe(3);
});

test('what still works for a moment is used while the login service is away; behind its end that is an error, and later it is tried anew', async () => {
  const first = await login();
  const one = refresher();
  const whileAway = async (): Promise<unknown> => {
    issuer.failures.push(503, 503, 503, 503);
    const asking = one.tokens().catch((error: unknown) => error);
    for (let tries = 0; tries < 3; tries += 1) {
      await clock.armed();
      clock.advance(2_000);
    }
    return await asking;
  };
  clock.advance(HOUR - 60_000);
  expect(await whileAway()).toMatchObject({ accessToken: first.accessToken });
  clock.advance(60_000);
  expect(await whileAway()).toMatchObject({ code: 'unavailable', message: expect.stringContaining('503') as string });
  expect((await one.tokens())?.accessToken).toBe((await stored()).accessToken);
});

test('a login that is over is told with what to do, and not asked about again until there is another one', async () => {
  const first = await login();
  issuer.endLogins();
  const one = refresher();
  const over = { code: 'unauthorized', hint: 'log in anew: spool login codex --reconnect' };
  await expect(one.refresh(first.accessToken)).rejects.toMatchObject(over);
  await expect(one.refresh(first.accessToken)).rejects.toMatchObject(over);
  expect(issuer.refreshes).toBe(1);
  expect(await stored()).toEqual(first);
  await using other = await FakeIssuer.start({ now: () => clock.now() });
  await vault().put('codex', other.credential({ issuer: other.url }), 'ann@example.com');
  await one.refresh(first.accessToken);
  clock.advance(HOUR);
  await one.tokens();
  expect(other.refreshes).toBe(1);
});

test('a refusal that says nothing of the login does not end it: a proxy on the way may have refused', async () => {
  const first = await login();
  issuer.failures.push(401);
  const asking = refresher().refresh(first.accessToken);
  await clock.armed();
  clock.advance(10_000);
  expect((await asking).accessToken).toBe((await stored()).accessToken);
});
