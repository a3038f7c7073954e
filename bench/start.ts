/** How long the command line takes to do nothing: `spool version` as a whole process, beside Node itself. */

import { once } from 'node:events';
import { start } from './children.js';
import type { BenchOptions, BenchResult } from './figures.js';
import { median, nowMs } from './stats.js';

export async function benchStart({ quick, cli }: BenchOptions): Promise<BenchResult> {
  const version: number[] = [];
  const nothing: number[] = [];
  const runs = quick ? 5 : 15;
  for (let run = -2; run < runs; run++) {
    const [ours, nodes] = [await wall([cli, 'version']), await wall(['-e', '0'])];
    if (run < 0) continue;
    version.push(ours);
    nothing.push(nodes);
  }
  return {
    figures: [
      { name: 'spool version: median', value: median(version), unit: 'ms', floor: 60 },
      { name: 'node -e 0: median', value: median(nothing), unit: 'ms' },
    ],
    notes: [`${runs} runs each, in turns, from the start of the process to its exit`],
  };
}

async function wall(args: readonly string[]): Promise<number> {
  const sent = nowMs();
  const child = start(process.execPath, args, { stdio: 'ignore' });
  const [code] = (await once(child, 'exit')) as [number | null];
  if (code !== 0) throw new Error(`node ${args.join(' ')} ended with ${code}`);
  return nowMs() - sent;
}
