/** A host that is killed in mid-turn and started again: how long until a client that keeps trying sees the session's events again. */

import { createServer } from 'node:net';
import { firstLine, stop } from './children.js';
import type { BenchOptions, BenchResult } from './figures.js';
import { HostSession } from './host-session.js';
import { HttpClient } from './http-client.js';
import { rawFrames } from './raw-frames.js';
import { startServe } from './served-host.js';
import { median, nowMs, pause } from './stats.js';
import { openWorld, type World } from './world.js';

/** How often the client tries; any faster, it takes the processor from the host that starts. */
const POLL_MS = 5;
const FRAMES_BEFORE = 40;

interface Round {
  readonly firstEventMs: number;
  readonly allReplayedMs: number;
  readonly readyMs: number;
  readonly frames: number;
}

export async function benchRestart({ quick, cli }: BenchOptions): Promise<BenchResult> {
  const rounds: Round[] = [];
  for (let round = 0; round < (quick ? 2 : 7); round++) {
    await using world = await openWorld(cli);
    rounds.push(await oneRound(world, cli));
  }
  const first = rounds.map((one) => one.firstEventMs);
  return {
    figures: [
      { name: 'restart: start until the first event is replayed: median', value: median(first), unit: 'ms', floor: 500 },
      { name: 'restart: start until the first event is replayed: worst', value: Math.max(...first), unit: 'ms' },
      {
        name: 'restart: start until all seen before is replayed: median',
        value: median(rounds.map((one) => one.allReplayedMs)),
        unit: 'ms',
      },
      { name: 'restart: start until the host says ready: median', value: median(rounds.map((one) => one.readyMs)), unit: 'ms' },
    ],
    notes: [
      `${rounds.length} rounds: SIGKILL in the middle of a turn that goes on in Codex; all ${rounds.map((one) => one.frames).join(', ')} frames seen before came again at the same positions with the same bytes`,
    ],
  };
}

async function oneRound(world: World, cli: string): Promise<Round> {
  const port = await freePort();
  const served = await world.serve({ port });
  const http = new HttpClient(served.url, served.token);
  const { session } = await HostSession.open(http, world.work);
  const path = `/v1/sessions/${session.id}/events?after=0`;
  session.turn('stamps:200:20').catch(() => undefined);
  using before = await rawFrames(served, path);
  await before.until((frames) => frames.size >= FRAMES_BEFORE);
  await served.kill('SIGKILL');
  const seen = new Map(before.frames);
  session[Symbol.dispose]();
  http.close();

  const started = nowMs();
  const child = startServe({ cli, env: world.env, port });
  try {
    const ready = firstLine(child).then(() => nowMs() - started);
    using again = await keepTrying(() => rawFrames(served, path));
    await again.until((frames) => frames.size > 0);
    const firstEventMs = nowMs() - started;
    await again.until((frames) => frames.size >= seen.size);
    const allReplayedMs = nowMs() - started;
    compare(seen, again.frames);
    return { firstEventMs, allReplayedMs, readyMs: await ready, frames: seen.size };
  } finally {
    await stop(child, 'SIGKILL');
  }
}

function compare(before: ReadonlyMap<number, string>, after: ReadonlyMap<number, string>): void {
  for (const [position, frame] of before) {
    if (after.get(position) !== frame) throw new Error(`position ${position} was ${frame} and is ${after.get(position)}`);
  }
}

async function keepTrying<T>(attempt: () => Promise<T>): Promise<T> {
  const end = nowMs() + 20_000;
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (nowMs() > end) throw error;
      await pause(POLL_MS);
    }
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject).listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}
