/** Fifty sessions with an instant turn each, all at once: how long until the last one is done, through a host and on a bare app-server. */

import type { BareCodex } from './bare-codex.js';
import type { BenchOptions, BenchResult } from './figures.js';
import { HostSession } from './host-session.js';
import { HttpClient } from './http-client.js';
import { median, medianRatio, nowMs, pause } from './stats.js';
import { openWorld } from './world.js';

const SESSIONS = 50;

export async function benchFleet({ quick, cli }: BenchOptions): Promise<BenchResult> {
  await using world = await openWorld(cli);
  const served = await world.serve();
  const { client } = await world.bare();
  const http = new HttpClient(served.url, served.token, SESSIONS);
  const host: number[] = [];
  const bare: number[] = [];
  const rounds = quick ? 2 : 9;
  for (let round = -1; round < rounds; round++) {
    // Fresh ones on both sides each time; both keep the old ones loaded.
    const byHost = (): Promise<number> => hostRound(http, world.work);
    const byBare = (): Promise<number> => bareRound(client, world.work);
    const order = round % 2 === 0 ? [byHost, byBare] : [byBare, byHost];
    const times: number[] = [];
    for (const play of order) {
      times.push(await play());
      await pause(300);
    }
    if (round < 0) continue;
    const [first = Number.NaN, second = Number.NaN] = times;
    host.push(round % 2 === 0 ? first : second);
    bare.push(round % 2 === 0 ? second : first);
  }
  http.close();
  return {
    figures: [
      { name: `${SESSIONS} turns at once, host ÷ bare: median of the rounds`, value: medianRatio(host, bare), unit: '×', floor: 1.3 },
      { name: `${SESSIONS} turns at once, host: median`, value: median(host), unit: 'ms' },
      { name: `${SESSIONS} turns at once, bare: median`, value: median(bare), unit: 'ms' },
    ],
    notes: [`${rounds} rounds, the order alternating; one app-server on each side; one event stream for each session of the host`],
  };
}

async function hostRound(http: HttpClient, cwd: string): Promise<number> {
  const sessions: HostSession[] = [];
  for (let index = 0; index < SESSIONS; index++) sessions.push((await HostSession.open(http, cwd)).session);
  await pause(300);
  try {
    const sent = nowMs();
    const turns = await Promise.all(sessions.map((session) => session.turn('go')));
    return Math.max(...turns.map((turn) => turn.completed)) - sent;
  } finally {
    for (const session of sessions) session[Symbol.dispose]();
  }
}

async function bareRound(client: BareCodex['client'], cwd: string): Promise<number> {
  const threads: string[] = [];
  for (let index = 0; index < SESSIONS; index++) threads.push(await client.startThread(cwd));
  await pause(300);
  const sent = nowMs();
  const turns = await Promise.all(threads.map((thread) => client.turn(thread, 'go')));
  return Math.max(...turns.map((turn) => turn.completed)) - sent;
}
