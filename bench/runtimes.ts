/**
 * What each runtime costs beside the host: one session and four of the same agent, with the real program and the offline model. Nothing is
 * promised of these figures; they are for choosing (docs/choosing-a-runtime.md).
 */

import { markdownTable } from '../scripts/marked-block.js';
import { RUNTIMES, type Runtime } from '../src/contract/words.js';
import type { BenchOptions, BenchResult, Table } from './figures.js';
import { HttpClient } from './http-client.js';
import { type Cost, costOf, type Load } from './runtime-cost.js';
import { BUSY, type RuntimePlan, runtimePlans } from './runtime-plans.js';
import { median } from './stats.js';
import { openWorld, type World } from './world.js';

const SESSIONS = [1, 4];

export async function benchRuntimes({ quick, cli, runtimes }: BenchOptions): Promise<BenchResult> {
  await using world = await openWorld(cli, { trusting: true });
  const [plans, there] = [runtimePlans(world), await runtimesOf(world)];
  const runs = quick ? 1 : 2;
  const patience = quick ? { idleMs: 2000, warmTurns: 2 } : { idleMs: 4000, warmTurns: 5 };
  const rows: string[][] = [];
  const notes: string[] = [];
  for (const runtime of RUNTIMES) {
    if (runtimes?.includes(runtime) === false) continue;
    const plan = plans.get(runtime);
    const missing = there.has(runtime) ? (typeof plan === 'string' ? plan : undefined) : 'this build has no such runtime';
    if (missing !== undefined || plan === undefined || typeof plan === 'string') {
      notes.push(`${runtime}: ${missing ?? 'no plan'}`);
      rows.push(emptyRow(runtime));
      continue;
    }
    const costs = await costsOf(world, plan, runs, patience);
    if (costs instanceof Error) notes.push(`${runtime}: ${costs.message}`);
    rows.push(...(costs instanceof Error ? [emptyRow(runtime)] : costs.map((cost) => rowOf(plan, cost))));
  }
  const table: Table = { head: HEAD, rows };
  const read = [
    `medians of ${runs} ${runs === 1 ? 'run' : 'runs'}, each on a host of its own; beside the host, whose own memory and processor are not counted`,
    `memory is VmRSS: pages that several processes share count for each; busy: ${BUSY.pieces} pieces ${BUSY.everyMs} ms apart in all sessions at once`,
    'a first turn counts from opening the session; with four they are opened at once',
  ];
  const text = `${markdownTable(table.head, table.rows)}\n\n${[...read, ...notes].map((note) => `- ${note}`).join('\n')}`;
  const page = { path: 'docs/choosing-a-runtime.md', block: 'cost', text };
  return { figures: [], table, notes: [...read, ...notes], ...(runtimes === undefined ? { page } : {}) };
}

const HEAD = [
  ...['runtime', 'program', 'sessions', 'processes, idle', 'busy', 'memory of each session, idle', 'busy'],
  ...['processor of each, idle', 'busy', 'first turn', 'next turn'],
];

function rowOf({ runtime, program }: RuntimePlan, { sessions, idle, busy, coldMs, warmMs }: Cost): string[] {
  const each = (value: number): number => value / sessions;
  return [
    ...[`\`${runtime}\``, program, String(sessions), String(idle.processes), String(busy.processes)],
    ...[`${each(idle.memoryMb).toFixed(0)} MB`, `${each(busy.memoryMb).toFixed(0)} MB`],
    ...[`${each(idle.cpu).toFixed(1)} %`, `${each(busy.cpu).toFixed(1)} %`, `${coldMs.toFixed(0)} ms`, `${warmMs.toFixed(0)} ms`],
  ];
}

function emptyRow(runtime: Runtime): string[] {
  return [`\`${runtime}\``, ...HEAD.slice(1).map(() => '–')];
}

/** The costs for each number of sessions; an error says why there are none, so that one runtime that breaks does not hide the others. */
async function costsOf(world: World, plan: RuntimePlan, runs: number, patience: Parameters<typeof costOf>[3]): Promise<Cost[] | Error> {
  const costs: Cost[] = [];
  try {
    // Programs set their homes up when they first see them, which nobody waits for twice.
    await costOf(world, plan, 1, { idleMs: 0, warmTurns: 0 });
    for (const sessions of SESSIONS) {
      const tried: Cost[] = [];
      for (let run = 0; run < runs; run++) tried.push(await costOf(world, plan, sessions, patience));
      costs.push(middle(sessions, tried));
      console.log(`  ${rowOf(plan, middle(sessions, tried)).join('  ')}`);
    }
    return costs;
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

function middle(sessions: number, costs: readonly Cost[]): Cost {
  const load = (of: (cost: Cost) => Load): Load => ({
    processes: median(costs.map((cost) => of(cost).processes)),
    memoryMb: median(costs.map((cost) => of(cost).memoryMb)),
    cpu: median(costs.map((cost) => of(cost).cpu)),
  });
  return {
    sessions,
    idle: load(({ idle }) => idle),
    busy: load(({ busy }) => busy),
    coldMs: median(costs.map(({ coldMs }) => coldMs)),
    warmMs: median(costs.map(({ warmMs }) => warmMs)),
  };
}

/** The runtimes that this build has. */
async function runtimesOf(world: World): Promise<ReadonlySet<string>> {
  await using served = await world.serve();
  const http = new HttpClient(served.url, served.token);
  const { runtimes } = await http.get('/v1/capabilities');
  http.close();
  return new Set((runtimes as { readonly runtime: string }[]).map(({ runtime }) => runtime));
}
