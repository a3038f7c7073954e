import { expect, test } from 'vitest';
import { blockOf, markdownTable, withBlock } from '../scripts/marked-block.js';
import { resultsPage, sectionsOf, tableText } from './report.js';

const result = (name: string) => ({ figures: [{ name, value: 1, unit: 'ms' }], notes: ['a note'] });

test('what was not run stays on the page as it was, what was run takes the place of what stood there', async () => {
  const first = await resultsPage(
    new Map([
      ['turn', result('old turn')],
      ['log', result('old log')],
    ]),
    false,
  );
  const second = await resultsPage(
    new Map([
      ['turn', result('new turn')],
      ['more', result('more')],
    ]),
    false,
    first,
  );
  const sections = new Map(sectionsOf(second));
  expect([...sections.keys()]).toEqual(['turn', 'log', 'more']);
  expect(sections.get('log')).toBe(new Map(sectionsOf(first)).get('log'));
  expect(second).toContain('| new turn | 1 ms |');
  expect(second).not.toContain('old turn');
});

test('figures that are read side by side are a table, on the terminal and on the page', async () => {
  const table = { head: ['runtime', 'memory'], rows: [['mock', '0 MB']] };
  const shown = { figures: [], table, notes: [] };
  expect(tableText(shown)).toBe('  runtime  memory\n  mock     0 MB');
  expect(await resultsPage(new Map([['runtimes', shown]]), true)).toContain(
    '## runtimes\n\n| runtime | memory |\n| --- | --- |\n| mock | 0 MB |\n',
  );
});

test('a block of a page is written between its marks, and a page without them is refused', () => {
  const page = 'a\n<!-- cost -->\nold\n<!-- /cost -->\nb\n';
  const written = withBlock(page, 'cost', `${markdownTable(['x'], [['1']])}\n`);
  expect(written).toBe('a\n<!-- cost -->\n| x |\n| --- |\n| 1 |\n<!-- /cost -->\nb\n');
  expect(blockOf(written, 'cost')).toBe('| x |\n| --- |\n| 1 |\n');
  expect(() => withBlock('nothing', 'cost', 'x')).toThrow('no <!-- cost -->');
});
