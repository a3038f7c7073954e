/** What agents are told, where it lies and what they may write: the real host, the real Codex, and what reaches the model. */

import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { prepareOfflineHome } from '../../src/testing/index.js';
import { spool } from '../support/spool.js';
import { childStates, type Served, type World, world } from './rig.js';

type Input = World['model']['requests'][number]['body']['input'][number];

/** Runs a turn in a new session of the agent. */
async function say(host: Served, w: World, agent: string, input: string, session?: string): Promise<string> {
  const id = session ?? (await host.client.sessions.open({ agent, cwd: w.work })).id;
  const { turn } = await host.client.turns.request(id, { input });
  expect((await host.client.wait(id, turn.id)).status).toBe('completed');
  return id;
}

function lastInput({ model }: World): readonly Input[] {
  return model.requests.at(-1)?.body.input ?? [];
}

/** The messages of the last request that hold the text, by role, and how often it stands in them. */
function told(w: World, text: string): string[] {
  return lastInput(w).flatMap(({ role, content }) => {
    const parts = Array.isArray(content) ? (content as { text?: string }[]).map((part) => part.text ?? '') : [];
    return parts.flatMap((part) => Array.from({ length: part.split(text).length - 1 }, () => String(role)));
  });
}

async function write(file: string, text: string): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, text);
}

/** Makes an agent with a home of its own that is sent to the offline model. */
async function ownAgent(host: Served, w: World, alias: string, more: object = {}): Promise<string> {
  const { codexHome } = await host.client.agents.create({ alias, codexHome: 'own', ...more });
  return await prepareOfflineHome(codexHome, w.model);
}

describe('instructions', () => {
  test('of an agent with its own home are in its AGENTS.md, reach the model once, and an edit counts in the next session', async () => {
    await using w = await world();
    const host = await w.serve();
    await ownAgent(host, w, 'reviewer', { instructions: 'Look at tests first.' });
    const { instructionsFile = '' } = await host.client.agents.get('reviewer');
    const file = w.home.join('spool', 'agents', 'reviewer', 'instructions.md');
    await write(file, 'Then at the docs.');
    await say(host, w, 'reviewer', 'hi');
    const composed = await readFile(instructionsFile, 'utf8');
    expect(instructionsFile).toBe(w.home.join('spool', 'homes', 'reviewer', 'AGENTS.md'));
    expect(composed).toContain('Look at tests first.\n\nThen at the docs.');
    expect(told(w, composed.trim())).toEqual(['user']);

    await write(file, 'Then at the changelog.');
    await say(host, w, 'reviewer', 'hi');
    expect(told(w, 'Then at the docs.')).toEqual([]);
    expect(told(w, (await readFile(instructionsFile, 'utf8')).trim())).toEqual(['user']);
    expect(told(w, 'Then at the changelog.')).toEqual(['user']);
  });

  test("of an agent in the user's home are handed over once, that home stays as it is, and an agent without any adds nothing", async () => {
    await using w = await world();
    await writeFile(w.home.join('codex', 'AGENTS.md'), 'What the user says.');
    const host = await w.serve();
    await host.client.agents.create({ alias: 'reviewer', instructions: 'Look at tests first.' });
    await say(host, w, 'reviewer', 'hi');
    const { instructionsFile = '' } = await host.client.agents.get('reviewer');
    const composed = await readFile(instructionsFile, 'utf8');
    expect(told(w, composed.trim())).toEqual(['developer']);
    expect(told(w, 'What the user says.')).toEqual(['user']);
    expect(await readFile(w.home.join('codex', 'AGENTS.md'), 'utf8')).toBe('What the user says.');

    await say(host, w, 'default', 'hi');
    expect(told(w, 'Composed by Spool')).toEqual([]);
    expect(told(w, 'How you work here')).toEqual([]);
    expect(existsSync(w.home.join('codex', 'skills', 'review'))).toBe(false);
  });

  test('that stand in an AGENTS.md of the user, or are hidden by an override, still reach the model', async () => {
    await using w = await world();
    const host = await w.serve();
    const home = await ownAgent(host, w, 'reviewer', { instructions: 'Look at tests first.' });
    await writeFile(`${home}/AGENTS.md`, 'What the user says.');
    await say(host, w, 'reviewer', 'hi');
    expect([told(w, 'Look at tests first.'), told(w, 'What the user says.')]).toEqual([['developer'], ['user']]);
    await rm(`${home}/AGENTS.md`);
    await writeFile(`${home}/AGENTS.override.md`, 'What hides the rest.');
    await say(host, w, 'reviewer', 'hi');
    expect([told(w, 'Look at tests first.'), told(w, 'What hides the rest.')]).toEqual([['developer'], ['user']]);
  });
});

describe('homes', () => {
  test("HOME is the host's in every home, CODEX_HOME alone tells them apart, and an own home has nothing of the user's", async () => {
    await using w = await world();
    await writeFile(w.home.join('codex', 'auth.json'), '{"OPENAI_API_KEY":"sk-of-the-user"}');
    const host = await w.serve();
    const home = await ownAgent(host, w, 'builder');
    const before = await readdir(home);
    await say(host, w, 'builder', 'hi');
    await say(host, w, 'default', 'hi');
    expect(before.toSorted()).toEqual(['AGENTS.md', 'config.toml']);
    expect(existsSync(`${home}/auth.json`)).toBe(false);
    if (process.platform !== 'linux') return;
    const children = await childStates(w.home.join('spool', 'run', 'codex'));
    const environments = await Promise.all(children.map(async ({ pid }) => (await readFile(`/proc/${pid}/environ`, 'utf8')).split('\0')));
    expect(environments.flatMap((lines) => lines.filter((line) => line.startsWith('HOME=')))).toEqual([
      `HOME=${w.home.path}`,
      `HOME=${w.home.path}`,
    ]);
    const homes = environments.flatMap((lines) => lines.filter((line) => line.startsWith('CODEX_HOME=')));
    expect(homes.toSorted()).toEqual([`CODEX_HOME=${w.home.join('codex')}`, `CODEX_HOME=${home}`]);
  });

  test('an empty auth.json is no hindrance to the real Codex', async () => {
    await using w = await world();
    const host = await w.serve();
    const home = await ownAgent(host, w, 'builder', { runtimeOptions: { emptyAuthFile: true } });
    expect(await readFile(`${home}/auth.json`, 'utf8')).toBe('');
    await say(host, w, 'builder', 'hi');
    expect(await readFile(`${home}/auth.json`, 'utf8')).toBe('');
  });

  test('something in the place of the instructions keeps nobody from working', async () => {
    await using w = await world();
    const host = await w.serve();
    const home = await ownAgent(host, w, 'reviewer', { instructions: 'Look at tests first.' });
    await rm(`${home}/AGENTS.md`);
    await mkdir(`${home}/AGENTS.md`);
    await say(host, w, 'reviewer', 'hi');
    expect(told(w, 'Look at tests first.')).toEqual(['developer']);
  });
});

describe('a memory', () => {
  test('can be written under the profile :workspace, not under :read-only, and is told in the next session', async () => {
    await using w = await world();
    // Codex lets agents write into the temporary folder anyway, and a checkout may lie in it.
    const place = await mkdtemp('/var/tmp/sp-memory-');
    try {
      const folder = join(place, 'memory');
      const host = await w.serve();
      const never = (profile: string): object => ({ memory: folder, permissions: { profile, approvalPolicy: 'never' } });
      await ownAgent(host, w, 'keeper', never(':workspace'));
      const session = await say(host, w, 'keeper', `[[sh:echo "- likes tabs" > ${folder}/index.md; touch ${place}/outside]]`);
      expect([await readFile(`${folder}/index.md`, 'utf8'), existsSync(`${place}/outside`)]).toEqual(['- likes tabs\n', false]);
      expect(told(w, 'binding, from your first answer on')).toEqual([]);
      await say(host, w, 'keeper', 'hi');
      expect(told(w, 'binding, from your first answer on.\n\n## index.md\n\n- likes tabs')).toEqual(['user']);

      await host.kill('SIGTERM');
      const again = await w.serve();
      await say(again, w, 'keeper', `[[sh:touch ${folder}/after-restart.md ${place}/outside]]`, session);
      await again.client.agents.create({ alias: 'reader', ...never(':read-only') });
      await say(again, w, 'reader', `[[sh:touch ${folder}/forbidden.md]]`);
      // Codex puts empty folders with a dot into what may be written while a command runs.
      const left = (await readdir(place)).concat(await readdir(folder)).filter((name) => !name.startsWith('.'));
      expect(left.toSorted()).toEqual(['after-restart.md', 'index.md', 'memory']);
    } finally {
      await rm(place, { recursive: true });
    }
  });
});

describe('skills', () => {
  async function skill(w: World, name: string): Promise<string> {
    await write(w.home.join('skills', name, 'SKILL.md'), `---\nname: ${name}\ndescription: Does ${name} well.\n---\n\nHow to ${name}.\n`);
    return w.home.join('skills', name);
  }

  test("of an own home are links that Codex lists; one that is no longer chosen goes, the user's stay", async () => {
    await using w = await world();
    const host = await w.serve();
    const [review, deploy] = [await skill(w, 'review'), await skill(w, 'deploy')];
    const home = await ownAgent(host, w, 'builder', { skills: [review] });
    await symlink(deploy, `${home}/skills/mine`);
    await say(host, w, 'builder', 'please use $review');
    expect(told(w, '- review: Does review well. (file: ')).toEqual(['developer']);
    expect(told(w, `- review: Does review well. (${review}/SKILL.md)`)).toEqual(['user']);
    expect(told(w, 'How to review.')).toHaveLength(1);
    await host.client.agents.update('builder', { skills: [] });
    await say(host, w, 'builder', 'hi');
    expect(told(w, 'Does review well.')).toEqual([]);
    expect((await readdir(`${home}/skills`)).filter((name) => !name.startsWith('.'))).toEqual(['mine']);
  });

  test("in the user's home are there for this agent alone, and nothing is written there", async () => {
    await using w = await world();
    const host = await w.serve();
    await host.client.agents.create({ alias: 'builder', skills: [await skill(w, 'review')] });
    const session = await say(host, w, 'builder', 'please use $review');
    expect(told(w, '- review: Does review well.')).toEqual(['developer', 'developer']);
    expect(told(w, 'How to review.')).toHaveLength(1);
    await say(host, w, 'default', 'please use $review');
    expect(told(w, 'review well')).toEqual([]);
    expect(existsSync(w.home.join('codex', 'skills', 'review'))).toBe(false);
    await host.kill('SIGTERM');
    await say(await w.serve(), w, 'builder', 'again, with $review', session);
    expect(told(w, 'How to review.')).toHaveLength(2);
  });
});

test('the command line makes an agent, shows what its model is shown first, changes it and removes it', async () => {
  await using w = await world();
  await writeFile(`${w.work}/AGENTS.md`, 'What the project says.');
  const host = await w.serve();
  const env = { SPOOL_URL: host.url, SPOOL_TOKEN: host.token };
  const cli = async (...args: string[]): Promise<string> => {
    const { status, stdout, stderr } = await spool(['agent', ...args], { env, cwd: w.work });
    if (status !== 0) throw new Error(stderr);
    return stdout;
  };
  await writeFile(`${w.work}/told.md`, 'Look at tests first.');
  await writeFile(
    `${w.work}/agent.json`,
    JSON.stringify({ effort: 'low', mcpServers: { docs: { command: 'docs', env: { KEY: 'secret' } } } }),
  );
  const flags = ['--instructions', '@told.md', '--permissions', ':workspace', '--approval-policy', 'never', '--memory', 'on'];
  expect(await cli('create', 'reviewer', '--config', 'agent.json', '--effort', 'high', ...flags)).toBe('reviewer\n');
  expect(JSON.parse(await cli('show', 'reviewer', '--json'))).toMatchObject({
    ...{ alias: 'reviewer', effort: 'high', online: true, codexHome: w.home.join('codex'), mcpServers: { docs: { env: { KEY: '***' } } } },
    instructionsFile: w.home.join('spool', 'agents', 'reviewer', 'AGENTS.md'),
  });
  expect(await cli('ls')).toMatch(/^ALIAS .*\ndefault .*\nreviewer .*\n$/);

  const shown = await cli('prompt', 'reviewer', '--cwd', '.');
  for (const part of ['Look at tests first.', 'What the project says.', w.home.join('spool', 'agents', 'reviewer', 'memory')]) {
    expect(shown.split(part).length).toBeGreaterThan(1);
  }
  const { messages } = JSON.parse(await cli('prompt', 'reviewer', '--cwd', '.', '--json')) as {
    messages: { role: string; parts: string[] }[];
  };
  await say(host, w, 'reviewer', 'hi');
  const composed = await readFile(w.home.join('spool', 'agents', 'reviewer', 'AGENTS.md'), 'utf8');
  expect(messages.filter(({ parts }) => parts.includes(composed)).map(({ role }) => role)).toEqual(['developer']);
  expect(told(w, composed.trim())).toEqual(['developer']);

  expect(await cli('set', 'reviewer', '--approval-policy', 'on-request', '--unset', 'instructions,effort')).toContain(
    ':workspace, on-request',
  );
  expect(JSON.parse(await cli('show', 'reviewer', '--json'))).not.toHaveProperty('effort');
  await expect(cli('create', 'reviewer')).rejects.toThrow(/there is an agent reviewer already/);
  await expect(cli('set', 'reviewer', '--skill', 'gone')).rejects.toThrow(
    new RegExp(`the folder of the skill ${w.work}/gone does not exist`),
  );
  await expect(cli('prompt', 'reviewer', '--cwd', 'gone')).rejects.toThrow(/cwd is no directory/);
  // The model of a fresh home is told its tools as an item of its own, beside the messages.
  await cli('create', 'fresh', '--codex-home', 'own', '--credential', 'home', '--instructions', 'Be brief.');
  expect(await cli('prompt', 'fresh')).toContain('Be brief.');
  await cli('rm', 'reviewer');
  await expect(cli('show', 'reviewer')).rejects.toThrow(/there is no agent reviewer/);
});
