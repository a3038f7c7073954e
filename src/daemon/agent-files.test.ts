import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { AgentConfig } from '../contract/agent-config.js';
import { AgentInfo } from '../contract/host.js';
import type { AgentDirectory } from '../ports/agents.js';
import { silentLogger } from '../ports/logger.js';
import { agentFiles } from './agent-files.js';

let root: string;
let agents: AgentDirectory;
let warnings: string[];

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'spool-agents-'));
  warnings = [];
  const places = { agents: join(root, 'agents'), homes: join(root, 'homes'), sharedHome: '/home/ann/.codex' };
  agents = agentFiles(places, { ...silentLogger, warn: (_, message) => void warnings.push(message) });
});

afterEach(() => rmSync(root, { recursive: true }));

function write(alias: string, config: object | string): string {
  const file = join(root, 'agents', alias, 'config.json');
  mkdirSync(join(root, 'agents', alias), { recursive: true });
  writeFileSync(file, typeof config === 'string' ? config : JSON.stringify({ alias, runtime: 'codex-app-server', ...config }));
  return file;
}

const listed = (): string[] => agents.list().map(({ alias }) => alias);

describe('what is not acted on', () => {
  const NOT_YET: Record<string, unknown> = {
    instructions: 'Be brief.',
    mcpServers: { files: { command: 'files' } },
    skills: ['review'],
    env: { KEY: 'value' },
  };

  test.each(Object.entries(NOT_YET))('an agent that sets %s is refused by name, file and field', (field, value) => {
    const file = write('reviewer', { [field]: value });
    expect(() => agents.get('reviewer')).toThrow(
      expect.objectContaining({
        code: 'unsupported',
        message: expect.stringMatching(/sets \w+, which this version of Spool does not act on yet$/) as string,
        details: { file, fields: [field] },
      }),
    );
    expect(() => agents.get('reviewer')).toThrow(file);
  });

  test('every field of the file either shows in the agent or is refused', () => {
    const { runtimeOptions, ...fields } = AgentConfig.shape;
    const shown = Object.keys(AgentInfo.shape);
    const all = [...Object.keys(fields), ...Object.keys(runtimeOptions.unwrap().shape)];
    expect(all.filter((field) => !shown.includes(field))).toEqual(Object.keys(NOT_YET));
  });

  test('the agent can be used once the field is taken out', () => {
    write('reviewer', { env: {} });
    expect(() => agents.get('reviewer')).toThrow();
    write('reviewer', { model: 'm', permissions: { approvalPolicy: 'never' } });
    expect(agents.get('reviewer')).toMatchObject({ model: 'm', permissions: { approvalPolicy: 'never' } });
  });

  test('the default agent is refused too when its file asks for it', () => {
    write('default', { skills: ['review'] });
    expect(() => agents.get('default')).toThrow('skills');
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
    const unsafe = write('reviewer', { skills: ['review'] });
    expect([listed(), listed()]).toEqual([
      ['default', 'builder'],
      ['default', 'builder'],
    ]);
    expect(warnings).toHaveLength(2);
    expect(warnings[0]).toContain(unread);
    expect(warnings[1]).toContain(unsafe);
  });

  test('warns again when something else is wrong, and holds the agent when nothing is', () => {
    write('reviewer', { skills: ['review'] });
    listed();
    write('reviewer', { env: {} });
    listed();
    expect(warnings).toHaveLength(2);
    expect(warnings[1]).toContain('sets env,');
    write('reviewer', {});
    expect(listed()).toEqual(['default', 'reviewer']);
  });
});
