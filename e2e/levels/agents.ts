/** L2: an agent is made with each runtime by name, and its file says exactly that name. */

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { RUNTIMES, type Runtime } from '../../src/contract/words.js';
import { type Level, must } from '../ladder.js';
import { type Stage, stageFor } from '../stage.js';

export const agentsLevel: Level = {
  name: 'L2',
  title: 'agents are made with each runtime, and their file names it',
  async climb(climb) {
    const stage = await stageFor(climb);
    await stage.serve();
    for (const runtime of RUNTIMES) {
      await climb.check(`an agent with the runtime ${runtime} is made, and its config.json says so`, () => madeWith(stage, runtime));
    }
    await climb.check('the runtime that is not named is codex-app-server', () => madeWith(stage, undefined));
    await climb.check('an unknown name is refused with the list of those that there are, and nothing is made', () => unknownName(stage));
  },
};

async function madeWith(stage: Stage, runtime: Runtime | undefined): Promise<string> {
  const alias = `a-${runtime ?? 'default'}`;
  const config = runtime === 'acp' ? ['--config', join(stage.folder, 'acp.json')] : [];
  if (runtime === 'acp') await writeAcp(config[1] ?? '');
  const flags = runtime === undefined ? [] : ['--runtime', runtime];
  const made = await stage.spool('agent', 'create', alias, ...flags, ...config);
  must(made.status === 0 && made.stdout.trim() === alias, `spool agent create ended with ${made.status}`, () => made.stderr || made.stdout);
  const file = JSON.parse(readFileSync(configFile(stage, alias), 'utf8')) as { runtime?: string };
  const wanted = runtime ?? 'codex-app-server';
  must(file.runtime === wanted, `its file says runtime ${JSON.stringify(file.runtime)}`);
  const shown = await stage.spool('agent', 'show', alias, '--json');
  must(shown.status === 0, `spool agent show ended with ${shown.status}`, () => shown.stderr);
  const agent = JSON.parse(shown.stdout) as { runtime?: string; online?: boolean };
  must(agent.runtime === wanted && agent.online === true, 'spool agent show says otherwise', () => shown.stdout);
  return `agents/${alias}/config.json`;
}

async function writeAcp(file: string): Promise<void> {
  const { writeFile } = await import('node:fs/promises');
  await writeFile(file, JSON.stringify({ runtimeOptions: { command: ['opencode', 'acp'] } }));
}

async function unknownName(stage: Stage): Promise<string> {
  const { status, stderr } = await stage.spool('agent', 'create', 'nobody', '--runtime', 'codex-nothing');
  must(status !== 0, 'it was not refused');
  const missing = RUNTIMES.filter((name) => !stderr.includes(name));
  must(missing.length === 0, `the refusal does not name ${missing.join(', ')}`, () => stderr);
  must(!existsSync(configFile(stage, 'nobody')), 'its file was made all the same');
  return `status ${status}, the refusal names all ${RUNTIMES.length}`;
}

function configFile({ home }: Stage, alias: string): string {
  return join(home, 'agents', alias, 'config.json');
}
