/**
 * Ten thousand configurations by chance, written into three times each and cleaned again; a sample of them on disk, with the real Codex as
 * the judge. `--seed N`, `--files N`, `--real N`; what failed is told with the seed that brings it back.
 */

import { parseArgs } from 'node:util';
import { codexBinary } from '../src/testing/codex-binary.js';
import { checkReal } from './config-real.js';
import { checkRounds } from './config-rounds.js';

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    files: { type: 'string', default: '10000' },
    real: { type: 'string', default: '200' },
  },
});
const [seed, files, real] = [Number(values.seed), Number(values.files), Number(values.real)];

try {
  for (let file = 0; file < files; file += 1) checkRounds(seed, file);
  console.log(`${files} files x 3 rounds of seed ${seed}: what is the user's stayed byte for byte`);
  const codex = codexBinary();
  let readable = 0;
  for (let file = 0; file < real; file += 1) if ((await checkReal(codex, seed, file)).readable) readable += 1;
  console.log(`${real} files x 3 rounds with the real Codex: ${readable} were sound to it before, and all of these were behind each round`);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
