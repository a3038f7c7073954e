/** How long it takes to get agents ready for a conversation: their instructions composed and written, their skills linked. */

import { mkdir, writeFile } from 'node:fs/promises';
import { agentFiles } from '../src/daemon/agents/agent-files.js';
import { silentLogger } from '../src/ports/logger.js';
import { tempHome } from '../src/testing/temp-home.js';
import type { BenchOptions, BenchResult } from './figures.js';

const AGENTS = 100;

export async function benchCompose(_options: BenchOptions): Promise<BenchResult> {
  await using home = await tempHome();
  const places = { agents: home.join('agents'), homes: home.join('homes'), sharedHome: home.join('codex') };
  const directory = agentFiles({ places, logger: silentLogger });
  const skill = home.join('skills', 'review');
  await mkdir(skill, { recursive: true });
  await writeFile(`${skill}/SKILL.md`, '---\nname: review\ndescription: Reviews changes.\n---\n\nHow.\n');
  const aliases = Array.from({ length: AGENTS }, (_, at) => `agent-${at}`);
  for (const alias of aliases) {
    const mcpServers = { docs: { command: 'docs', instructions: 'Ask docs first.\n'.repeat(100) } };
    const instructions = `You are ${alias}. `.repeat(200);
    await directory.create({
      alias,
      runtime: 'codex-app-server',
      codexHome: 'own',
      memory: true,
      skills: [skill],
      instructions,
      mcpServers,
    });
    await mkdir(home.join('agents', alias, 'instructions.d'), { recursive: true });
  }
  // Something has changed for each of them, so that each is written.
  const module = 'How this is done here.\n'.repeat(400);
  await Promise.all(aliases.map((alias) => writeFile(home.join('agents', alias, 'instructions.d', 'work.instructions.md'), module)));
  const prepareAll = async (): Promise<number> => {
    const began = performance.now();
    for (const agent of directory.list()) await directory.prepare(agent);
    return performance.now() - began;
  };
  const written = await prepareAll();
  const unchanged = await prepareAll();
  return {
    figures: [
      { name: `compose, ${AGENTS} agents: instructions composed and written`, value: written, unit: 'ms', floor: 1_000 },
      { name: `compose, ${AGENTS} agents: nothing has changed`, value: unchanged, unit: 'ms', floor: 1_000 },
    ],
    notes: ['of each agent about 15 KB, in a home of its own with a skill and a memory'],
  };
}
