/**
 * `npm run bench`: all benchmarks, or those that are named. Prints a table, writes it to bench/RESULTS.md when all were run in full, and
 * ends with 1 when a floor was missed. `--only turn,exec`, `--quick`, `--cli PATH` (another build of the command line),
 * `--runtime mock,acp` (of the benchmark `runtimes` only these), `--write` (the results also when not all were run; those of the others stay as they were). What a benchmark knows for a page of the
 * docs is written there too, unless it was a quick run.
 */

import { readFile, writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { withBlock } from '../scripts/marked-block.js';
import { benchApproval } from './approval.js';
import { benchCompose } from './compose.js';
import { benchDelta } from './delta.js';
import { benchExec } from './exec.js';
import { benchFanout } from './fanout.js';
import { type Bench, type BenchResult, verdictOf } from './figures.js';
import { benchFleet } from './fleet.js';
import { benchGateway } from './gateway.js';
import { benchLog } from './log-figures.js';
import { benchMemory } from './memory.js';
import { resultsPage, tableText } from './report.js';
import { benchRestart } from './restart.js';
import { benchRuntimes } from './runtimes.js';
import { benchStart } from './start.js';
import { benchSurvive } from './survive.js';
import { benchTasks } from './tasks.js';
import { benchTui } from './tui.js';
import { benchTurn } from './turn.js';

const BENCHES: Readonly<Record<string, Bench>> = {
  turn: benchTurn,
  exec: benchExec,
  delta: benchDelta,
  tui: benchTui,
  approval: benchApproval,
  fleet: benchFleet,
  gateway: benchGateway,
  log: benchLog,
  compose: benchCompose,
  fanout: benchFanout,
  restart: benchRestart,
  survive: benchSurvive,
  memory: benchMemory,
  tasks: benchTasks,
  start: benchStart,
  runtimes: benchRuntimes,
};

process.exit(await main());

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      only: { type: 'string' },
      quick: { type: 'boolean' },
      cli: { type: 'string' },
      write: { type: 'boolean' },
      runtime: { type: 'string' },
    },
  });
  const names = values.only === undefined ? Object.keys(BENCHES) : values.only.split(',');
  const options = {
    quick: values.quick === true,
    runtimes: values.runtime?.split(','),
    cli: resolve(values.cli ?? fileURLToPath(new URL('../src/cli/main.js', import.meta.url))),
  };
  const results = new Map<string, BenchResult>();
  let broken = 0;
  for (const name of names) {
    const bench = Object.hasOwn(BENCHES, name) ? BENCHES[name] : undefined;
    if (bench === undefined) {
      console.error(`there is no benchmark ${name}; there are ${Object.keys(BENCHES).join(', ')}`);
      return 2;
    }
    console.log(`\n${name}`);
    try {
      const result = await bench(options);
      results.set(name, result);
      console.log(tableText(result));
    } catch (error) {
      broken += 1;
      console.error(`${name} broke:`, error);
    }
  }
  const missed = [...results.values()].flatMap(({ figures }) => figures.filter((figure) => verdictOf(figure) === 'MISSED'));
  console.log(missed.length === 0 ? '\nall floors are held' : `\nMISSED: ${missed.map(({ name }) => name).join('; ')}`);
  const whole = names.length === Object.keys(BENCHES).length && !options.quick && broken === 0;
  if (whole || values.write === true) {
    const file = fileURLToPath(new URL('../../bench/RESULTS.md', import.meta.url));
    await writeFile(file, await resultsPage(results, options.quick, whole ? '' : await readFile(file, 'utf8')));
    console.log(`written to ${file}`);
    if (!options.quick) await writePages([...results.values()]);
  }
  return missed.length + broken === 0 ? 0 : 1;
}

async function writePages(results: readonly BenchResult[]): Promise<void> {
  for (const { page } of results) {
    if (page === undefined) continue;
    const file = fileURLToPath(new URL(`../../${page.path}`, import.meta.url));
    await writeFile(file, withBlock(await readFile(file, 'utf8'), page.block, page.text));
    console.log(`written to ${file}`);
  }
}
