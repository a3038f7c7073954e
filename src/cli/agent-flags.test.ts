import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { type AgentArgs, asCreate, asUpdate, fieldsOf, type Reading } from './agent-flags.js';
import { Interrupts } from './interrupts.js';
import { openIo } from './output.js';

const folder = mkdtempSync(join(tmpdir(), 'spool-flags-'));
const interrupts = new Interrupts();
const io = openIo(interrupts);
afterAll(() => {
  interrupts[Symbol.dispose]();
  rmSync(folder, { recursive: true });
});

const NONE: AgentArgs = {
  ...{
    config: undefined,
    runtime: undefined,
    option: [],
    command: undefined,
    model: undefined,
    effort: undefined,
    cwd: undefined,
    'codex-home': undefined,
  },
  ...{ instructions: undefined, memory: undefined, archive: undefined, skill: [], mcp: [], env: [], permissions: undefined },
  ...{ 'approval-policy': undefined, approve: undefined, credential: undefined },
  ...{ 'tokens-per-day': undefined, 'turns-per-hour': undefined, 'review-after': undefined },
  ...{ tasks: false, role: undefined, 'task-skill': [], 'tasks-from': [], 'tasks-to': [], 'at-once': undefined, public: false },
  ...{ 'tasks-hold': false, 'tasks-permissions': undefined, 'task-session': undefined, 'any-permissions': false },
};

function read(args: Partial<AgentArgs>, more: Partial<Reading> = {}): ReturnType<typeof fieldsOf> {
  return fieldsOf({ ...NONE, ...args }, { io, local: true, ...more });
}

describe('flags', () => {
  test('that are not given name nothing', async () => {
    expect(await read({})).toEqual({});
  });

  test('with paths mean this directory where the host is on this machine, and are left alone elsewhere', async () => {
    const paths = { cwd: 'work', 'codex-home': './home', skill: ['review'], memory: 'notes', archive: 'on' };
    expect(await read(paths)).toEqual({
      ...{ cwd: resolve('work'), codexHome: resolve('home'), skills: [resolve('review')], memory: resolve('notes'), archive: true },
    });
    expect(await read(paths, { local: false })).toMatchObject({ cwd: 'work', codexHome: './home', skills: ['review'] });
    expect(await read({ 'codex-home': 'own' })).toEqual({ codexHome: 'own' });
  });

  test('name servers by a command or an address, and variables', async () => {
    const mcp = ['files=npx -y  server /srv', 'far=https://far.example/mcp?a=b'];
    expect(await read({ mcp, env: ['STAGE=test and = try'] })).toEqual({
      mcpServers: { files: { command: 'npx', args: ['-y', 'server', '/srv'] }, far: { url: 'https://far.example/mcp?a=b' } },
      env: { STAGE: 'test and = try' },
    });
    await expect(read({ mcp: ['files=sh -c "a b"'] })).rejects.toMatchObject({ hint: expect.stringContaining('--config') as string });
    await expect(read({ mcp: ['files'] })).rejects.toMatchObject({ code: 'invalid-input' });
  });

  test('with numbers become a budget and a review loop, and what is no number is refused', async () => {
    expect(await read({ 'tokens-per-day': '1000', 'turns-per-hour': '5', 'review-after': '10' })).toEqual({
      budget: { tokensPerDay: 1000, turnsPerHour: 5 },
      reviewLoop: { afterToolCalls: 10 },
    });
    await expect(read({ 'tokens-per-day': 'many' })).rejects.toThrow('--tokens-per-day');
  });

  test('change a part of what has several, and leave the others', async () => {
    const now = {
      permissions: { profile: ':workspace', approvalPolicy: 'never' },
      approvals: { mode: 'ask', deadlineSeconds: 5 },
    } as const;
    const agent = { ...now, alias: 'a', runtime: 'codex-app-server', online: true, codexHome: '/h' } as NonNullable<Reading['now']>;
    expect(await read({ 'approval-policy': 'on-request', approve: 'deny' }, { now: agent })).toEqual({
      permissions: { profile: ':workspace', approvalPolicy: 'on-request' },
      approvals: { mode: 'deny', deadlineSeconds: 5 },
    });
  });

  test('win over the file, and a file that is none is refused by its name', async () => {
    const file = join(folder, 'agent.json');
    writeFileSync(file, '{"alias": "a", "model": "m", "effort": "low"}');
    expect(asCreate('a', await read({ config: file, model: 'other' }))).toEqual({ alias: 'a', model: 'other', effort: 'low' });
    expect(() => asCreate('b', { alias: 'a' })).toThrow(/another alias/);
    for (const text of ['[]', 'no']) {
      writeFileSync(file, text);
      await expect(read({ config: file })).rejects.toThrow(file);
    }
    await expect(read({ instructions: `@${join(folder, 'gone.md')}` })).rejects.toThrow(/gone\.md cannot be read/);
  });

  test('can take a field away', () => {
    expect(asUpdate('a', { model: 'm' }, ['effort', 'mcpServers'])).toEqual({ model: 'm', effort: null, mcpServers: null });
  });

  test('can take a part of a field away and set another in one go', async () => {
    const now = { tasks: { role: 'tests', hold: true, from: ['lead'] } } as unknown as NonNullable<Reading['now']>;
    const change = await read({ 'at-once': '2' }, { now });
    expect(asUpdate('a', change, ['tasks.hold', 'tasks.from'], now)).toEqual({ tasks: { role: 'tests', atOnce: 2 } });
    expect(asUpdate('a', {}, ['tasks.hold'], now)).toEqual({ tasks: { role: 'tests', from: ['lead'] } });
    expect(() => asUpdate('a', {}, ['tasks.to'], now)).toThrow('the agent has no to in tasks');
    expect(() => asUpdate('a', {}, ['budget.turnsPerHour'], now)).toThrow('--unset budget.turnsPerHour');
  });
});

describe('flags about tasks', () => {
  test('make an agent take part, each of them by itself', async () => {
    expect(await read({ tasks: true })).toEqual({ tasks: {} });
    expect(await read({ role: 'reviews changes' })).toEqual({ tasks: { role: 'reviews changes' } });
    expect(
      await read({
        ...{ 'task-skill': ['review', 'go'], 'tasks-from': ['lead'], 'tasks-to': [''], 'at-once': '2', 'tasks-hold': true, public: true },
        ...{ 'tasks-permissions': ':read-only', 'task-session': 'pair', 'any-permissions': true },
      }),
    ).toEqual({
      tasks: {
        ...{ skills: ['review', 'go'], from: ['lead'], to: [], atOnce: 2, hold: true, public: true },
        ...{ permissions: { profile: ':read-only' }, session: 'pair', anyPermissions: true },
      },
    });
    await expect(read({ 'at-once': '0' })).rejects.toThrow('--at-once');
  });

  test('leave what the agent has, or what the file says in its place', async () => {
    const now = { tasks: { role: 'tests', permissions: { profile: ':workspace', approvalPolicy: 'never' } } } as unknown as NonNullable<
      Reading['now']
    >;
    expect(await read({ tasks: true }, { now })).toEqual({ tasks: now.tasks });
    expect(await read({ 'tasks-permissions': ':read-only' }, { now })).toEqual({
      tasks: { role: 'tests', permissions: { profile: ':read-only', approvalPolicy: 'never' } },
    });
    const file = join(folder, 'tasks.json');
    writeFileSync(file, '{"tasks": {"atOnce": 3}}');
    expect(await read({ config: file, role: 'builds' }, { now })).toEqual({ tasks: { atOnce: 3, role: 'builds' } });
    expect(await read({ config: file }, { now })).toEqual({ tasks: { atOnce: 3 } });
  });
});
