/**
 * How much later a delta arrives because a host is in between. Every delta says when the model sent it. Two views: a host and a bare
 * app-server in turns, each with its own delays; and one turn of the host's app-server that a bare client listens to as well, where
 * each single delta is seen twice.
 */

import { BareClient } from './bare-codex.js';
import type { BenchOptions, BenchResult } from './figures.js';
import { dataOf, HostSession } from './host-session.js';
import { HttpClient } from './http-client.js';
import { keptCodex } from './served-host.js';
import { median, pause, quantile } from './stats.js';
import { openWorld } from './world.js';

const STAMP = /<(\d+\.\d+)>/g;

/** When each delta was here, by the moment at which the model sent it. */
type Arrivals = Map<number, number>;

export async function benchDelta({ quick, cli }: BenchOptions): Promise<BenchResult> {
  await using world = await openWorld(cli);
  const deltas = quick ? 50 : 100;
  const rounds = quick ? 2 : 6;
  const prompt = `stamps:${deltas}:10`;
  const served = await world.serve();
  const { client } = await world.bare();
  const http = new HttpClient(served.url, served.token);
  const { session, threadId } = await HostSession.open(http, world.work);
  using _session = session;
  const thread = await client.startThread(world.work);
  await session.turn('warm up');
  await client.turn(thread, 'warm up');

  const besides = { host: [] as number[], bare: [] as number[] };
  for (let round = -1; round < rounds; round++) {
    const byHost = await overHost(session, () => session.turn(prompt), deltas);
    await pause(30);
    const byBare = await overBare(client, thread, () => client.turn(thread, prompt), deltas);
    await pause(30);
    if (round < 0) continue;
    besides.host.push(...lags(byHost));
    besides.bare.push(...lags(byBare));
  }

  const address = keptCodex(world.home)[0]?.address ?? '';
  await using listener = await BareClient.connect(address);
  await listener.joinThread(threadId);
  const added: number[] = [];
  for (let round = -1; round < rounds; round++) {
    const heard: { bare?: Arrivals } = {};
    const byHost = await overHost(
      session,
      async () => {
        heard.bare = await overBare(listener, threadId, () => session.turn(prompt), deltas);
      },
      deltas,
    );
    await pause(30);
    if (round >= 0) for (const [stamp, at] of byHost) added.push(at - (heard.bare?.get(stamp) ?? Number.NaN));
  }
  http.close();

  const between = (share: number): number => quantile(besides.host, share) - quantile(besides.bare, share);
  return {
    figures: [
      { name: 'delta, added by the host, same delta: median', value: median(added), unit: 'ms', floor: 1 },
      { name: 'delta, added by the host, same delta: p95', value: quantile(added, 0.95), unit: 'ms', floor: 3 },
      { name: 'delta, side by side: host − bare of the medians', value: between(0.5), unit: 'ms', floor: 1 },
      { name: 'delta, side by side: host − bare of the p95', value: between(0.95), unit: 'ms', floor: 3 },
      { name: 'delta, model to client, host: median', value: median(besides.host), unit: 'ms' },
      { name: 'delta, model to client, bare: median', value: median(besides.bare), unit: 'ms' },
    ],
    notes: [`${rounds} turns of ${deltas} deltas 10 ms apart for each view, in turns`],
  };
}

function lags(arrivals: Arrivals): number[] {
  return [...arrivals].map(([stamp, at]) => at - stamp);
}

async function overHost(session: HostSession, play: () => Promise<unknown>, deltas: number): Promise<Arrivals> {
  const arrivals: Arrivals = new Map();
  using _watching = session.watch((frame) => {
    if (frame.event === 'item.delta') note(arrivals, String(dataOf(frame)['text']), frame.at);
  });
  await play();
  return complete(arrivals, deltas);
}

async function overBare(client: BareClient, thread: string, play: () => Promise<unknown>, deltas: number): Promise<Arrivals> {
  const arrivals: Arrivals = new Map();
  using _watching = client.watch(({ method, params }, at) => {
    if (method === 'item/agentMessage/delta' && params.threadId === thread) note(arrivals, params.delta, at);
  });
  await play();
  return complete(arrivals, deltas);
}

function note(arrivals: Arrivals, text: string, at: number): void {
  for (const [, stamp] of text.matchAll(STAMP)) arrivals.set(Number(stamp), at);
}

function complete(arrivals: Arrivals, deltas: number): Arrivals {
  if (arrivals.size !== deltas) throw new Error(`${arrivals.size} of ${deltas} deltas arrived`);
  return arrivals;
}
