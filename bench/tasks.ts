/**
 * Tasks: what the hub puts between sending and the start of the turn, against a turn that is asked for directly in the same host; how many
 * transitions a second become durable; and how soon a killed host has all agents and open tasks back.
 */

import { tmpdir } from 'node:os';
import { systemClock } from '../src/base/clock.js';
import { Stack } from '../src/base/stack.js';
import type { Principal } from '../src/host/face.js';
import { createHost } from '../src/host/host.js';
import { openSqliteLog } from '../src/log/sqlite/sqlite-log.js';
import { openSqliteSnapshots } from '../src/log/sqlite/sqlite-snapshots.js';
import { createHub } from '../src/network/hub.js';
import { silentLogger } from '../src/ports/logger.js';
import { memoryOutsideAgents } from '../src/testing/outside-agents.js';
import { tempHome } from '../src/testing/temp-home.js';
import { memoryWebhookStore } from '../src/testing/webhook-store.js';
import type { BenchOptions, BenchResult, Figure } from './figures.js';
import { HostSession } from './host-session.js';
import { HttpClient } from './http-client.js';
import { median, nowMs, pause, quantile } from './stats.js';
import { openWorld, type World } from './world.js';

const AGENTS = 80;
const TASKS = 500;
const OWNER: Principal = { name: 'owner', role: 'owner' };

export async function benchTasks({ quick, cli }: BenchOptions): Promise<BenchResult> {
  const overhead = await measureOverhead(cli, quick ? 10 : 100);
  const transitions = await measureTransitions(quick ? 200 : 5000);
  const restarts: number[] = [];
  for (let round = 0; round < (quick ? 1 : 5); round++) restarts.push(await measureRestart(cli));
  return {
    figures: [
      ...overhead,
      { name: 'tasks: transitions made durable', value: transitions, unit: '/s', floor: 2000, moreIsBetter: true },
      {
        name: `tasks: kill until ${AGENTS} agents and ${TASKS} open tasks are back: median`,
        value: median(restarts),
        unit: 'ms',
        floor: 3000,
      },
      { name: `tasks: kill until ${AGENTS} agents and ${TASKS} open tasks are back: worst`, value: Math.max(...restarts), unit: 'ms' },
    ],
    notes: [
      'overhead: tasks in the standing session of a pair, and turns in a session of the same agent, in turns, with the real Codex; from sending to the arrival of turn.started. That an agent with tasks cannot read the keys of the host costs Codex some 50 ms at the start of each turn, in both',
      'transitions: sent, leased, progressed, replied of agents from elsewhere, 64 at once, SQLite with synchronous=FULL, no HTTP',
      `restart: ${AGENTS} mock agents, each with one running and others queued; SIGKILL; from the start of the next host until all runs again`,
    ],
  };
}

async function measureOverhead(cli: string, rounds: number): Promise<Figure[]> {
  await using world = await openWorld(cli);
  const served = await world.serve();
  const http = new HttpClient(served.url, served.token, 2);
  await http.post('/v1/agents', { alias: 'worker', cwd: world.work, tasks: { session: 'pair' } });
  const started = new Map<string, (at: number) => void>();
  using _all = await http.follow('/v1/events', ({ event, data }) => {
    const at = nowMs();
    if (event !== 'turn.started') return;
    const { turn } = JSON.parse(data) as { turn: string };
    started.get(turn)?.(at);
    arrived.set(turn, at);
  });
  const arrived = new Map<string, number>();
  const whenStarted = (turn: string): number | Promise<number> => arrived.get(turn) ?? new Promise((resolve) => started.set(turn, resolve));
  const { session } = await HostSession.open(http, world.work, { agent: 'worker' });
  const [tasks, turns]: [number[], number[]] = [[], []];
  for (let round = -3; round < rounds; round++) {
    const sent = nowMs();
    const { id } = await http.post('/v1/tasks', { to: 'worker', input: 'hello' });
    const done = await http.get(`/v1/tasks/${String(id)}?wait=30`);
    const task = (await whenStarted(String(done['turn']))) - sent;
    const turn = await session.turn('hello');
    // The first ones pay for what is made once.
    if (round < 0) continue;
    tasks.push(task);
    turns.push(turn.started - turn.sent);
  }
  session[Symbol.dispose]();
  http.close();
  const over = tasks.map((value, index) => value - (turns[index] ?? Number.NaN));
  return [
    { name: 'tasks: what the hub adds from sending to turn.started: median', value: median(over), unit: 'ms', floor: 5 },
    { name: 'tasks: what the hub adds from sending to turn.started: p95', value: quantile(over, 0.95), unit: 'ms' },
    { name: 'tasks: from sending to turn.started: median', value: median(tasks), unit: 'ms' },
    { name: 'a turn: from asking to turn.started: median', value: median(turns), unit: 'ms' },
  ];
}

/** In this process, because the wire is measured elsewhere. */
async function measureTransitions(count: number): Promise<number> {
  await using stack = new Stack();
  const { path: directory } = stack.use(await tempHome());
  const log = stack.use(await openSqliteLog({ directory }));
  const snapshots = stack.use(await openSqliteSnapshots({ directory }));
  const tasks = stack.use(await openSqliteSnapshots({ directory, name: 'tasks.db' }));
  const [clock, logger] = [systemClock, silentLogger];
  const none = { get: () => undefined, list: () => [] };
  const refuse = (): Promise<never> => Promise.reject(new Error('there are no agents of the host here'));
  const agents = { ...none, create: refuse, update: refuse, remove: refuse, prepare: refuse };
  const place = { version: '0.0.0', home: directory, pid: process.pid, cwd: tmpdir() };
  const host = stack.use(createHost({ ...place, log, snapshots, agents, runtimes: new Map(), clock, logger }));
  const node = { id: 'hst_bench', name: 'bench', startedAt: new Date().toISOString() };
  const [outside, webhookStore] = [memoryOutsideAgents(), memoryWebhookStore()];
  const hub = stack.use(createHub({ host, log, snapshots: tasks, outside, webhookStore, clock, logger, node }));
  await hub.admitOutsideAgent({ alias: 'worker', tasks: { atOnce: 64 } }, OWNER);
  const worker: Principal = { name: 'worker', role: 'agent' };
  let left = count;
  const one = async (): Promise<void> => {
    while (left-- > 0) {
      await hub.sendTask({ to: 'worker', input: 'count the stars' }, OWNER);
      const { task } = await hub.leaseTask({ waitSeconds: 10 }, worker);
      if (task === null) throw new Error('no task came');
      await hub.reportProgress(task.id, { text: 'seven so far' }, worker);
      await hub.replyTask(task.id, { text: 'seven' }, worker);
    }
  };
  const began = nowMs();
  await Promise.all(Array.from({ length: 64 }, one));
  return (count * 4) / ((nowMs() - began) / 1000);
}

async function measureRestart(cli: string): Promise<number> {
  await using world = await openWorld(cli);
  const before = await world.serve();
  const http = new HttpClient(before.url, before.token, 16);
  const aliases = Array.from({ length: AGENTS }, (_, i) => `agent-${i}`);
  for (const alias of aliases) await http.post('/v1/agents', { alias, runtime: 'mock', tasks: {} });
  const to = (i: number): string => aliases[i % AGENTS] ?? '';
  await Promise.all(Array.from({ length: TASKS }, (_, i) => http.post('/v1/tasks', { to: to(i), input: '[[stall]]' })));
  await allRun(http);
  http.close();
  await before.kill('SIGKILL');
  const began = nowMs();
  return await backAfter(world, began);
}

async function backAfter(world: World, began: number): Promise<number> {
  const after = await world.serve();
  const http = new HttpClient(after.url, after.token);
  await allRun(http);
  const ms = nowMs() - began;
  http.close();
  await after.kill('SIGKILL');
  return ms;
}

/** Resolves once every agent is there and works, and every task is where it was. */
async function allRun(http: HttpClient): Promise<void> {
  for (const end = nowMs() + 60_000; nowMs() < end; await pause(5)) {
    const { items } = (await http.get('/v1/nodes')) as unknown as {
      items: readonly [{ load: { running: number; queued: number }; agents: readonly { alias: string; online: boolean }[] }];
    };
    const [{ load, agents }] = items;
    const there = agents.filter(({ alias, online }) => online && alias.startsWith('agent-')).length;
    if (there !== AGENTS || load.running !== AGENTS || load.queued !== TASKS - AGENTS) continue;
    const running = (await http.get('/v1/tasks?status=running&limit=1000')) as unknown as { items: readonly unknown[] };
    if (running.items.length === AGENTS) return;
  }
  throw new Error('the tasks did not come back within a minute');
}
