/**
 * `npm run chaos`: the fault suite. `--seed N` replays, `--turns N`, `--rounds N`, `--backend fake|real`, `--only SCENARIO`, `--verbose`
 * (each kill), `--write` (the summary to chaos/RESULTS.md), `--cli PATH` (another build of the command line).
 */

import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { addUp, roundLine, summaryText } from './report.js';
import { BrokenRound, fakeProgramOf, playRound, type RoundResult } from './round.js';

process.exit(await main());

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      seed: { type: 'string' },
      turns: { type: 'string' },
      backend: { type: 'string', default: 'fake' },
      cli: { type: 'string' },
      verbose: { type: 'boolean' },
      write: { type: 'boolean' },
    },
  });
  const backend = values.backend === 'real' ? 'real' : 'fake';
  const cli = resolve(values.cli ?? fileURLToPath(new URL('../src/cli/main.js', import.meta.url)));
  const seed = Number(values.seed ?? Math.floor(Math.random() * 1_000_000));
  const turns = Number(values.turns ?? 250);
  const perRound = 250;
  const results: RoundResult[] = [];
  for (let done = 0, round = 0; done < turns; round += 1) {
    const now = Math.min(perRound, turns - done);
    const size = { sessions: Math.min(8, Math.ceil(now / 4)), turns: now, strikes: now, apart: 12 };
    try {
      const onStrike = (text: string): void => {
        if (values.verbose === true) console.log(`  ${text}`);
      };
      const result = await playRound({ backend, seed: seed + round, size, cli, program: fakeProgramOf(cli), onStrike });
      results.push(result);
      console.log(roundLine(seed + round, result));
      done += now;
    } catch (error) {
      console.error(
        `BROKEN with --backend ${backend} --seed ${seed + round} --turns ${now}\n${error instanceof Error ? error.message : error}`,
      );
      if (error instanceof BrokenRound) console.error(`evidence: ${error.evidence}`);
      else console.error(error);
      return 1;
    }
  }
  console.log(summaryText(addUp(results)));
  return 0;
}
