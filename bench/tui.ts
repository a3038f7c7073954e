/**
 * How much later a delta reaches a terminal because the gateway is in between. Two clients listen to the same conversation of the host's
 * app-server, one at its socket and one through a terminal's line, so that each single delta is seen twice.
 */

import { BareClient } from './bare-codex.js';
import type { BenchOptions, BenchResult } from './figures.js';
import { HostSession } from './host-session.js';
import { HttpClient } from './http-client.js';
import { keptCodex } from './served-host.js';
import { median, pause, quantile } from './stats.js';
import { openWorld } from './world.js';

const STAMP = /<(\d+\.\d+)>/g;

/** What came, and when each delta of it was here, by the moment at which the model sent it. */
interface Heard {
  text: string;
  readonly at: Map<number, number>;
}

export async function benchTui({ quick, cli }: BenchOptions): Promise<BenchResult> {
  await using world = await openWorld(cli);
  const deltas = quick ? 50 : 100;
  const rounds = quick ? 2 : 6;
  const served = await world.serve();
  const http = new HttpClient(served.url, served.token);
  const { session, threadId } = await HostSession.open(http, world.work);
  using _session = session;
  await session.turn('warm up');

  const { url, token } = await http.post(`/v1/sessions/${session.id}/terminal`, {});
  await using direct = await BareClient.connect(keptCodex(world.home)[0]?.address ?? '');
  await using terminal = await BareClient.connect(String(url), String(token));
  await Promise.all([direct.joinThread(threadId), terminal.joinThread(threadId)]);

  const added: number[] = [];
  for (let round = -1; round < rounds; round++) {
    const heard = [direct, terminal].map((client) => listen(client, threadId));
    const ends = [direct, terminal].map((client) => end(client, threadId));
    await session.turn(`stamps:${deltas}:10`);
    await Promise.all(ends);
    const [bare, through] = heard.map((one) => one.stop());
    if (bare === undefined || through === undefined || bare.at.size !== deltas)
      throw new Error(`${bare?.at.size} of ${deltas} deltas arrived`);
    if (bare.text !== through.text) throw new Error('the terminal was told another text');
    if (round >= 0) for (const [stamp, at] of through.at) added.push(at - (bare.at.get(stamp) ?? Number.NaN));
    await pause(30);
  }
  http.close();
  return {
    figures: [
      { name: 'terminal, added by the gateway, same delta: median', value: median(added), unit: 'ms', floor: 5 },
      { name: 'terminal, added by the gateway, same delta: p95', value: quantile(added, 0.95), unit: 'ms' },
    ],
    notes: [`${rounds} turns of ${deltas} deltas 10 ms apart; both clients heard the same text`],
  };
}

function listen(client: BareClient, thread: string): { stop(): Heard } {
  const heard: Heard = { text: '', at: new Map() };
  const watching = client.watch(({ method, params }, at) => {
    if (method !== 'item/agentMessage/delta' || params.threadId !== thread) return;
    heard.text += params.delta;
    for (const [, stamp] of params.delta.matchAll(STAMP)) heard.at.set(Number(stamp), at);
  });
  return {
    stop: () => {
      watching[Symbol.dispose]();
      return heard;
    },
  };
}

function end(client: BareClient, thread: string): Promise<void> {
  return new Promise((resolve) => {
    const watching = client.watch(({ method, params }) => {
      if (method !== 'turn/completed' || params.threadId !== thread) return;
      watching[Symbol.dispose]();
      resolve();
    });
  });
}
