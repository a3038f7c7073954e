import { expect, test } from 'vitest';
import { pageWith, seenIn, tablesOf } from './version-rows.js';

interface Result {
  readonly group?: string;
  readonly title: string;
  readonly status?: string;
  readonly version?: string;
  readonly support?: string;
  readonly note?: string;
}

/** A report of vitest with these results, each in the file of its version. */
function report(...results: readonly Result[]): unknown {
  return {
    success: true,
    testResults: results.map(({ group = 'Turns', title, status = 'passed', version, support = 'works', note }) => ({
      name: `${version}.test.ts`,
      assertionResults: [
        {
          ancestorTitles: [`Codex ${version}`, group],
          title,
          status,
          meta: version === undefined ? {} : { codexVersion: { version, support, ...(note === undefined ? {} : { note }) } },
        },
      ],
    })),
  };
}

test('each promise is a row, each version a column with the newest first, and notes that are shared have one number', () => {
  const seen = seenIn(
    report(
      { title: 'it talks', version: '0.99.0' },
      { title: 'it talks', version: '0.130.0' },
      { title: 'it stops', version: '0.130.0', support: 'cannot', note: 'Why not.' },
      { title: 'it stops', version: '0.99.0', support: 'cannot', note: 'Why not.' },
      { title: 'it asks', group: 'Questions', version: '0.130.0', support: 'lesser', note: 'Only some.' },
      { title: 'it asks', group: 'Questions', version: '0.99.0' },
      { title: 'a test that stands for no row' },
    ),
  );
  expect(tablesOf(seen)).toBe(`### Turns

| | 0.130.0 | 0.99.0 |
| --- | --- | --- |
| it talks | works | works |
| it stops | cannot (1) | cannot (1) |

### Questions

| | 0.130.0 | 0.99.0 |
| --- | --- | --- |
| it asks | lesser (2) | works |

### Notes

1. Why not.
2. Only some.
`);
});

test('a story that did not pass gives no row, and a run without all rows of a version gives no table', () => {
  expect(() => seenIn(report({ title: 'it talks', version: '0.130.0', status: 'failed' }))).toThrow('"it talks" failed with Codex 0.130.0');
  const half = seenIn(report({ title: 'it talks', version: '0.130.0' }, { title: 'it stops', version: '0.99.0' }));
  expect(() => tablesOf(half)).toThrow('the run has no result of "it talks" with Codex 0.99.0');
  expect(() => tablesOf([])).toThrow('the run has no results');
});

test('the tables stand between their markers, and a page that has them already stays as it is', () => {
  const page = 'Before.\n\n<!-- versions -->\n<!-- /versions -->\n\nAfter.\n';
  const written = pageWith(pageWith(page, 'old\n'), '$& new\n');
  expect(written).toBe('Before.\n\n<!-- versions -->\n\n$& new\n\n<!-- /versions -->\n\nAfter.\n');
  expect(pageWith(written, '$& new\n')).toBe(written);
  expect(() => pageWith('no markers', 'new')).toThrow('<!-- versions -->');
});
