/**
 * `npm run chaos`: the fault suite. A run that breaks says how to replay it: `--only SCENARIO --seed N --turns N`. Also `--backend
 * fake|real`, `--verbose` (every kill), `--write` (the summary to chaos/RESULTS.md), `--cli PATH` (another build of the command line).
 */

import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { messageOf } from '../src/base/errors.js';
import { addUp, type Outcome, resultsPage, roundLine, summaryText } from './report.js';
import { BrokenRound, fakeProgramOf, playRound, type RoundResult } from './round.js';
import { SCENARIOS, type Scenario } from './scenarios.js';

interface Settings {
  readonly seed: number;
  readonly turns: number | undefined;
  readonly cli: string;
  readonly verbose: boolean;
}

const RESULTS = fileURLToPath(new URL('../../chaos/RESULTS.md', import.meta.url));

const stop = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => stop.abort());

process.exit(await main());

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      only: { type: 'string' },
      seed: { type: 'string' },
      turns: { type: 'string' },
      backend: { type: 'string' },
      cli: { type: 'string' },
      verbose: { type: 'boolean' },
      write: { type: 'boolean' },
    },
  });
  const scenarios = SCENARIOS.filter(({ name, backend }) => {
    return name === (values.only ?? name) && backend === (values.backend ?? backend);
  });
  if (scenarios.length === 0) {
    console.error(`there is no such scenario; there are ${SCENARIOS.map(({ name, backend }) => `${name} (${backend})`).join(', ')}`);
    return 2;
  }
  const settings: Settings = {
    seed: Number(values.seed ?? Math.floor(Math.random() * 1_000_000)),
    turns: values.turns === undefined ? undefined : Number(values.turns),
    cli: resolve(values.cli ?? fileURLToPath(new URL('../src/cli/main.js', import.meta.url))),
    verbose: values.verbose === true,
  };
  const outcomes: Outcome[] = [];
  for (const scenario of scenarios) {
    const outcome = await play(scenario, settings);
    if (outcome === undefined) return 1;
    outcomes.push(outcome);
    if (values.write === true) await writeFile(RESULTS, await resultsPage(outcomes));
  }
  return 0;
}

/** Plays all rounds of a scenario; undefined when one broke. */
async function play(scenario: Scenario, { seed, turns = scenario.turns, cli, verbose }: Settings): Promise<Outcome | undefined> {
  const { name, backend, perRound } = scenario;
  const missing = await scenario.missing();
  console.log(`\n${name} (${backend}), seed ${seed}`);
  if (missing !== undefined) {
    console.log(`  not played: ${missing}`);
    return { name, seeds: '', totals: {}, skipped: missing };
  }
  const results: RoundResult[] = [];
  let round = seed;
  for (let done = 0; done < turns; round += 1) {
    const now = Math.min(perRound, turns - done);
    const onStrike = (text: string): void => {
      if (verbose) console.log(`    ${text}`);
    };
    try {
      const { diskMb } = scenario;
      const result = await playRound({
        backend,
        seed: round,
        size: scenario.size(now),
        diskMb,
        cli,
        program: fakeProgramOf(cli),
        onStrike,
        signal: stop.signal,
      });
      results.push(result);
      console.log(`  seed ${round}: ${roundLine(result)}`);
    } catch (error) {
      console.error(`  seed ${round}: BROKEN\n${messageOf(error)}`);
      if (error instanceof BrokenRound) console.error(`evidence is kept in ${error.evidence}`);
      console.error(`replay it with: npm run chaos -- --only ${name} --backend ${backend} --seed ${round} --turns ${now}`);
      return undefined;
    }
    done += now;
  }
  const totals = addUp(results);
  console.log(summaryText(totals));
  return { name: `${name}, ${backend} Codex`, seeds: `${seed} to ${round - 1}`, totals };
}
