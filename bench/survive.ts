/** How many turns outlive their host: it is killed in mid-turn, each time a little later in the turn, and started again. */

import type { BenchOptions, BenchResult } from './figures.js';
import { HostSession } from './host-session.js';
import { HttpClient } from './http-client.js';
import { nowMs, pause, quantile } from './stats.js';
import { openWorld, type World } from './world.js';

const DELTAS = 30;
const EVERY_MS = 10;
/** A turn that has not ended by then is lost. */
const PATIENCE_MS = 20_000;

interface Try {
  /** Completed, with its whole text. */
  readonly survived: boolean;
  readonly status: string;
  readonly restartMs: number;
}

export async function benchSurvive({ quick, cli }: BenchOptions): Promise<BenchResult> {
  await using world = await openWorld(cli);
  const tries: Try[] = [];
  const wanted = quick ? 5 : 100;
  // Killed from right behind the 202 up to the last deltas, evenly.
  for (let n = 0; n < wanted; n++) tries.push(await oneTry(world, Math.round((n / wanted) * DELTAS * EVERY_MS)));
  const lost = tries.filter(({ survived }) => !survived);
  return {
    figures: [
      {
        name: 'survival: turns of 100 that completed whole although the host was killed in them',
        value: ((tries.length - lost.length) / tries.length) * 100,
        unit: 'of 100',
        floor: 99,
        moreIsBetter: true,
      },
      {
        name: 'survival: start of the next host until it is ready: p95',
        value: quantile(
          tries.map(({ restartMs }) => restartMs),
          0.95,
        ),
        unit: 'ms',
      },
    ],
    notes: [
      `${tries.length} turns of ${DELTAS} deltas ${EVERY_MS} ms apart; SIGKILL between the 202 and the last delta, evenly`,
      ...lost.map(({ status }) => `lost: ${status}`),
    ],
  };
}

async function oneTry(world: World, afterMs: number): Promise<Try> {
  const first = await world.serve();
  const http = new HttpClient(first.url, first.token);
  const { session } = await HostSession.open(http, world.work);
  const { turn } = await http.post(`/v1/sessions/${session.id}/turns`, { input: `stamps:${DELTAS}:${EVERY_MS}` });
  const { id } = turn as { id: string };
  await pause(afterMs);
  await first.kill('SIGKILL');
  session[Symbol.dispose]();
  http.close();

  const started = nowMs();
  const second = await world.serve();
  const restartMs = nowMs() - started;
  const again = new HttpClient(second.url, second.token);
  try {
    for (;;) {
      const ended = await again.get(`/v1/sessions/${session.id}/turns/${id}`);
      if (ended['endedAt'] !== null || nowMs() - started > PATIENCE_MS) {
        const whole = String(ended['finalText']).match(/<[\d.]+>/g)?.length === DELTAS;
        return { survived: ended['status'] === 'completed' && whole, status: `${String(ended['status'])} after ${afterMs} ms`, restartMs };
      }
      await pause(10);
    }
  } finally {
    again.close();
    await second.kill('SIGTERM');
  }
}
