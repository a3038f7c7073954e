/** A turn through a host beside what people do without one: a whole `codex exec --json` process for each turn. */

import { once } from 'node:events';
import { childEnvironment } from '../src/codex/app-server/child-env.js';
import { start } from './children.js';
import type { BenchOptions, BenchResult } from './figures.js';
import { HostSession } from './host-session.js';
import { HttpClient } from './http-client.js';
import { median, medianRatio, nowMs, pause } from './stats.js';
import { openWorld, type World } from './world.js';

export async function benchExec({ quick, cli }: BenchOptions): Promise<BenchResult> {
  // As Codex comes: it looks at the user's login shell once for each conversation, which for `codex exec` is each turn.
  await using world = await openWorld(cli, { shellSnapshots: true });
  const codexHome = await world.codexHome('ex');
  const served = await world.serve();
  const http = new HttpClient(served.url, served.token);
  const { session } = await HostSession.open(http, world.work);
  using _session = session;
  const host: number[] = [];
  const exec: number[] = [];
  const rounds = quick ? 5 : 30;
  for (let round = -3; round < rounds; round++) {
    const { sent, completed } = await session.turn(`turn ${round}`);
    await pause(20);
    const ms = await execTurn(world, codexHome, `turn ${round}`);
    await pause(20);
    if (round < 0) continue;
    host.push(completed - sent);
    exec.push(ms);
  }
  http.close();
  return {
    figures: [
      {
        name: 'turn, codex exec ÷ host: median of the pairs',
        value: medianRatio(exec, host),
        unit: '×',
        floor: 2.5,
        goal: 4,
        moreIsBetter: true,
      },
      { name: 'turn, codex exec: median', value: median(exec), unit: 'ms' },
      { name: 'turn, host: median', value: median(host), unit: 'ms' },
    ],
    notes: [
      `${rounds} turns each, in turns; an exec turn is the whole process, from its start to its exit; Codex with its default settings on both sides, a home without a profile`,
    ],
  };
}

async function execTurn(world: World, codexHome: string, prompt: string): Promise<number> {
  const sent = nowMs();
  const child = start(world.binary, ['exec', '--json', '--skip-git-repo-check', prompt], {
    cwd: world.work,
    env: childEnvironment(world.env, codexHome),
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  let output = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  const [code] = (await once(child, 'close')) as [number | null];
  const ms = nowMs() - sent;
  if (code !== 0 || !output.includes('"turn.completed"')) throw new Error(`codex exec ended with ${code}: ${output.slice(-500)}`);
  return ms;
}
