/** What a host costs while nothing happens, and what it costs with its Codex process when a hundred sessions are loaded. */

import type { BenchOptions, BenchResult } from './figures.js';
import { HostSession } from './host-session.js';
import { HttpClient } from './http-client.js';
import { cpuMs, rssMb } from './processes.js';
import { keptCodex } from './served-host.js';
import { pause, sum } from './stats.js';
import { openWorld } from './world.js';

const SESSIONS = 100;

export async function benchMemory({ quick, cli }: BenchOptions): Promise<BenchResult> {
  await using world = await openWorld(cli);
  const served = await world.serve();
  const idleMs = quick ? 2000 : 10_000;
  await pause(idleMs);
  const idle = rssMb(served.pid);
  const before = cpuMs(served.pid);
  await pause(idleMs);
  const idleCpu = ((cpuMs(served.pid) - before) * 100) / idleMs;

  const http = new HttpClient(served.url, served.token);
  for (let index = 0; index < SESSIONS; index++) {
    const { session } = await HostSession.open(http, world.work);
    await session.turn('go');
    session[Symbol.dispose]();
  }
  http.close();
  await pause(idleMs / 2);
  const host = rssMb(served.pid);
  const codex = sum(keptCodex(world.home).map(({ pid }) => rssMb(pid)));
  return {
    figures: [
      { name: 'host idle: memory', value: idle, unit: 'MB', floor: 90 },
      { name: 'host idle: processor', value: idleCpu, unit: '%', floor: 1 },
      { name: `${SESSIONS} sessions loaded: host and Codex together`, value: host + codex, unit: 'MB', floor: 350 },
      { name: `${SESSIONS} sessions loaded: host`, value: host, unit: 'MB' },
      { name: `${SESSIONS} sessions loaded: Codex`, value: codex, unit: 'MB' },
    ],
    notes: [`VmRSS; idle for ${idleMs / 1000} s first; each session has had one instant turn`],
  };
}
