/** The last line of a run, made by real runs of vitest over small files written for the purpose. */

import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';

const root = join(import.meta.dirname, '..');
let folder: string;

beforeEach(() => {
  // Inside the project, because vitest runs only what lies below its root.
  folder = mkdtempSync(join(root, 'node_modules/.spool-reporter-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** The last line of all output, and the exit status. */
function run(files: Record<string, string>): Promise<{ last: string; status: number }> {
  for (const [name, body] of Object.entries(files))
    writeFileSync(join(folder, name), `import { test, beforeAll } from 'vitest';\n${body}\n`);
  const config = `import { LastLine } from '${join(root, 'test/reporter.ts')}';
export default { root: '${folder}', test: { include: ['*.test.ts'], exclude: [], reporters: ['default', new LastLine()] } };`;
  writeFileSync(join(folder, 'vitest.config.ts'), config);
  const vitest = join(root, 'node_modules/vitest/vitest.mjs');
  return new Promise((resolve) => {
    const child = execFile(
      process.execPath,
      [vitest, 'run', '--root', folder],
      { env: { ...process.env, VITEST: '' } },
      (_error, stdout) => {
        resolve({
          last:
            stdout
              .split('\n')
              .filter((line) => line !== '')
              .at(-1) ?? '',
          status: child.exitCode ?? -1,
        });
      },
    );
  });
}

test('a good run ends with the number of tests', async () => {
  const files = { 'a.test.ts': "test('a', () => {}); test('b', () => {});" };
  expect(await run(files)).toEqual({ last: '2 passed, 0 failed', status: 0 });
});

test('failed tests, failing hooks, files that do not load and skipped tests are all counted', async () => {
  const { last, status } = await run({
    'a.test.ts': "test('a', () => {}); test('b', () => { throw new Error('b'); });",
    'b.test.ts': "throw new Error('this file does not load');",
    'c.test.ts': "beforeAll(() => { throw new Error('hook'); }); test('never run', () => {});",
  });
  expect({ last, status }).toEqual({ last: '1 passed, 3 failed, 1 skipped', status: 1 });
});

test('a run without any test is a failed one', async () => {
  expect(await run({})).toEqual({ last: '0 passed, 1 failed', status: 1 });
});
