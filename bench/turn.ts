/**
 * What a host adds to a turn. The same instant turn is played through a host (a process of its own; commands over HTTP, events over
 * one stream) and on a bare app-server of its own, in turns, and each pair gives one ratio.
 */

import type { BareTurn } from './bare-codex.js';
import type { BenchOptions, BenchResult } from './figures.js';
import { HostSession, type HostTurn } from './host-session.js';
import { HttpClient } from './http-client.js';
import { median, medianRatio, pause, quantile } from './stats.js';
import { openWorld, type World } from './world.js';

/** When the model got and answered the request of a turn, by the shared clock. */
type ModelTimes = ReadonlyMap<string, { readonly at: number; readonly answered: number }>;

interface Played {
  readonly prompt: string;
  readonly host: HostTurn;
  readonly bare: BareTurn;
}

/** What one turn has to settle down before the next is measured: Codex and the host still write when the client already knows. */
const QUIET_MS = 20;
/** Turns of one conversation that count, and those before that do not. */
const TURNS_EACH = 30;
const WARM_UP = 5;

export async function benchTurn({ quick, cli }: BenchOptions): Promise<BenchResult> {
  await using world = await openWorld(cli);
  const { played, asked } = await play(world, quick ? 20 : 150);
  const host = played.map((one) => one.host.completed - one.host.sent);
  const bare = played.map((one) => one.bare.completed - one.bare.sent);
  const accepted = played.map((one) => one.host.accepted - one.host.sent);
  const notes = [
    `${played.length} turns each, in turns (host first in every other pair), ${TURNS_EACH} to a conversation, after ${WARM_UP} to warm up; a host of its own, an app-server of its own`,
    ...whereItGoes(played, asked),
  ];
  return {
    figures: [
      { name: 'turn, host ÷ bare: median of the pairs', value: medianRatio(host, bare), unit: '×', floor: 1.1, goal: 1.03 },
      { name: 'turn, host: median', value: median(host), unit: 'ms' },
      { name: 'turn, bare: median', value: median(bare), unit: 'ms' },
      { name: 'turn, host: p95', value: quantile(host, 0.95), unit: 'ms' },
      { name: 'turn, bare: p95', value: quantile(bare, 0.95), unit: 'ms' },
      {
        name: 'turn, host − bare: median of the pairs',
        value: median(host.map((ms, index) => ms - (bare[index] ?? Number.NaN))),
        unit: 'ms',
      },
      { name: 'turn asked for until 202: median', value: median(accepted), unit: 'ms' },
      { name: 'turn asked for until 202: p95', value: quantile(accepted, 0.95), unit: 'ms' },
    ],
    notes,
  };
}

async function play(world: World, turns: number): Promise<{ readonly played: readonly Played[]; readonly asked: ModelTimes }> {
  const served = await world.serve();
  const { client } = await world.bare();
  const asked = new Map<string, { at: number; answered: number }>();
  world.model.listen((message) => {
    if (message.type === 'asked') asked.set(message.prompt, message);
  });
  const http = new HttpClient(served.url, served.token);
  const played: Played[] = [];
  while (played.length < turns) {
    // Turns grow with their conversation, and what they are compared by with them: both sides begin anew now and then.
    const { session } = await HostSession.open(http, world.work);
    using _session = session;
    const thread = await client.startThread(world.work);
    for (let index = -WARM_UP; index < Math.min(TURNS_EACH, turns); index++) {
      const prompt = `turn ${played.length} ${index}`;
      const hostFirst = index % 2 === 0;
      const one = await pair(
        prompt,
        hostFirst,
        (text) => session.turn(text),
        (text) => client.turn(thread, text),
      );
      if (index >= 0) played.push({ prompt, ...one });
    }
  }
  http.close();
  return { played, asked };
}

async function pair<A, B>(
  prompt: string,
  hostFirst: boolean,
  byHost: (prompt: string) => Promise<A>,
  byBare: (prompt: string) => Promise<B>,
): Promise<{ host: A; bare: B }> {
  await pause(QUIET_MS);
  const first = hostFirst ? await byHost(`${prompt} host`) : await byBare(`${prompt} bare`);
  await pause(QUIET_MS);
  const second = hostFirst ? await byBare(`${prompt} bare`) : await byHost(`${prompt} host`);
  return (hostFirst ? { host: first, bare: second } : { host: second, bare: first }) as { host: A; bare: B };
}

/** The medians of the parts of a turn, both ways: before the model is asked, and after it has answered. */
function whereItGoes(played: readonly Played[], asked: ModelTimes): string[] {
  const parts = (side: 'host' | 'bare'): string => {
    const known = played.flatMap((one) => {
      const model = asked.get(`${one.prompt} ${side}`);
      return model === undefined ? [] : [{ ...one[side], ...model }];
    });
    const part = (from: (one: (typeof known)[number]) => number): string => median(known.map(from)).toFixed(2);
    return [
      `${side}: accepted after ${part((one) => one.accepted - one.sent)} ms`,
      `the model asked after ${part((one) => one.at - one.sent)}`,
      `turn.started known after ${part((one) => one.started - one.sent)}`,
      `the end known ${part((one) => one.completed - one.answered)} after the model's answer`,
    ].join(', ');
  };
  return [parts('host'), parts('bare')];
}
