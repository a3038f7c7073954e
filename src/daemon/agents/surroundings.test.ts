/** What an agent's conversations are given of its surroundings, with real files; only a full disk is played. */

import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { SpoolError } from '../../base/errors.js';
import { AgentConfig } from '../../contract/agent-config.js';
import type { ThreadSetup } from '../../ports/agent.js';
import { silentLogger } from '../../ports/logger.js';
import { agentFiles } from './agent-files.js';
import { type AgentPlaces, agentInfo } from './agent-info.js';
import { type Surroundings, surroundings } from './surroundings.js';

let root: string;
let places: AgentPlaces;
let log: string[];
let around: Surroundings;

const logger = {
  ...silentLogger,
  warn: (_: object, message: string) => void log.push(`warn: ${message}`),
  error: (_: object, message: string) => void log.push(`error: ${message}`),
};

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'spool-around-'));
  places = { agents: join(root, 'agents'), homes: join(root, 'homes'), sharedHome: join(root, 'shared') };
  mkdirSync(places.sharedHome);
  log = [];
  around = surroundings({ places, logger });
});

afterEach(() => rmSync(root, { recursive: true }));

function make(more: object, by: Surroundings = around): ThreadSetup {
  const config = AgentConfig.parse({ alias: 'reviewer', runtime: 'codex-app-server', ...more });
  return by.make({ config, info: agentInfo(places, config) });
}

function put(path: string, text: string): string {
  const file = join(root, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
  return file;
}

const skill = (name: string): string => dirname(put(`skills/${name}/SKILL.md`, `---\nname: ${name}\ndescription: Does ${name}.\n---\n`));
const ownFile = (): string => join(places.homes, 'reviewer', 'AGENTS.md');
const sharedFile = (): string => join(places.agents, 'reviewer', 'AGENTS.md');

describe("in the user's own home", () => {
  test('an agent that is told nothing is given nothing, and nothing is written anywhere', () => {
    expect(make({})).toEqual({});
    expect(
      make({ mcpServers: { docs: { command: 'docs', instructions: ' ' }, off: { command: 'x', instructions: 'x', enabled: false } } }),
    ).toEqual({});
    expect([readdirSync(root), readdirSync(places.sharedHome)]).toEqual([['shared'], []]);
  });

  test('what is told is handed over, lies beside the configuration, and goes when there is nothing more to tell', () => {
    const { instructions } = make({ instructions: 'Look at tests first.' });
    expect(instructions).toContain('# Your instructions\n\nLook at tests first.\n');
    expect([readFileSync(sharedFile(), 'utf8'), readdirSync(places.sharedHome)]).toEqual([instructions, []]);
    expect(make({})).toEqual({});
    expect(existsSync(sharedFile())).toBe(false);
  });

  test('skills are handed over by their folders, and nothing is linked', () => {
    const review = skill('review');
    const { skills, instructions } = make({ skills: [review] });
    expect(skills).toEqual([review]);
    expect(instructions).toContain(`- review: Does review. (${review}/SKILL.md)`);
    expect(readdirSync(places.sharedHome)).toEqual([]);
  });
});

describe('in a home of its own', () => {
  test('everything is where Codex reads it, and nothing is handed over', () => {
    const review = skill('review');
    put('agents/reviewer/instructions.md', 'From the file.');
    put('agents/reviewer/instructions.d/20-b.instructions.md', 'B');
    put('agents/reviewer/instructions.d/10-a.instructions.md', 'A');
    put('agents/reviewer/instructions.d/notes.md', 'not a module');
    const mcpServers = { docs: { command: 'docs', instructions: 'Ask docs.' }, off: { command: 'x', instructions: 'x', enabled: false } };
    expect(make({ codexHome: 'own', instructions: 'From the field.', skills: [review], mcpServers })).toEqual({});
    const text = readFileSync(ownFile(), 'utf8');
    expect(text.split('\n').filter((line) => line.startsWith('# '))).toEqual([
      ...['# How you work here', '# Your instructions', '# Your skills', '# Module 10-a', '# Module 20-b', '# Tools of docs'],
    ]);
    expect(text).toContain('From the field.\n\nFrom the file.');
    expect(readlinkSync(join(places.homes, 'reviewer/skills/review'))).toBe(review);
    expect(statSync(join(places.homes, 'reviewer')).mode & 0o777).toBe(0o700);
    expect(log).toEqual([]);
  });

  test('an AGENTS.md of somebody else is left as it is, what is composed is handed over beside it, and it is said what to do, once', () => {
    put('homes/reviewer/AGENTS.md', '# Mine');
    const { instructions } = make({ codexHome: 'own', instructions: 'Be brief.' });
    make({ codexHome: 'own', instructions: 'Be brief.' });
    expect(instructions).toContain('Be brief.');
    expect(readFileSync(ownFile(), 'utf8')).toBe('# Mine');
    expect(log).toEqual([expect.stringContaining(`move its text to ${join(places.agents, 'reviewer', 'instructions.md')}`)]);
  });

  test('what an AGENTS.override.md would hide is handed over', () => {
    put('homes/reviewer/AGENTS.override.md', 'Mine.');
    expect(make({ codexHome: 'own', instructions: 'Be brief.' }).instructions).toContain('Be brief.');
    expect(log).toEqual([expect.stringContaining('AGENTS.override.md')]);
  });

  test('on a full disk the old instructions stay and the agent goes on; a new agent is told directly', () => {
    const full = surroundings({
      places,
      logger,
      write: () => {
        throw new SpoolError('storage-full', 'no space left on device');
      },
    });
    expect(make({ codexHome: 'own', instructions: 'Old.' })).toEqual({});
    expect(make({ codexHome: 'own', instructions: 'New.' }, full)).toEqual({});
    expect(readFileSync(ownFile(), 'utf8')).toContain('Old.');
    expect(log).toEqual([expect.stringMatching(/^error: the instructions \(\d+ bytes\) cannot be written to .*no space left/)]);
    rmSync(ownFile());
    expect(make({ codexHome: 'own', instructions: 'New.' }, full).instructions).toContain('New.');
  });

  test('files that cannot be made are told and keep nobody from working', () => {
    put('homes/reviewer', 'a file where the home should be');
    expect(make({ codexHome: 'own', instructions: 'Be brief.' }).instructions).toContain('Be brief.');
    expect(log[0]).toContain(`the home ${join(places.homes, 'reviewer')} cannot be made ready`);
  });

  test('over the cap the largest module goes, and the sizes are told as an error', () => {
    put('agents/reviewer/instructions.d/big.instructions.md', 'x'.repeat(40_000));
    make({ codexHome: 'own' });
    expect(readFileSync(ownFile(), 'utf8')).toContain('# Omitted for size');
    expect(log).toEqual([expect.stringMatching(/^error: .*module big \(40014 bytes\)/)]);
  });
});

describe('a memory', () => {
  test('is made private, may be written, and its index and its skills are told', () => {
    const folder = join(places.agents, 'reviewer', 'memory');
    expect(make({ codexHome: 'own', memory: true })).toEqual({ writableRoots: [folder] });
    expect(statSync(folder).mode & 0o777).toBe(0o700);
    put('agents/reviewer/memory/index.md', '- The user likes tabs.');
    put('agents/reviewer/memory/skills/deploy/SKILL.md', '---\nname: deploy\ndescription: Deploys.\n---\n');
    make({ codexHome: 'own', memory: true });
    const text = readFileSync(ownFile(), 'utf8');
    expect(text).toContain('- The user likes tabs.');
    expect(text).toContain(`- deploy: Deploys. (${folder}/skills/deploy/SKILL.md)`);
    expect(readlinkSync(join(places.homes, 'reviewer/skills/deploy'))).toBe(join(folder, 'skills/deploy'));
  });

  test('in a folder of the user keeps its rights', () => {
    const folder = join(root, 'notes');
    mkdirSync(folder);
    chmodSync(folder, 0o755);
    expect(make({ memory: folder }).writableRoots).toEqual([folder]);
    expect(statSync(folder).mode & 0o777).toBe(0o755);
  });
});

describe('agents that are made over the API', () => {
  test('have their home and their memory at once; one with a skill that is none is refused and nothing is written', async () => {
    const agents = agentFiles({ places, logger });
    const refused = agents.create({ alias: 'builder', codexHome: 'own', skills: [join(root, 'gone')] });
    await expect(refused).rejects.toMatchObject({ code: 'invalid-input', message: expect.stringContaining(join(root, 'gone')) as string });
    expect([existsSync(places.agents), existsSync(places.homes)]).toEqual([false, false]);
    await agents.create({ alias: 'builder', codexHome: 'own', memory: true, runtimeOptions: { emptyAuthFile: true } });
    expect(readdirSync(join(places.homes, 'builder')).toSorted()).toEqual(['AGENTS.md', 'auth.json']);
    expect(existsSync(join(places.agents, 'builder', 'memory'))).toBe(true);
    await expect(agents.update('builder', { skills: [join(root, 'gone')] })).rejects.toMatchObject({ code: 'invalid-input' });
    expect(agents.get('builder')?.skills).toBeUndefined();
  });

  test("an empty login file is not put into a user's own home", async () => {
    const agents = agentFiles({ places, logger });
    const refused = agents.create({ alias: 'builder', runtimeOptions: { emptyAuthFile: true } });
    await expect(refused).rejects.toMatchObject({ code: 'invalid-input', message: expect.stringContaining('emptyAuthFile') as string });
    expect(readdirSync(places.sharedHome)).toEqual([]);
  });
});
