/** One session, many subscribers: frames per second, none lost, none twice; also with reconnects, and beside some that never read. */

import { Stack } from '../src/base/stack.js';
import { tempHome } from '../src/testing/temp-home.js';
import { startWorker, type Worker } from './children.js';
import type { Feed, FromFanoutHost } from './fanout-host.js';
import type { FromSubscribers, ToSubscribers } from './fanout-subscribers.js';
import type { BenchOptions, BenchResult } from './figures.js';
import { rssMb } from './processes.js';
import { median, sum } from './stats.js';

interface Run extends Feed {
  readonly subscribers: number;
  readonly stalled?: number;
  readonly cutWithin?: number;
}

interface Outcome {
  readonly framesPerSecond: number;
  readonly frames: number;
  readonly events: number;
  /** Frames that did not come, came twice, or came although nobody was to get them. */
  readonly wrong: number;
  readonly cuts: number;
  /** How long until the last event was durable, and until the last subscriber had it. */
  readonly durableMs: number;
  readonly deliveredMs: number;
  readonly rssBefore: number;
  readonly rssPeak: number;
}

const PROCESSES = 2;

export async function benchFanout({ quick }: BenchOptions): Promise<BenchResult> {
  const rounds = quick ? 1 : 3;
  const count = quick ? 2000 : 10_000;
  const run: Run = { kind: 'apart', count, characters: 200, subscribers: 200 };
  const full = await several(rounds, run);
  const deltas = await several(rounds, { kind: 'deltas', count: 3000, characters: 8, subscribers: 200 });
  const cut = await several(rounds, { ...run, cutWithin: Math.floor(count / 3) });
  // Large enough that what is kept for someone who never reads would show: 40 MB for each.
  const large: Run = { kind: 'apart', count: quick ? 2000 : 10_000, characters: 4000, subscribers: 20 };
  const without = await several(rounds, large);
  const beside = await several(rounds, { ...large, stalled: 10 });
  const items = await several(rounds, { kind: 'items', count, characters: 200, subscribers: 2 });

  const rate = (outcomes: readonly Outcome[]): number => median(outcomes.map((one) => one.framesPerSecond));
  const growth = (outcomes: readonly Outcome[]): number => median(outcomes.map((one) => one.rssPeak - one.rssBefore));
  const all = [...full, ...deltas, ...cut, ...without, ...beside, ...items];
  const first = deltas[0];
  return {
    figures: [
      { name: 'fan-out to 200, frames/s', value: rate(full), unit: '/s', floor: 150_000, moreIsBetter: true },
      { name: 'fan-out, frames lost or repeated in all runs', value: sum(all.map((one) => one.wrong)), unit: '', floor: 0 },
      {
        name: `one turn of ${count} items: events/s durable`,
        value: median(items.map((one) => (one.events * 1000) / one.durableMs)),
        unit: '/s',
      },
      { name: 'fan-out of 3,000 deltas to 200: until all have all', value: median(deltas.map((one) => one.deliveredMs)), unit: 'ms' },
      { name: 'fan-out to 200 with reconnects, frames/s', value: rate(cut), unit: '/s' },
      { name: 'fan-out, reconnects in mid-turn', value: sum(cut.map((one) => one.cuts)), unit: '' },
      {
        name: 'fan-out to 20 beside 10 stalled ÷ without',
        value: rate(beside) / rate(without),
        unit: '×',
        floor: 0.75,
        moreIsBetter: true,
      },
      { name: 'fan-out, host memory that 10 stalled ones cost', value: growth(beside) - growth(without), unit: 'MB', floor: 64 },
      { name: 'fan-out, host memory growth beside 10 stalled', value: growth(beside), unit: 'MB' },
    ],
    notes: [
      `${rounds} runs each; subscribers in ${PROCESSES} processes of their own; ${count} deltas of 200 characters in one turn, which cannot be joined`,
      `3,000 deltas, 10 in each millisecond, became ${first?.events ?? 0} events`,
      `beside stalled ones: ${large.count} deltas of 4,000 characters, ${Math.round((large.count * 4000) / 1e6)} MB that each stalled one does not read`,
    ],
  };
}

async function several(times: number, run: Run): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  for (let round = 0; round < times; round++) outcomes.push(await once(run, round + 1));
  return outcomes;
}

/** One run on a new host. A first small turn warms everything up. */
async function once(run: Run, seed: number): Promise<Outcome> {
  await using stack = new Stack();
  const home = stack.use(await tempHome());
  const host = stack.use(startWorker<Feed, FromFanoutHost>('fanout-host', [home.path]));
  const { url, session } = await host.next('ready');
  const groups = Array.from({ length: PROCESSES }, () => stack.use(startWorker<ToSubscribers, FromSubscribers>('fanout-subscribers')));
  const { subscribers, stalled = 0, cutWithin = 0, ...feed } = run;
  const place = { url, session, count: subscribers / PROCESSES };
  const warm = { ...place, stalled: 0, cutWithin: 0 };
  const { head: after } = await play(host, groups, { ...warm, after: 0 }, { ...feed, count: 200 }, seed);
  const rssBefore = rssMb(host.pid);
  let rssPeak = rssBefore;
  const sampling = setInterval(() => {
    rssPeak = Math.max(rssPeak, rssMb(host.pid));
  }, 25);
  const { began, durable, head, done } = await play(host, groups, { ...place, after, stalled: stalled / PROCESSES, cutWithin }, feed, seed);
  clearInterval(sampling);
  const frames = sum(done.map((one) => one.frames));
  const events = head - after;
  const deliveredMs = Math.max(...done.map((one) => one.at)) - began;
  const wrong = sum(done.map((one) => one.lost + one.repeated)) + Math.abs(frames - events * subscribers);
  const cuts = sum(done.map((one) => one.cuts));
  return {
    framesPerSecond: (frames * 1000) / deliveredMs,
    frames,
    events,
    wrong,
    cuts,
    durableMs: durable - began,
    deliveredMs,
    rssBefore,
    rssPeak,
  };
}

type Place = Omit<Extract<ToSubscribers, { type: 'open' }>, 'type' | 'seed'>;

async function play(
  host: Worker<Feed, FromFanoutHost>,
  groups: readonly Worker<ToSubscribers, FromSubscribers>[],
  place: Place,
  feed: Feed,
  seed: number,
): Promise<Extract<FromFanoutHost, { type: 'fed' }> & { readonly done: readonly Extract<FromSubscribers, { type: 'done' }>[] }> {
  const opened = Promise.all(groups.map((group) => group.next('opened')));
  for (const [index, group] of groups.entries()) group.send({ type: 'open', ...place, seed: seed * 10 + index });
  await opened;
  const done = Promise.all(groups.map((group) => group.next('done')));
  const fed = host.next('fed');
  host.send(feed);
  const { head, ...times } = await fed;
  for (const group of groups) group.send({ type: 'expect', head });
  return { ...times, head, done: await done };
}
