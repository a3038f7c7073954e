/** The real Codex with a ChatGPT login that it is given by the host, a model that refuses tokens, and a login service that renews them. */

import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { FakeIssuer } from '../../../test/support/fake-issuer.js';
import { systemClock } from '../../base/clock.js';
import { Stack } from '../../base/stack.js';
import type { AgentThread, Fact } from '../../ports/agent.js';
import { silentLogger } from '../../ports/logger.js';
import type { ChatgptCredential, Vault } from '../../ports/vault.js';
import { prepareOfflineHome } from '../../testing/offline-model/home.js';
import { httpError } from '../../testing/offline-model/reply.js';
import { byPrompt } from '../../testing/offline-model/script.js';
import { type OfflineModel, startOfflineModel } from '../../testing/offline-model/server.js';
import { type TempHome, tempHome } from '../../testing/temp-home.js';
import { systemKeyring } from '../../vault/keyring.js';
import { createVault } from '../../vault/vault.js';
import { findCodex } from '../binary.js';
import { Refresher } from '../login/refresher.js';
import type { Account } from './account.js';
import { CodexAppServer } from './agent.js';

let stack: Stack;
let place: TempHome;
let issuer: FakeIssuer;
let model: OfflineModel;
let vault: Vault;
let agent: CodexAppServer;
let account: Account | undefined;
/** What the model answers 401 to. */
const refused = new Set<string>();

beforeEach(async () => {
  stack = new Stack();
  refused.clear();
  place = stack.use(await tempHome());
  issuer = stack.use(await FakeIssuer.start());
  model = stack.use(
    await startOfflineModel({
      script: (request) => (refused.has(String(request.headers['authorization'])) ? httpError(401) : byPrompt(request)),
    }),
  );
  vault = createVault({ file: place.join('credentials.json'), keyring: systemKeyring(place.path), clock: systemClock });
  account = new Refresher({ vault, name: 'codex', env: {}, clock: systemClock, logger: silentLogger });
  agent = stack.use(
    new CodexAppServer({
      binary: () => findCodex({ explicit: undefined, path: '' }),
      runDir: place.join('run'),
      env: { PATH: process.env['PATH'], HOME: place.path },
      version: '0.0.0',
      keepRunningTurns: false,
      clock: systemClock,
      logger: silentLogger,
      account: () => Promise.resolve(account),
    }),
  );
});

afterEach(() => stack[Symbol.asyncDispose]());

/** A home whose model takes the login of OpenAI. */
async function homeOf(name: string): Promise<string> {
  return await prepareOfflineHome(place.join(name), model, { openaiLogin: true });
}

async function login(): Promise<ChatgptCredential> {
  const credential = issuer.credential({ issuer: issuer.url });
  await vault.put('codex', credential, 'ann@example.com');
  return credential;
}

async function stored(): Promise<ChatgptCredential> {
  const credential = await vault.get('codex');
  if (credential?.kind !== 'chatgpt') throw new Error('the vault has no ChatGPT login');
  return credential;
}

const bearer = ({ accessToken }: ChatgptCredential): string => `Bearer ${accessToken}`;
const heard = (): unknown[] => model.requests.map(({ headers }) => headers['authorization']);

function open(home: string): Promise<AgentThread> {
  return agent.open({
    session: 'ses_1',
    home,
    cwd: place.path,
    ...{ model: undefined, effort: undefined, resume: undefined, hadTurns: false, unsettled: undefined },
    permissions: { profile: ':workspace', approvalPolicy: 'never' },
  });
}

let turns = 0;

/** One turn to its end; all that was said. */
async function run(thread: AgentThread, text: string): Promise<Fact[]> {
  turns += 1;
  await thread.startTurn({
    turn: `trn_${turns}`,
    input: [{ type: 'text', text }],
    ...{ model: undefined, effort: undefined, outputSchema: undefined },
  });
  const facts: Fact[] = [];
  const reading = thread.facts[Symbol.asyncIterator]();
  while (!['turn.completed', 'turn.failed', 'exited'].includes(facts.at(-1)?.type ?? '')) {
    const { done, value } = await reading.next();
    if (done === true) break;
    facts.push(value);
  }
  return facts;
}

test('a token that the model refuses is replaced within the turn, and the new refresh token stands in the vault', async () => {
  const first = await login();
  const thread = await open(await homeOf('one'));
  expect((await run(thread, 'hello')).at(-1)?.type).toBe('turn.completed');
  refused.add(bearer(first));
  expect((await run(thread, 'hello again')).at(-1)?.type).toBe('turn.completed');
  const second = await stored();
  expect(second.refreshToken).not.toBe(first.refreshToken);
  expect(heard()).toEqual([bearer(first), bearer(first), bearer(second)]);
  expect(model.requests[0]?.headers['chatgpt-account-id']).toBe(first.accountId);
  expect(issuer.asked.map(({ body }) => body['refresh_token'])).toEqual([first.refreshToken]);
});

test('nothing of the login lies in the home, in the environment or on the command line of Codex', async () => {
  const { accessToken, refreshToken, idToken } = await login();
  const thread = await open(await homeOf('one'));
  await run(thread, '[[sh:env; cat "$CODEX_HOME"/auth.json]]');
  const [status] = await agent.status();
  const [environ, command] = await Promise.all(['environ', 'cmdline'].map((file) => readFile(`/proc/${status?.pid}/${file}`, 'utf8')));
  expect(environ).toContain('CODEX_HOME=');
  const told = JSON.stringify(model.requests.map(({ body }) => body));
  for (const secret of [accessToken, refreshToken, idToken]) {
    for (const text of [environ, command, told]) expect(text).not.toContain(secret);
    // grep fails when it finds nothing in any file of the home and the run directory.
    const looking = promisify(execFile)('grep', ['-rlF', secret, place.join('one'), place.join('run')]);
    await expect(looking).rejects.toMatchObject({ code: 1, stdout: '' });
  }
});

test('two homes share one login: it is renewed once, and no refresh token is used twice', async () => {
  const first = await login();
  const threads = await Promise.all([homeOf('one').then(open), homeOf('two').then(open)]);
  refused.add(bearer(first));
  const ends = await Promise.all(threads.map(async (thread) => (await run(thread, 'hello')).at(-1)?.type));
  expect(ends).toEqual(['turn.completed', 'turn.completed']);
  expect(issuer.refreshes).toBe(1);
  const second = await stored();
  expect(heard().toSorted()).toEqual([bearer(first), bearer(first), bearer(second), bearer(second)].toSorted());
});

test('a login that is over fails the turn for its login, says what to do, and is not tried again', async () => {
  const first = await login();
  const thread = await open(await homeOf('one'));
  refused.add(bearer(first));
  issuer.endLogins();
  const facts = await run(thread, 'hello');
  expect(facts.at(-1)).toMatchObject({ type: 'turn.failed', error: { code: 'auth' } });
  const warnings = facts.flatMap((fact) => (fact.type === 'warning' ? [fact.message] : []));
  expect(warnings).toEqual(['the ChatGPT login of the vault is over: it was ended (log in anew: spool login codex --reconnect)']);
  await run(thread, 'hello again');
  expect(issuer.refreshes).toBe(1);
  await vault.put('codex', issuer.credential({ issuer: issuer.url }), 'ann@example.com');
  expect((await run(thread, 'and now')).at(-1)?.type).toBe('turn.completed');
});

test('when somebody else has logged in meanwhile, conversations go on with that account', async () => {
  const first = await login();
  const thread = await open(await homeOf('one'));
  await run(thread, 'hello');
  const other = new FakeIssuer({ account: 'acc-other' }).credential();
  await vault.put('codex', other, 'bob@example.com');
  refused.add(bearer(first));
  expect((await run(thread, 'hello again')).at(-1)?.type).toBe('turn.completed');
  expect(model.requests.at(-1)?.headers['chatgpt-account-id']).toBe('acc-other');
  expect(issuer.refreshes).toBe(0);
});

test('a process whose login was taken out of the vault is not used any more', async () => {
  await login();
  const home = await homeOf('one');
  await run(await open(home), 'hello');
  const before = (await agent.status())[0]?.pid;
  await vault.remove('codex');
  await run(await open(home), 'hello');
  expect((await agent.status())[0]?.pid).not.toBe(before);
  expect(heard().at(-1)).toBeUndefined();
});

test('a home that is to use its own login is not given another one', async () => {
  account = undefined;
  await login();
  await run(await open(await homeOf('one')), 'hello');
  expect(heard()).not.toEqual([]);
  expect(new Set(heard())).toEqual(new Set([undefined]));
});
