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
    approvals: { mode: 'deny' },
    instructions: 'Be brief.',
    mcpServers: { files: { command: 'files' } },
    skills: ['review'],
    env: { KEY: 'value' },
    runtimeOptions: { fast: true },
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
    const shown = Object.keys(AgentInfo.shape);
    expect(Object.keys(AgentConfig.shape).filter((field) => !shown.includes(field))).toEqual(Object.keys(NOT_YET));
  });

  test('the agent can be used once the field is taken out', () => {
    write('reviewer', { approvals: { mode: 'deny' } });
    expect(() => agents.get('reviewer')).toThrow();
    write('reviewer', { model: 'm', permissions: { approvalPolicy: 'never' } });
    expect(agents.get('reviewer')).toMatchObject({ model: 'm', permissions: { approvalPolicy: 'never' } });
  });

  test('the default agent is refused too when its file asks for it', () => {
    write('default', { skills: ['review'] });
    expect(() => agents.get('default')).toThrow('skills');
  });
});

describe('the list', () => {
  test('holds the agents that can be used, and says once what is wrong with each other one', () => {
    write('builder', { codexHome: 'own' });
    const unread = write('notes', 'not JSON');
    const unsafe = write('reviewer', { approvals: { mode: 'deny' } });
    expect([listed(), listed()]).toEqual([
      ['default', 'builder'],
      ['default', 'builder'],
    ]);
    expect(warnings).toHaveLength(2);
    expect(warnings[0]).toContain(unread);
    expect(warnings[1]).toContain(unsafe);
  });

  test('warns again when something else is wrong, and holds the agent when nothing is', () => {
    write('reviewer', { approvals: { mode: 'deny' } });
    listed();
    write('reviewer', { env: {} });
    listed();
    expect(warnings).toHaveLength(2);
    expect(warnings[1]).toContain('sets env,');
    write('reviewer', {});
    expect(listed()).toEqual(['default', 'reviewer']);
  });
});
