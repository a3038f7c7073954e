/** The figures of the log alone, with their floors. */

import type { BenchOptions, BenchResult } from './figures.js';
import { benchAppend, benchOpen, benchReplay, benchSingleAppend } from './log.js';

export async function benchLog(_options: BenchOptions): Promise<BenchResult> {
  const append = await benchAppend();
  const single = await benchSingleAppend();
  const replay = await benchReplay();
  const open = await benchOpen();
  return {
    figures: [
      { name: 'log, events/s durable, 32 in a record', value: append.eventsPerSecond, unit: '/s', floor: 50_000, moreIsBetter: true },
      { name: 'log, events/s durable, 1 in a record', value: append.singleEventsPerSecond, unit: '/s' },
      { name: 'log, one event acknowledged: median', value: single.medianMs, unit: 'ms', floor: 0.5 },
      { name: 'log, one event acknowledged: p95', value: single.p95Ms, unit: 'ms' },
      { name: 'log, replay of 100,000 events', value: replay.ms, unit: 'ms', floor: 600 },
      { name: 'log, replay of 100,000 events, 1 in a record', value: replay.ofSinglesMs, unit: 'ms' },
      { name: 'log, open with 1,000,000 events', value: open.of1mMs, unit: 'ms', floor: 300 },
      { name: 'log, open with 1,000,000 ÷ with 10,000', value: open.of1mMs / open.of10kMs, unit: '×', floor: 2 },
    ],
    notes: ['SQLite with synchronous=FULL: each commit waits for the disk'],
  };
}
