import { describe, expect, test } from 'vitest';
import { HIDDEN, modelOf, serverEnv, settingsOf } from './settings.js';

const told = { session: 'ses_1', home: '/h', model: undefined, permissions: {}, setup: undefined, options: undefined } as const;
const gateway = { url: 'http://127.0.0.1:1/v1', token: 'tok-1' };

function configOf(env: Readonly<Record<string, string>>): Record<string, unknown> {
  return JSON.parse(env['OPENCODE_CONFIG_CONTENT'] ?? '') as Record<string, unknown>;
}

describe('The configuration of a server', () => {
  test('nothing is shared, fetched or copied behind the back of its user', () => {
    const { config, env } = settingsOf(told);
    expect(config).toMatchObject({ autoupdate: false, share: 'disabled', snapshot: false, disabled_providers: ['opencode'] });
    expect(env).toMatchObject({
      OPENCODE_DISABLE_PROJECT_CONFIG: '1',
      OPENCODE_DISABLE_AUTOUPDATE: '1',
      OPENCODE_DISABLE_MODELS_FETCH: '1',
    });
  });

  test("OpenCode's own service is asked only by whoever names it", () => {
    expect(settingsOf({ ...told, model: 'opencode/big' }).config).toMatchObject({ disabled_providers: [] });
    expect(settingsOf({ ...told, options: { smallModel: 'opencode/s' } }).config).toMatchObject({ disabled_providers: [] });
  });

  test('at the gateway there is one provider, and its token is in the environment alone', () => {
    const { config, env } = settingsOf({ ...told, model: 'own-model', setup: { gateway } });
    expect(config).toMatchObject({
      enabled_providers: ['openai'],
      model: 'openai/own-model',
      provider: {
        openai: {
          options: { baseURL: gateway.url, apiKey: '{env:SPOOL_MODEL_TOKEN}' },
          models: { 'own-model': { tool_call: true } },
        },
      },
    });
    expect(env['SPOOL_MODEL_TOKEN']).toBe('tok-1');
    expect(JSON.stringify(config)).not.toContain('tok-1');
    expect(HIDDEN).toContain('SPOOL_MODEL_TOKEN');
  });

  test('where nobody chose a model the gateway is asked for one that is not the dearest', () => {
    expect(modelOf(undefined, { gateway })).toEqual({ providerID: 'openai', modelID: 'gpt-5.5' });
    expect(modelOf(undefined, {})).toBeUndefined();
    expect(modelOf(undefined, {}, { config: { model: 'a/b/c' } })).toEqual({ providerID: 'a', modelID: 'b/c' });
  });

  test('without the gateway a model says whose it is', () => {
    expect(modelOf('anthropic/claude', {})).toEqual({ providerID: 'anthropic', modelID: 'claude' });
    expect(() => modelOf('claude', {})).toThrow('does not say whose it is');
    expect(modelOf('org/model', { gateway })).toEqual({ providerID: 'openai', modelID: 'org/model' });
    expect(modelOf('mine/m', { gateway }, { config: { provider: { mine: {} } } })).toEqual({ providerID: 'mine', modelID: 'm' });
  });

  test('what the agent says of the configuration is put over ours, table by table', () => {
    const config = { provider: { openai: { options: { timeout: 5 } }, mine: { npm: 'x' } }, snapshot: true };
    expect(settingsOf({ ...told, setup: { gateway }, options: { config } }).config).toMatchObject({
      snapshot: true,
      enabled_providers: ['openai', 'mine'],
      provider: { openai: { options: { timeout: 5, baseURL: gateway.url } }, mine: { npm: 'x' } },
    });
  });

  test('its own rules count only where the agent has no permissions of ours', () => {
    const options = { config: { permission: { bash: 'allow' } } };
    expect(settingsOf({ ...told, options }).config['permission']).toEqual({ bash: 'allow' });
    expect(settingsOf({ ...told, permissions: { profile: ':read-only' }, options }).config['permission']).toMatchObject({
      bash: 'ask',
      edit: 'deny',
    });
  });

  test('servers of tools: a command is one list, an address has headers, and none is given our secrets', () => {
    const mcpServers = {
      files: { command: 'files', args: ['--here'], timeout: 2.5 },
      web: { url: 'http://w', headers: { a: 'b' }, enabled: false },
      host: { url: 'http://h', ours: true as const },
    };
    expect(settingsOf({ ...told, setup: { mcpServers } }).config['mcp']).toEqual({
      files: {
        type: 'local',
        command: ['files', '--here'],
        environment: Object.fromEntries(HIDDEN.map((name) => [name, ''])),
        enabled: true,
        timeout: 2500,
      },
      web: { type: 'remote', url: 'http://w', headers: { a: 'b' }, oauth: false, enabled: false },
      host: { type: 'remote', url: 'http://h', headers: { 'spool-session': 'ses_1' }, oauth: false, enabled: true },
    });
  });

  test('the files that it is given come before those of the agent', () => {
    const settings = settingsOf({
      ...told,
      setup: { instructions: 'be kind' },
      options: { config: { plugin: ['p'], instructions: ['/i.md'] } },
    });
    const env = serverEnv(settings, 'pw', { instructions: '/run/instructions.md', plugin: '/run/spool.js' });
    expect(configOf(env)).toMatchObject({ plugin: ['file:///run/spool.js', 'p'], instructions: ['/run/instructions.md', '/i.md'] });
    expect(env['OPENCODE_SERVER_PASSWORD']).toBe('pw');
  });
});

describe('Who shares a server', () => {
  const key = (more: object): string => settingsOf({ ...told, ...more }).key;

  test('sessions with the same configuration do', () => {
    expect(key({ session: 'ses_2' })).toBe(key({}));
  });

  test('those with another home, model, permission, tool server or instruction do not', () => {
    const keys = [
      key({}),
      key({ home: '/other' }),
      key({ model: 'a/b', setup: { gateway } }),
      key({ permissions: { profile: ':read-only' } }),
      key({ setup: { mcpServers: { a: { url: 'http://a' } } } }),
      key({ setup: { instructions: 'x' } }),
      key({ setup: { env: { A: '1' } } }),
      key({ options: { idleTimeoutSeconds: 1 } }),
    ];
    expect(new Set(keys).size).toBe(keys.length);
  });

  test('a tool server of the host names the session, so each session has a server of its own', () => {
    const setup = { mcpServers: { host: { url: 'http://h', ours: true as const } } };
    expect(key({ setup })).not.toBe(key({ setup, session: 'ses_2' }));
  });
});
