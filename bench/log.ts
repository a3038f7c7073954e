/**
 * What the log in SQLite can do on this machine: durable appends, one acknowledged event, replay, opening. Every figure is taken with
 * `synchronous=FULL`, so that each commit waits for the disk. Runs by itself: `node .build/bench/log.js`.
 */

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openSqliteLog } from '../src/log/sqlite/sqlite-log.js';
import type { Log, NewRecord } from '../src/ports/log.js';

export interface AppendFigures {
  /** Events per second, in records of 32 events, 8 records in flight. */
  readonly eventsPerSecond: number;
  /** Events per second, in records of one event, 64 in flight. */
  readonly singleEventsPerSecond: number;
}

export interface LatencyFigures {
  readonly medianMs: number;
  readonly p95Ms: number;
}

export interface OpenFigures {
  readonly of10kMs: number;
  readonly of1mMs: number;
}

/** Durable events per second, in records of many events and of one. */
export async function benchAppend(): Promise<AppendFigures> {
  return await withLog(async (log) => ({
    eventsPerSecond: await appendRate(log, { records: 6400, eventsEach: 32, inFlight: 8 }),
    singleEventsPerSecond: await appendRate(log, { records: 60_000, eventsEach: 1, inFlight: 64 }),
  }));
}

/** How long one event takes from the call to the acknowledgement, when nothing else is going on. */
export async function benchSingleAppend(): Promise<LatencyFigures> {
  return await withLog(async (log) => {
    const record = recordOf(1);
    const times: number[] = [];
    for (let index = 0; index < 3000; index++) {
      const start = performance.now();
      await log.append('session', record, 'any');
      times.push(performance.now() - start);
    }
    // The first ones pay for the compiler.
    return { medianMs: quantile(times.slice(500), 0.5), p95Ms: quantile(times.slice(500), 0.95) };
  });
}

/** Reads a stream of 100,000 events to its end: ms of the median of five readings, the file being in the page cache. */
export async function benchReplay(): Promise<{ readonly ms: number; readonly ofSinglesMs: number }> {
  return await withLog(async (log) => {
    await appendRate(log, { records: 3125, eventsEach: 32, inFlight: 32 });
    await appendRate(log, { records: 100_000, eventsEach: 1, inFlight: 512, stream: 'singles' });
    return { ms: await replayTime(log, 'session'), ofSinglesMs: await replayTime(log, 'singles') };
  });
}

/** Opens a log of 10,000 and of 1,000,000 events and asks for its head: ms of the median of five. */
export async function benchOpen(): Promise<OpenFigures> {
  return { of10kMs: await openTime(10_000), of1mMs: await openTime(1_000_000) };
}

interface Load {
  readonly records: number;
  readonly eventsEach: number;
  readonly inFlight: number;
  readonly stream?: string;
}

async function appendRate(log: Log, { records, eventsEach, inFlight, stream = 'session' }: Load): Promise<number> {
  const record = recordOf(eventsEach);
  let left = records;
  const lane = async (): Promise<void> => {
    while (left > 0) {
      left -= 1;
      await log.append(stream, record, 'any');
    }
  };
  const start = performance.now();
  await Promise.all(Array.from({ length: inFlight }, lane));
  return Math.round((records * eventsEach * 1000) / (performance.now() - start));
}

async function replayTime(log: Log, stream: string): Promise<number> {
  const times: number[] = [];
  for (let round = 0; round < 5; round++) {
    let events = 0;
    const start = performance.now();
    for await (const record of log.read({ stream, after: 0 })) events += record.events.length;
    times.push(performance.now() - start);
    if (events !== 100_000) throw new Error(`read ${events} events of 100000`);
  }
  return quantile(times, 0.5);
}

async function openTime(events: number): Promise<number> {
  const directory = await mkdtemp(join(tmpdir(), 'spool-bench-'));
  try {
    const filled = await openSqliteLog({ directory });
    await appendRate(filled, { records: events / 20, eventsEach: 20, inFlight: 128 });
    await filled[Symbol.asyncDispose]();
    const times: number[] = [];
    for (let round = 0; round < 5; round++) {
      const start = performance.now();
      await using log = await openSqliteLog({ directory });
      await log.head('session');
      times.push(performance.now() - start);
    }
    return quantile(times, 0.5);
  } finally {
    await rm(directory, { recursive: true });
  }
}

async function withLog<T>(use: (log: Log) => Promise<T>): Promise<T> {
  const directory = await mkdtemp(join(tmpdir(), 'spool-bench-'));
  try {
    await using log = await openSqliteLog({ directory });
    return await use(log);
  } finally {
    await rm(directory, { recursive: true });
  }
}

/** Events of about 600 bytes. */
function recordOf(events: number): NewRecord {
  const body = JSON.stringify({ item: 'itm_01jd0000000000000000000000', text: 'lorem ipsum dolor '.repeat(30) });
  return { events: Array.from({ length: events }, () => ({ type: 'item.delta', body })) };
}

function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return Number((sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0).toFixed(3));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const bench of [benchAppend, benchSingleAppend, benchReplay, benchOpen]) console.log(bench.name, await bench());
}
