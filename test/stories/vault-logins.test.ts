/** A host whose agents ask the model with the ChatGPT login of its vault: real Codex, a model that refuses tokens, a login service. */

import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { systemClock } from '../../src/base/clock.js';
import { Stack } from '../../src/base/stack.js';
import type { Client } from '../../src/client/index.js';
import type { ChatgptCredential } from '../../src/ports/vault.js';
import {
  byPrompt,
  httpError,
  type OfflineConfigOptions,
  type OfflineModel,
  prepareOfflineHome,
  startOfflineModel,
} from '../../src/testing/index.js';
import { systemKeyring } from '../../src/vault/keyring.js';
import { createVault } from '../../src/vault/vault.js';
import { FakeIssuer } from '../support/fake-issuer.js';
import { spool } from '../support/spool.js';
import { childStates, eventOf, type World, world } from './rig.js';

let stack: Stack;
let it: World;
let issuer: FakeIssuer;
let model: OfflineModel;
const refused = new Set<string>();

beforeEach(async () => {
  stack = new Stack();
  refused.clear();
  it = stack.use(await world());
  issuer = stack.use(await FakeIssuer.start());
  model = stack.use(
    await startOfflineModel({
      script: (request) => (refused.has(String(request.headers['authorization'])) ? httpError(401) : byPrompt(request)),
    }),
  );
});

afterEach(() => stack[Symbol.asyncDispose]());

async function login(): Promise<ChatgptCredential> {
  const file = it.home.join('spool', 'vault', 'credentials.json');
  const vault = createVault({ file, keyring: systemKeyring(it.home.path), clock: systemClock });
  const credential = issuer.credential({ issuer: issuer.url });
  await vault.put('codex', credential, 'ann@example.com');
  return credential;
}

/** An agent in a home whose model takes the login of OpenAI. */
async function agent(alias: string, config: Readonly<Record<string, unknown>>): Promise<void> {
  const folder = it.home.join('spool', 'agents', alias);
  await mkdir(folder, { recursive: true });
  await writeFile(it.home.join('spool', 'agents', alias, 'config.json'), JSON.stringify({ alias, runtime: 'codex-app-server', ...config }));
}

async function ask(
  client: Client,
  alias: string,
  input: string,
): Promise<{ session: string; status: string; message: string | undefined }> {
  const { id } = await client.sessions.open({ agent: alias, cwd: it.work });
  const { turn } = await client.turns.request(id, { input });
  const { status, error } = await client.wait(id, turn.id);
  return { session: id, status, message: error?.message };
}

const bearers = (): unknown[] => model.requests.map(({ headers }) => headers['authorization']);

test('agents of two homes share the login; it is renewed once for both, and lies in no environment', async () => {
  const first = await login();
  for (const name of ['one', 'two']) {
    await prepareOfflineHome(it.home.join(name), model, { openaiLogin: true, trust: [it.work] });
    await agent(name, {
      codexHome: it.home.join(name),
      credential: 'vault',
      permissions: { profile: ':workspace', approvalPolicy: 'never' },
    });
  }
  const { client } = await it.serve();
  expect(await ask(client, 'one', 'hello')).toMatchObject({ status: 'completed' });
  refused.add(`Bearer ${first.accessToken}`);
  const both = await Promise.all([ask(client, 'one', 'hello'), ask(client, 'two', 'hello')]);
  expect(both.map(({ status }) => status)).toEqual(['completed', 'completed']);
  expect(issuer.refreshes).toBe(1);
  expect(bearers()).toContain(`Bearer ${first.accessToken}`);
  const environments = await Promise.all(
    (await childStates(it.home.join('spool', 'run', 'codex'))).map(({ pid }) => readFile(`/proc/${pid}/environ`, 'utf8')),
  );
  expect(environments).toHaveLength(2);
  for (const text of environments) expect(text).not.toContain(first.accessToken);
});

test.for<[string, Readonly<Record<string, unknown>>, OfflineConfigOptions, boolean]>([
  ['is read-only', { profile: ':read-only' }, {}, false],
  ['may write where it works', { profile: ':workspace' }, {}, true],
  ['is a profile of the user', { profile: 'mine' }, { more: '[permissions.mine]\nextends = ":workspace"\n' }, true],
  ["is Codex's own choice for a folder that nobody knows", {}, {}, false],
  ["is Codex's own choice for a trusted folder", {}, { trust: ['WORK'] }, true],
])('commands in a sandbox that %s cannot read the vault, nor the tokens of the host', async ([, permissions, options, writes]) => {
  const { refreshToken } = await login();
  const trust = (options.trust ?? []).map(() => it.work);
  await prepareOfflineHome(it.home.join('one'), it.model, { ...options, trust });
  await agent('one', { codexHome: it.home.join('one'), permissions: { ...permissions, approvalPolicy: 'never' } });
  const host = await it.serve();
  const place = it.home.join('spool');
  const look = `cat ${place}/vault/credentials.json; cat ${place}/token; ls ${place}/vault; touch made && echo wro''te`;
  expect(await ask(host.client, 'one', `[[sh:${look}]]`)).toMatchObject({ status: 'completed' });
  const seen = JSON.stringify(it.model.requests.at(-1)?.body.input.at(-1));
  expect(seen.match(/Permission denied/g)).toHaveLength(3);
  expect(seen).not.toContain(refreshToken);
  expect(seen).not.toContain(host.token);
  expect(seen.includes('wrote')).toBe(writes);
});

test('a command that is let out of the sandbox with a yes can write where it could not, and still not read the vault', async () => {
  const { refreshToken } = await login();
  await agent('one', { permissions: { profile: ':workspace', approvalPolicy: 'on-request' }, approvals: { mode: 'auto' } });
  const { client } = await it.serve();
  const outside = it.home.join('outside');
  const input = `[[sh!:cat ${it.home.join('spool', 'vault', 'credentials.json')}; echo out > ${outside}]]`;
  expect(await ask(client, 'one', input)).toMatchObject({ status: 'completed' });
  expect(await readFile(outside, 'utf8')).toBe('out\n');
  expect(JSON.stringify(it.model.requests.map(({ body }) => body))).not.toContain(refreshToken);
});

test('a turn goes on while the host is killed and started again, and the login is renewed behind that too', async () => {
  const first = await login();
  await prepareOfflineHome(it.home.join('one'), model, { openaiLogin: true });
  await agent('one', { codexHome: it.home.join('one'), credential: 'vault' });
  const before = await it.serve();
  const { id } = await before.client.sessions.open({ agent: 'one', cwd: it.work });
  const { turn } = await before.client.turns.request(id, { input: '[[deltas:60:50]]' });
  await eventOf(before.client, id, ({ type }) => type === 'item.delta');
  await before.kill('SIGKILL');
  const after = await it.serve();
  expect(await after.client.wait(id, turn.id)).toMatchObject({ status: 'completed' });
  refused.add(`Bearer ${first.accessToken}`);
  const next = await after.client.turns.request(id, { input: 'hello' });
  expect(await after.client.wait(id, next.turn.id)).toMatchObject({ status: 'completed' });
  expect(issuer.refreshes).toBe(1);
});

test('an agent whose home another one uses with its own login is refused, and that one goes on as before', async () => {
  await login();
  const home = await prepareOfflineHome(it.home.join('both'), model, { openaiLogin: true });
  await agent('careful', { codexHome: home, credential: 'home' });
  await agent('eager', { codexHome: home, credential: 'vault' });
  const { client } = await it.serve();
  const { status, message } = await ask(client, 'eager', 'hello');
  expect(status).toBe('failed');
  expect(message).toContain('the agents eager and careful share the CODEX_HOME');
  expect(message).toContain('codexHome "own"');
  expect(await ask(client, 'careful', 'hello')).toMatchObject({ status: 'completed' });
  expect(bearers()).toEqual([undefined]);
});

test('a home with a login or a provider of its own keeps to that, also when the vault has one', async () => {
  await login();
  const { client } = await it.serve();
  expect(await ask(client, 'default', 'hello')).toMatchObject({ status: 'completed' });
  expect(it.model.requests.map(({ headers }) => headers['authorization'])).toEqual([undefined]);
});

test('no key of the environment reaches Codex, but the names that the owner adds do; a name of a key is refused at the start', async () => {
  const keys = { OPENAI_API_KEY: 'sk-env-1', CODEX_API_KEY: 'sk-env-2', CODEX_ACCESS_TOKEN: 'token-env-3' };
  Object.assign(it.env, keys, { JAVA_HOME: '/usr/lib/java', SPOOL_PASS_ENV: 'JAVA_HOME' });
  const { client } = await it.serve();
  await ask(client, 'default', 'hello');
  const [child] = await childStates(it.home.join('spool', 'run', 'codex'));
  const names = (await readFile(`/proc/${child?.pid}/environ`, 'utf8')).split('\0').map((entry) => entry.split('=')[0]);
  expect(names).toContain('JAVA_HOME');
  for (const name of [...Object.keys(keys), 'SPOOL_PASS_ENV']) expect(names).not.toContain(name);
  const env = { HOME: it.home.path, SPOOL_HOME: it.home.join('other'), SPOOL_PASS_ENV: 'OPENAI_API_KEY' };
  const stopped = await spool(['serve', '--port', '0'], { env });
  expect(stopped.status).toBe(2);
  expect(stopped.stderr).toContain('SPOOL_PASS_ENV names OPENAI_API_KEY');
  const seen = await spool(['doctor', '--json'], { env: { ...env, SPOOL_PASS_ENV: 'JAVA_HOME', JAVA_HOME: '/usr/lib/java' } });
  const { checks } = JSON.parse(seen.stdout) as { checks: { name: string; says: string }[] };
  expect(checks.find(({ name }) => name === 'environment')?.says).toBe('Codex gets HOME, JAVA_HOME, PATH and its CODEX_HOME');
});
