import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { CreateAgent } from '../contract/agent-config.js';
import type { AgentInfo } from '../contract/host.js';
import { agentToken, startAgentListener } from '../doors/agent-listener.js';
import type { AgentDirectory } from '../ports/agents.js';
import { silentLogger } from '../ports/logger.js';
import type { OutsideDirectory } from '../ports/outside-agents.js';
import { besideOutsiders, outsideAgents } from './outside-agents.js';

let root: string;
let folder: string;
let errors: string[];

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'spool-outside-'));
  folder = join(root, 'outside-agents');
  errors = [];
});

afterEach(() => rmSync(root, { recursive: true }));

/** As the next start of a host reads it. */
function read(): OutsideDirectory {
  return outsideAgents(folder, { ...silentLogger, error: (_: object, message: string) => void errors.push(message) });
}

const aliases = (directory: OutsideDirectory): string[] => directory.list().map(({ alias }) => alias);

describe('What is kept', () => {
  test('is known again at the next start, with its token, of which only a digest is kept', async () => {
    const { agent, token } = await read().admit('scout', { role: 'finds things', atOnce: 2 });
    expect(token).toMatch(/^spool_scout_[\w-]{43}$/);
    const next = read();
    expect(next.byToken(token)).toEqual(agent);
    expect(next.list()).toEqual([{ alias: 'scout', tasks: { role: 'finds things', atOnce: 2 }, createdAt: agent.createdAt }]);
    for (const wrong of ['', 'scout', `${token}x`, token.slice(0, -1)]) expect(next.byToken(wrong)).toBeUndefined();
    const text = readFileSync(join(folder, 'scout.json'), 'utf8');
    expect(text).not.toContain(token);
    expect(text).not.toContain(token.slice(-43));
  });

  test('is for the eyes of its owner only', async () => {
    await read().admit('scout', {});
    expect(statSync(join(folder, 'scout.json')).mode & 0o777).toBe(0o600);
    expect(statSync(folder).mode & 0o777).toBe(0o700);
  });

  test('is nothing before somebody is admitted, not even a folder', () => {
    expect(read().list()).toEqual([]);
    expect(existsSync(folder)).toBe(false);
  });

  test('has one agent under one alias, and each admission makes another token', async () => {
    const directory = read();
    const first = await directory.admit('scout', {});
    await expect(directory.admit('scout', {})).rejects.toMatchObject({ code: 'conflict' });
    await directory.dismiss('scout');
    expect(directory.byToken(first.token)).toBeUndefined();
    const second = await directory.admit('scout', {});
    expect([directory.byToken(first.token), directory.byToken(second.token)?.alias]).toEqual([undefined, 'scout']);
    expect(aliases(read())).toEqual(['scout']);
  });

  test('is gone with a dismissal, also for the next start', async () => {
    const directory = read();
    const { token } = await directory.admit('scout', {});
    expect(await directory.dismiss('scout')).toMatchObject({ alias: 'scout' });
    expect(await directory.dismiss('scout')).toBeUndefined();
    expect(readdirSync(folder)).toEqual([]);
    expect(read().byToken(token)).toBeUndefined();
  });
});

describe('A file that cannot be used', () => {
  test.each([
    ['half a file', '{"alias": "scout", "tas', 'the file is no JSON'],
    ['something else', '[]', 'the file: found an empty list'],
    ['a field of the wrong kind', '{"alias":"scout","tasks":{"atOnce":0},"createdAt":"x","tokenDigest":"d"}', 'tasks.atOnce'],
    ['a field that nobody knows', '{"alias":"scout","tasks":{},"createdAt":"x","tokenDigest":"d","role":"owner"}', 'role'],
    ['no digest', '{"alias":"scout","tasks":{},"createdAt":"x"}', 'tokenDigest'],
    ['a name that is somebody else', '{"alias":"owner","tasks":{},"createdAt":"x","tokenDigest":"d"}', 'owner'],
  ])('keeps its agent out and nobody else: %s', async (_, text, why) => {
    const { token } = await read().admit('other', {});
    writeFileSync(join(folder, text.includes('"owner","tasks"') ? 'owner.json' : 'scout.json'), text);
    const next = read();
    expect(aliases(next)).toEqual(['other']);
    expect(next.byToken(token)?.alias).toBe('other');
    expect(errors).toHaveLength(1);
    expect(errors[0]).toContain(why);
    // It can be admitted anew, which mends the file.
    await next.admit('scout', {});
    expect(aliases(read()).sort()).toEqual(['other', 'scout']);
  });

  test('is one that another name was given, because a dismissal would not find it', async () => {
    const { token } = await read().admit('scout', {});
    renameSync(join(folder, 'scout.json'), join(folder, 'copy.json'));
    expect(read().byToken(token)).toBeUndefined();
    expect(errors).toEqual([expect.stringContaining('is to be called scout.json')]);
  });

  test('is one that cannot be read at all', async () => {
    await read().admit('other', {});
    // A folder: for root no file is unreadable.
    mkdirSync(join(folder, 'scout.json'));
    expect(aliases(read())).toEqual(['other']);
    expect(errors).toHaveLength(1);
  });

  test('keeps what it says to itself', async () => {
    const { token } = await read().admit('scout', {});
    writeFileSync(join(folder, 'scout.json'), `{"token": "${token}"`);
    read();
    expect(errors.join('')).not.toContain(token);
  });

  test('does not count where it is no file of ours', async () => {
    await read().admit('scout', {});
    writeFileSync(join(folder, '.scout.json.swp'), 'x');
    writeFileSync(join(folder, 'README'), 'x');
    chmodSync(join(folder, 'README'), 0o644);
    expect(aliases(read())).toEqual(['scout']);
    expect(errors).toEqual([]);
  });
});

test('an agent of the host is not made under the name of one from elsewhere, or of somebody else', async () => {
  const made: string[] = [];
  const create = (config: CreateAgent): Promise<AgentInfo> => {
    made.push(config.alias);
    return Promise.resolve({ alias: config.alias, runtime: 'mock', codexHome: '/nowhere', online: true });
  };
  const directory = read();
  await directory.admit('scout', {});
  const refuse = (): Promise<never> => Promise.reject(new Error('not asked'));
  const files: AgentDirectory = { create, get: () => undefined, list: () => [], update: refuse, remove: refuse, prepare: refuse };
  const agents = besideOutsiders(files, directory);
  for (const alias of ['scout', 'person', 'hub', 'owner']) {
    await expect(agents.create({ alias, runtime: 'mock' }), alias).rejects.toMatchObject({ code: 'conflict' });
  }
  await agents.create({ alias: 'other', runtime: 'mock' });
  await directory.dismiss('scout');
  await agents.create({ alias: 'scout', runtime: 'mock' });
  expect(made).toEqual(['other', 'scout']);
});

test('the tokens of agents from elsewhere and those of the own agents of a host open nothing of each other', async () => {
  const secret = 'the secret of the host';
  const directory = read();
  const { token } = await directory.admit('scout', {});
  expect(directory.byToken(agentToken(secret, 'scout'))).toBeUndefined();
  const mounts = new Map([['/mcp', (_: unknown, response: { end(): unknown }): void => void response.end()]]);
  await using listener = await startAgentListener({ secret, port: 0, mounts });
  const ask = async (bearer: string): Promise<number> =>
    (await fetch(`${listener.url}/mcp`, { headers: { authorization: `Bearer ${bearer}` } })).status;
  expect([await ask(token), await ask(agentToken(secret, 'scout'))]).toEqual([401, 200]);
});
