import { chmodSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { writePrivateFile } from '../base/private-files.js';
import { Stack } from '../base/stack.js';
import type { AgentConfig } from '../contract/agent-config.js';
import type { ThreadSetup } from '../ports/agent.js';
import { silentLogger } from '../ports/logger.js';
import type { Credential, Vault } from '../ports/vault.js';
import { type OfflineModel, startOfflineModel, tempHome } from '../testing/index.js';
import { agentAccess } from './agent-access.js';
import { agentInfo } from './agents/agent-info.js';
import { modelGateway } from './model-gateway.js';

const KEY = 'sk-of-the-vault-0123456789';

interface Stage extends AsyncDisposable {
  readonly model: OfflineModel;
  readonly data: string;
  /** How often the vault was asked. */
  looks(): number;
  /** What the vault holds. */
  login: Credential | undefined;
  agent(config: Partial<AgentConfig>): AgentConfig;
  prepare(config: AgentConfig): Promise<ThreadSetup>;
  /** Asks the model as this agent would, whatever it was given. */
  ask(alias: string): Promise<{ status: number; body: string }>;
}

async function stage(): Promise<Stage> {
  const stack = new Stack();
  const home = stack.use(await tempHome());
  const model = stack.use(await startOfflineModel({ key: KEY }));
  const places = { agents: home.join('agents'), homes: home.join('homes'), sharedHome: home.join('codex') };
  mkdirSync(places.sharedHome);
  writeFileSync(join(places.sharedHome, 'config.toml'), 'model_provider = "mine"\n');
  const agents = new Map<string, AgentConfig>();
  const on = { login: { kind: 'apiKey', key: KEY, baseUrl: model.url } as Credential | undefined };
  let looks = 0;
  const get = async (): Promise<Credential | undefined> => {
    looks++;
    return on.login;
  };
  const vault = { get } as unknown as Vault;
  const access = agentAccess({
    paths: { credentials: home.join('vault', 'credentials.json'), run: home.join('run') },
    logger: silentLogger,
  });
  const find = (alias: string) => {
    const config = agents.get(alias);
    return config === undefined ? undefined : agentInfo(places, config);
  };
  const gateway = stack.use(
    modelGateway({
      access,
      vault,
      agents: () => ({ get: find }),
      paths: { credentials: home.join('vault', 'credentials.json') },
      env: {},
      logger: silentLogger,
    }),
  );
  stack.use(access);
  return Object.assign(on, {
    model,
    data: home.path,
    looks: () => looks,
    agent(config: Partial<AgentConfig>): AgentConfig {
      const made: AgentConfig = { alias: 'main', runtime: 'codex-app-server', codexHome: 'shared', ...config };
      agents.set(made.alias, made);
      return made;
    },
    prepare: async (config: AgentConfig) => await gateway.contribution({ config, info: agentInfo(places, config) }),
    async ask(alias: string) {
      const { url, token } = await access.admit(alias);
      const response = await fetch(`${url}/model/v1/models`, { headers: { authorization: `Bearer ${token}` } });
      return { status: response.status, body: await response.text() };
    },
    [Symbol.asyncDispose]: () => stack[Symbol.asyncDispose](),
  });
}

test('an agent that has the key of the vault is sent to the gateway, with a token that is not the key', async () => {
  await using on = await stage();
  for (const config of [{ codexHome: 'own' }, { alias: 'other', credential: 'vault' }] as const) {
    const { gateway } = await on.prepare(on.agent(config));
    expect(gateway?.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/model\/v1$/);
    const response = await fetch(`${gateway?.url}/models`, { headers: { authorization: `Bearer ${gateway?.token}` } });
    expect([response.status, gateway?.token.includes(KEY)]).toEqual([200, false]);
  }
});

test('an agent with the login of its home, or with a ChatGPT one, is not, and no port is opened for it', async () => {
  await using on = await stage();
  expect(await on.prepare(on.agent({}))).toEqual({});
  on.login = {
    kind: 'chatgpt',
    idToken: 'i',
    accessToken: 'a',
    refreshToken: 'r',
    accountId: 'n',
    plan: null,
    refreshedAt: '2026-01-01T00:00:00Z',
  };
  expect(await on.prepare(on.agent({ codexHome: 'own' }))).toEqual({});
  expect(readdirSync(on.data).toSorted()).toEqual(['codex']);
});

test('an agent that was given a token for something else does not get at the key with it', async () => {
  await using on = await stage();
  on.agent({});
  expect(await on.ask('main')).toEqual({ status: 400, body: expect.stringContaining('has the login of its own CODEX_HOME') as string });
  expect(await on.ask('nobody')).toEqual({ status: 400, body: expect.stringContaining('there is no agent nobody') as string });
  on.agent({ credential: 'vault' });
  expect((await on.ask('main')).status).toBe(200);
});

test('a login that is missing or has become another one is told with what to do', async () => {
  await using on = await stage();
  const config = on.agent({ codexHome: 'own' });
  on.login = undefined;
  await expect(on.prepare(config)).rejects.toMatchObject({ code: 'unauthorized', hint: 'spool login codex' });
  expect((await on.ask('main')).body).toContain('(spool login codex)');
  on.login = {
    kind: 'chatgpt',
    idToken: 'i',
    accessToken: 'a',
    refreshToken: 'r',
    accountId: 'n',
    plan: null,
    refreshedAt: '2026-01-01T00:00:00Z',
  };
  expect((await on.ask('main')).body).toContain('go on in a new session');
});

test('the vault is read again when its file is another one, and only then', async () => {
  await using on = await stage();
  const file = join(on.data, 'vault', 'credentials.json');
  on.agent({ codexHome: 'own' });
  writePrivateFile(file, 'one');
  for (let n = 0; n < 3; n++) expect((await on.ask('main')).status).toBe(200);
  expect(on.looks()).toBe(1);
  writePrivateFile(file, 'two');
  on.login = { kind: 'apiKey', key: 'sk-wrong', baseUrl: on.model.url };
  expect((await on.ask('main')).body).toContain('spool login codex --reconnect');
  // Fewer rights do not touch the content, and the vault must see it.
  chmodSync(file, 0o644);
  await on.ask('main');
  expect(on.looks()).toBe(3);
});

test('a budget is held only where the host sees every call', async () => {
  await using on = await stage();
  const budget = { tokensPerDay: 100 };
  expect((await on.prepare(on.agent({ codexHome: 'own', budget }))).gateway).toBeDefined();
  const refusal = { code: 'invalid-input', message: expect.stringContaining('agent main has a budget') as string };
  await expect(on.prepare(on.agent({ budget }))).rejects.toMatchObject(refusal);
  await expect(on.prepare(on.agent({ credential: 'home', codexHome: 'own', budget }))).rejects.toMatchObject(refusal);
});
