/** What so many sessions of one agent cost: their processes, memory and processor time, and how long their turns take. */

import { HostSession } from './host-session.js';
import { HttpClient } from './http-client.js';
import { cpuMs, endedChildrenCpuMs, rssMb, startedBy } from './processes.js';
import { BUSY, type RuntimePlan } from './runtime-plans.js';
import type { ServedHost } from './served-host.js';
import { median, nowMs, pause, sum } from './stats.js';
import type { World } from './world.js';

export interface Load {
  readonly processes: number;
  /** Of all processes together, in MB; pages that several of them share are counted for each. */
  readonly memoryMb: number;
  /** Of one processor, in percent. */
  readonly cpu: number;
}

export interface Cost {
  readonly sessions: number;
  readonly idle: Load;
  readonly busy: Load;
  /** From opening the session to the end of its first turn. */
  readonly coldMs: number;
  readonly warmMs: number;
}

export interface Patience {
  readonly idleMs: number;
  readonly warmTurns: number;
}

/** Between two looks at running processes. */
const LOOK_MS = 150;
/** A runtime that does not manage an instant turn in this time will not. */
const LONGEST_MS = 90_000;

let agents = 0;

/** On a host of its own, whose first sessions they are. */
export async function costOf(world: World, plan: RuntimePlan, sessions: number, { idleMs, warmTurns }: Patience): Promise<Cost> {
  await using served = await world.serve({ env: plan.env });
  const http = new HttpClient(served.url, served.token, sessions);
  const alias = `bench-${++agents}`;
  await http.post('/v1/agents', { alias, runtime: plan.runtime, ...plan.agent });
  const open: HostSession[] = [];
  try {
    const first = async (): Promise<number> => {
      const began = nowMs();
      const session = await HostSession.begin(http, world.work, { agent: alias });
      open.push(session);
      return (await session.turn('go')).completed - began;
    };
    const cold = await inTime(plan, Promise.all(Array.from({ length: sessions }, first)));
    const warm: number[] = [];
    for (let turn = 0; turn < warmTurns; turn++) {
      await pause(100);
      const turns = await inTime(plan, Promise.all(open.map((session) => session.turn('go'))));
      warm.push(...turns.map(({ sent, completed }) => completed - sent));
    }
    const busy = await loadOf(
      world,
      served,
      inTime(plan, Promise.all(open.map((session) => session.turn(`stamps:${BUSY.pieces}:${BUSY.everyMs}`)))),
    );
    await pause(1000);
    const idle = await loadOf(world, served, pause(idleMs));
    return { sessions, idle, busy, coldMs: median(cold), warmMs: median(warm) };
  } finally {
    for (const session of open) session[Symbol.dispose]();
    http.close();
  }
}

/** Looks at the processes of a host while something goes on; memory and processes are the medians of what was seen. */
async function loadOf(world: World, served: ServedHost, meanwhile: Promise<unknown>): Promise<Load> {
  let over = false;
  const settled = meanwhile.finally(() => {
    over = true;
  });
  settled.catch(() => undefined);
  const mark = `HOME=${String(world.env['HOME'])}\0`;
  const seen: { readonly count: number; readonly memory: number }[] = [];
  const from = { at: nowMs(), used: usedBy(served.pid, mark) };
  while (!over) {
    await pause(LOOK_MS);
    const pids = startedBy(served.pid, mark);
    seen.push({ count: pids.length, memory: sum(pids.map(rssMb)) });
  }
  await settled;
  const used = usedBy(served.pid, mark) - from.used;
  return {
    processes: median(seen.map(({ count }) => count)),
    memoryMb: median(seen.map(({ memory }) => memory)),
    cpu: Math.max(0, (used * 100) / (nowMs() - from.at)),
  };
}

/** Processor time of all that the host has started, also of what is gone by now; not its own. */
function usedBy(host: number, mark: string): number {
  return endedChildrenCpuMs(host) + sum(startedBy(host, mark).map((pid) => cpuMs(pid) + endedChildrenCpuMs(pid)));
}

async function inTime<T>({ runtime }: RuntimePlan, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${runtime} took longer than ${LONGEST_MS / 1000} s`)), LONGEST_MS);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
