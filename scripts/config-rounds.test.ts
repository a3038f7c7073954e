import { expect, test } from 'vitest';
import { checkRounds, isInsertion } from './config-rounds.js';

test('a hundred and fifty odd configurations are left byte for byte by three runs of different wishes, and by the removal behind them', () => {
  for (let file = 0; file < 150; file += 1) checkRounds(1, file);
}, 60_000);

test('an insertion is one piece with its marks, and nothing else', () => {
  const block = '# >>> spool >>> x\n# <<< spool <<<';
  expect(isInsertion('a = 1\n', `a = 1\n${block}\n`)).toBe(true);
  expect(isInsertion('a = 1', `a = 1\n${block}`)).toBe(true);
  expect(isInsertion('a = 1\n', `a =  1\n${block}\n`)).toBe(false);
  expect(isInsertion('a = 1\n', `a = 1\n\n${block}\nb = 2\n`)).toBe(false);
  expect(isInsertion('a = 1\n', 'a = 1\nb = 2\n')).toBe(false);
  expect(isInsertion('a = 1\n', '')).toBe(false);
});
