/**
 * `npm run e2e`: the ladder, against the built `spool`, real agents and the offline model. `npm run e2e -- L3 L7` plays those levels,
 * `--list` names all. It ends with status 1 when a level has failed; the folder of such a level is kept.
 */

import { parseArgs } from 'node:util';
import { climbAll, type LevelResult, type Listener, passed, type StepResult } from './ladder.js';
import { LEVELS } from './levels.js';

const stop = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => stop.abort());

const PRINTER: Listener = {
  begins: ({ name, title }) => console.log(`\n${name}  ${title}`),
  stepped: (step) => console.log(stepLines(step)),
  ended: ({ level, ms, lookAt, ...result }) => {
    for (const place of lookAt) console.log(`    look at ${place}`);
    console.log(`${level.name}  ${passed(result) ? 'ok' : 'FAILED'} (${seconds(ms)})`);
  },
};

process.exit(await main());

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({ options: { list: { type: 'boolean' } }, allowPositionals: true });
  if (values.list === true) {
    for (const { name, title } of LEVELS) console.log(`${name.padEnd(4)}${title}`);
    return 0;
  }
  const unknown = positionals.filter((wanted) => LEVELS.every(({ name }) => name !== wanted.toUpperCase()));
  if (unknown.length > 0) {
    console.error(`there is no level ${unknown.join(', ')}; there are ${LEVELS.map(({ name }) => name).join(', ')}`);
    return 2;
  }
  const wanted = positionals.map((name) => name.toUpperCase());
  const levels = wanted.length === 0 ? LEVELS : LEVELS.filter(({ name }) => wanted.includes(name));
  const results = await climbAll(levels, PRINTER, stop.signal);
  const failed = results.filter((result) => !passed(result));
  if (failed.length > 0)
    console.log(`\nfailed: ${failed.map(({ level }) => level.name).join(', ')}; again: npm run e2e -- ${names(failed)}`);
  if (stop.signal.aborted) console.log(`\nstopped before ${levels.length - results.length} more`);
  console.log(`\n${results.length - failed.length} levels passed, ${failed.length} failed`);
  return failed.length === 0 && !stop.signal.aborted ? 0 : 1;
}

function names(results: readonly LevelResult[]): string {
  return results.map(({ level }) => level.name).join(' ');
}

function stepLines({ title, ms, seen, reason }: StepResult): string {
  if (reason === undefined) return `    ok      ${title}${seen === undefined ? '' : `: ${seen}`} (${seconds(ms)})`;
  const because = reason
    .trim()
    .split('\n')
    .map((line) => `            ${line}`);
  return [`    FAILED  ${title} (${seconds(ms)})`, ...because].join('\n');
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}
