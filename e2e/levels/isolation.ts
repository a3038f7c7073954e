/** L5: an agent that is to leave the user's own setup out is started so that it does: by Codex's flags, or in a home without it. */

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { OPTIONS_OF } from '../../src/contract/runtime-options.js';
import { CAST, offlineSettings, type Part } from '../cast.js';
import { type Level, must } from '../ladder.js';
import { commandLine, type SeenProcess } from '../process-tree.js';
import { type Stage, stageFor } from '../stage.js';
import { agentOf, withRunning } from '../talk.js';

const FLAGS: readonly string[] = ['--ignore-user-config', '--ignore-rules'];

export const isolationLevel: Level = {
  name: 'L5',
  title: 'an agent with useUserConfig false is started without the user’s own setup, and one without it is not',
  async climb(climb) {
    const stage = await stageFor(climb);
    // One that is told over a pipe shares a process with others: what it leaves out shows in what it does, at L10.
    for (const part of CAST.filter(({ runtime, toldByArguments }) => toldByArguments && OPTIONS_OF[runtime].includes('useUserConfig'))) {
      await climb.check(`${part.runtime} is started without the user’s setup where that is wanted`, () => isolated(stage, part));
      await climb.check(`${part.runtime} has the user’s setup where nothing is said`, () => asItIs(stage, part));
    }
  },
};

async function isolated(stage: Stage, part: Part): Promise<string> {
  const host = await stage.serveTools(part.codex);
  const runtimeOptions = { useUserConfig: false, config: offlineSettings(stage.model) ?? {} };
  const alias = await agentOf(host, stage, part.runtime, { alias: `i-${part.runtime}`, runtimeOptions });
  return await withRunning(stage, host, part, alias, (one) => {
    const there = FLAGS.filter((flag) => one.args.includes(flag));
    if (part.runtime === 'codex-exec') must(there.length === 2, `its command line does not say ${FLAGS.join(' ')}`, () => commandLine(one));
    if (there.length === 2) return there.join(' ');
    const home = homeOf(one);
    must(home !== stage.codexHome, 'it has neither the flags nor a home of its own', () => commandLine(one));
    must(!existsSync(join(home, 'config.toml')), `${home} has the user’s config.toml`);
    must(!existsSync(join(home, 'rules')), `${home} has the user’s rules`);
    return `CODEX_HOME ${home.slice(stage.folder.length + 1)}, without config.toml and rules`;
  });
}

async function asItIs(stage: Stage, part: Part): Promise<string> {
  const host = await stage.serveTools(part.codex);
  const alias = await agentOf(host, stage, part.runtime);
  return await withRunning(stage, host, part, alias, (one) => {
    must(!FLAGS.some((flag) => one.args.includes(flag)), 'it has a flag that leaves the user’s setup out', () => commandLine(one));
    must(homeOf(one) === stage.codexHome, 'it has another CODEX_HOME', () => homeOf(one));
    return undefined;
  }).then(() => 'CODEX_HOME as it is');
}

function homeOf({ env }: SeenProcess): string {
  return env.get('CODEX_HOME') ?? '';
}
