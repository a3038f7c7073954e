import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { AgentConfig } from '../../contract/agent-config.js';
import { AgentInfo } from '../../contract/host.js';
import type { AgentDirectory } from '../../ports/agents.js';
import { silentLogger } from '../../ports/logger.js';
import { agentFiles } from './agent-files.js';

let root: string;
let agents: AgentDirectory;
let warnings: string[];

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'spool-agents-'));
  warnings = [];
  const places = { agents: join(root, 'agents'), homes: join(root, 'homes'), sharedHome: '/home/ann/.codex' };
  agents = agentFiles({ places, logger: { ...silentLogger, warn: (_: object, message: string) => void warnings.push(message) } });
});

afterEach(() => rmSync(root, { recursive: true }));

function write(alias: string, config: object | string): string {
  const file = join(root, 'agents', alias, 'config.json');
  mkdirSync(join(root, 'agents', alias), { recursive: true });
  writeFileSync(file, typeof config === 'string' ? config : JSON.stringify({ alias, runtime: 'codex-app-server', ...config }));
  return file;
}

const listed = (): string[] => agents.list().map(({ alias }) => alias);

describe('what is shown', () => {
  test('every field of the file shows in the agent', () => {
    const { runtimeOptions, ...fields } = AgentConfig.shape;
    const shown = Object.keys(AgentInfo.shape);
    const options = AgentInfo.shape.runtimeOptions.unwrap().shape;
    const all = [...Object.keys(fields), ...Object.keys(runtimeOptions.unwrap().shape).filter((name) => !(name in options))];
    expect(all.filter((field) => !shown.includes(field))).toEqual([]);
  });

  test('values that may be secrets are masked, names are not', () => {
    const env = { API_URL: 'http://secret.example' };
    write('reviewer', { env, mcpServers: { files: { command: 'files', args: ['-v'], env }, far: { url: 'http://far', headers: env } } });
    expect(agents.get('reviewer')).toMatchObject({
      env: { API_URL: '***' },
      mcpServers: {
        files: { command: 'files', args: ['-v'], env: { API_URL: '***' } },
        far: { url: 'http://far', headers: { API_URL: '***' } },
      },
    });
    expect(JSON.stringify(agents.list())).not.toContain('secret.example');
  });

  test('there are composed instructions where there is something to tell the agent, in its own home or beside its file', () => {
    write('plain', {});
    write('told', { instructions: 'Be brief.' });
    write('apart', { mcpServers: { files: { command: 'files', instructions: 'Ask before you read.' } }, codexHome: 'own' });
    expect(agents.get('plain')?.instructionsFile).toBeUndefined();
    expect(agents.get('told')?.instructionsFile).toBe(join(root, 'agents/told/AGENTS.md'));
    expect(agents.get('apart')?.instructionsFile).toBe(join(root, 'homes/apart/AGENTS.md'));
  });
});

describe('agents that are made, changed and removed', () => {
  test('one that is made is a file that only its owner reads, and can be used at once', async () => {
    const made = await agents.create({ alias: 'builder', runtime: 'codex-app-server', codexHome: 'own', model: 'm' });
    expect(made).toMatchObject({ alias: 'builder', model: 'm', codexHome: join(root, 'homes/builder') });
    expect(agents.get('builder')).toEqual(made);
    expect(statSync(join(root, 'agents/builder/config.json')).mode & 0o777).toBe(0o600);
    await expect(agents.create({ alias: 'builder', runtime: 'codex-app-server' })).rejects.toMatchObject({ code: 'conflict' });
  });

  test('a change leaves what it does not name, takes away what is null, and is refused whole when it is wrong', async () => {
    write('builder', { model: 'm', effort: 'low', env: { A: 'kept' } });
    expect(await agents.update('builder', { model: null, effort: 'high' })).toMatchObject({ effort: 'high', env: { A: '***' } });
    expect(agents.get('builder')?.model).toBeUndefined();
    const file = join(root, 'agents/builder/config.json');
    expect(JSON.parse(readFileSync(file, 'utf8'))).toMatchObject({ env: { A: 'kept' } });
    const before = readFileSync(file, 'utf8');
    await expect(agents.update('builder', { codexHome: 'relative/path' })).rejects.toMatchObject({ code: 'invalid-input' });
    expect(readFileSync(file, 'utf8')).toBe(before);
    await expect(agents.update('nobody', {})).rejects.toMatchObject({ code: 'not-found' });
  });

  test('the default agent can be changed and set back, and always exists', async () => {
    await agents.update('default', { model: 'm' });
    expect(agents.get('default')).toMatchObject({ model: 'm', codexHome: '/home/ann/.codex' });
    await agents.remove('default');
    expect(agents.get('default')?.model).toBeUndefined();
    await expect(agents.remove('default')).rejects.toMatchObject({ code: 'conflict' });
  });
});

describe('what conversations are given', () => {
  test('tools and variables of the file, unmasked, and on the same name what the host itself puts there', async () => {
    write('builder', { env: { A: '1' }, mcpServers: { spool: { command: 'mine' }, files: { url: 'http://files' } } });
    const places = { agents: join(root, 'agents'), homes: join(root, 'homes'), sharedHome: '/home/ann/.codex' };
    const contributions = [() => ({ mcpServers: { spool: { url: 'http://host', ours: true as const } } })];
    const directory = agentFiles({ places, logger: silentLogger, contributions });
    const info = directory.get('builder');
    if (info === undefined) throw new Error('the agent is missing');
    expect(await directory.prepare(info)).toEqual({
      env: { A: '1' },
      mcpServers: { spool: { url: 'http://host', ours: true }, files: { url: 'http://files' } },
    });
  });
});

describe('what is acted on', () => {
  test('who answers, how long things may take, what is done when the conversation is taken, and where exchanges are archived', () => {
    const approvals = { mode: 'auto', rules: [{ decision: 'accept', command: 'touch' }], deadlineSeconds: 5 };
    const limits = { turnSeconds: 60, idleSeconds: null };
    write('builder', { approvals, limits, archive: true, runtimeOptions: { whenTaken: 'fork' } });
    expect(agents.get('builder')).toMatchObject({ approvals, limits, whenTaken: 'fork', archive: join(root, 'agents/builder/archive') });
    write('builder', { archive: '/srv/archive' });
    expect(agents.get('builder')).toEqual({
      alias: 'builder',
      runtime: 'codex-app-server',
      online: true,
      codexHome: '/home/ann/.codex',
      archive: '/srv/archive',
    });
  });

  test('the default agent may have a file of its own', () => {
    write('default', { approvals: { mode: 'deny' } });
    expect(agents.get('default')).toMatchObject({ approvals: { mode: 'deny' }, codexHome: '/home/ann/.codex' });
    expect(listed()).toEqual(['default']);
  });

  test.each([
    [{ archive: 'archive' }, /neither true nor an absolute path: archive/],
    [{ archive: false }, /archive/],
    [{ runtimeOptions: { fast: true } }, /runtimeOptions.*fast/],
    [{ runtimeOptions: { whenTaken: 'steal' } }, /runtimeOptions\.whenTaken/],
    [
      { approvals: { mode: 'auto', rules: [{ decision: 'accept', inside: 'src' }] } },
      /approvals\.rules\.0\.inside neither "cwd" nor an absolute path/,
    ],
    [{ approvals: { mode: 'sometimes' } }, /approvals\.mode/],
    [{ limits: { turnSeconds: -1 } }, /limits\.turnSeconds/],
  ])('%j is refused', (config, message) => {
    write('builder', config);
    expect(() => agents.get('builder')).toThrow(
      expect.objectContaining({ code: 'invalid-input', message: expect.stringMatching(message) as string }),
    );
  });
});

describe('the list', () => {
  test('holds the agents that can be used, and says once what is wrong with each other one', () => {
    write('builder', { codexHome: 'own' });
    const unread = write('notes', 'not JSON');
    const unsafe = write('reviewer', { fast: true });
    expect([listed(), listed()]).toEqual([
      ['default', 'builder'],
      ['default', 'builder'],
    ]);
    expect(warnings).toHaveLength(2);
    expect(warnings[0]).toContain(unread);
    expect(warnings[1]).toContain(unsafe);
  });

  test('warns again when something else is wrong, and holds the agent when nothing is', () => {
    write('reviewer', { skills: 'review' });
    listed();
    write('reviewer', { env: { A: 1 } });
    listed();
    expect(warnings).toHaveLength(2);
    expect(warnings[1]).toContain('env.A');
    write('reviewer', {});
    expect(listed()).toEqual(['default', 'reviewer']);
  });
});
