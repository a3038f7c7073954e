/**
 * `npm run soak`: a thousand tasks, thirty agents, and kills all along. `--tasks N`, `--kills K`, `--seed S`, `--quick` (a small one), `--verbose`
 * (every kill), `--write` (the summary to soak/RESULTS.md), `--cli PATH` (another build of the command line).
 */

import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { messageOf } from '../src/base/errors.js';
import { QUICK, type SoakSize, WHOLE } from './plan.js';
import { resultsPage, summaryText } from './report.js';
import { BrokenSoak, soak } from './run.js';

const RESULTS = fileURLToPath(new URL('../../soak/RESULTS.md', import.meta.url));
const OUTSIDER = fileURLToPath(new URL('../../soak/outside-agent.mjs', import.meta.url));

const stop = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => stop.abort());

process.exit(await main());

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      tasks: { type: 'string' },
      kills: { type: 'string' },
      seed: { type: 'string' },
      cli: { type: 'string' },
      quick: { type: 'boolean' },
      verbose: { type: 'boolean' },
      write: { type: 'boolean' },
    },
  });
  const usual = values.quick === true ? QUICK : WHOLE;
  const size: SoakSize = { ...usual, tasks: Number(values.tasks ?? usual.tasks), kills: Number(values.kills ?? usual.kills) };
  const seed = Number(values.seed ?? Math.floor(Math.random() * 1_000_000));
  const cli = resolve(values.cli ?? fileURLToPath(new URL('../src/cli/main.js', import.meta.url)));
  const onLine = (text: string): void => {
    if (values.verbose === true || /of \d+ tasks/.test(text)) console.log(`  ${text}`);
  };
  console.log(`seed ${seed}: ${size.tasks} tasks, ${size.kills} times something is killed`);
  try {
    const result = await soak({ seed, size, cli, outsider: OUTSIDER, onLine, signal: stop.signal });
    console.log(summaryText(result));
    if (values.write === true) await writeFile(RESULTS, await resultsPage(result));
    return 0;
  } catch (error) {
    console.error(`BROKEN\n${messageOf(error)}`);
    if (error instanceof BrokenSoak) console.error(`evidence is kept in ${error.evidence}`);
    console.error(
      `replay it with: npm run soak -- --seed ${seed} --tasks ${size.tasks} --kills ${size.kills}${values.quick === true ? ' --quick' : ''}`,
    );
    return 1;
  }
}
