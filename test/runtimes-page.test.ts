/** docs/choosing-a-runtime.md says what the runtimes can do as they say it themselves, and has a place for each. */

import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { capabilityTable } from '../scripts/capability-table.js';
import { blockOf, withBlock } from '../scripts/marked-block.js';
import { systemClock } from '../src/base/clock.js';
import { homePaths } from '../src/base/home-paths.js';
import type { RuntimeCapabilities } from '../src/contract/host.js';
import { OPTIONS_OF } from '../src/contract/runtime-options.js';
import { RUNTIMES } from '../src/contract/words.js';
import { composeRuntimes } from '../src/daemon/runtimes/compose-runtimes.js';
import { silentLogger } from '../src/ports/logger.js';
import { tempHome } from '../src/testing/temp-home.js';

const root = resolve(import.meta.dirname, '..');
const file = join(root, 'docs', 'choosing-a-runtime.md');
const page = readFileSync(file, 'utf8');

let composed: readonly RuntimeCapabilities[];

beforeAll(async () => {
  await using home = await tempHome();
  const paths = homePaths({ SPOOL_HOME: home.path }, home.path);
  const account = (): Promise<undefined> => Promise.resolve(undefined);
  await using runtimes = composeRuntimes({ env: {}, paths, logger: silentLogger, clock: systemClock, account, keepRunningTurns: true });
  const all = new Map([...runtimes.all].map(([runtime, { capabilities }]) => [runtime, capabilities]));
  composed = RUNTIMES.flatMap((runtime) => all.get(runtime) ?? []);
});

describe('The page about runtimes', () => {
  test('has the table of what they can do (after a change: UPDATE=1 npx vitest run test/runtimes-page.test.ts)', () => {
    const shown = withBlock(page, 'capabilities', capabilityTable(composed));
    if (process.env['UPDATE'] === '1') writeFileSync(file, shown);
    expect(blockOf(readFileSync(file, 'utf8'), 'capabilities')).toBe(blockOf(shown, 'capabilities'));
    expect(composed.length).toBeGreaterThan(2);
  });

  test('says of each runtime what it costs, in a row that the benchmark writes', () => {
    const rows = [...blockOf(page, 'cost').matchAll(/^\| `([a-z-]+)` \|/gm)].map((match) => match[1]);
    expect([...new Set(rows)]).toEqual([...RUNTIMES]);
  });

  test('has a part for each runtime, and leads to the page of each', () => {
    const parts = [...page.matchAll(/^## (.*)$/gm)].map((match) => match[1]);
    expect(RUNTIMES.filter((runtime) => !parts.includes(runtime))).toEqual([]);
    const pages = readdirSync(join(root, 'docs', 'runtimes'));
    expect(pages.filter((name) => !page.includes(`](runtimes/${name})`))).toEqual([]);
  });
});

test('docs/agents.md tells each option of each runtime', () => {
  const agents = readFileSync(join(root, 'docs', 'agents.md'), 'utf8');
  const rows = [...agents.matchAll(/^\| `(\w+)` \| ([^|]*) \|/gm)].map(([, option = '', runtimes = '']) => [
    option,
    [...runtimes.matchAll(/`([a-z-]+)`/g)].map((match) => match[1]),
  ]);
  const told = new Map(rows.map(([option, runtimes]) => [option, runtimes]));
  for (const option of new Set(Object.values(OPTIONS_OF).flat())) {
    const takers = RUNTIMES.filter((runtime) => OPTIONS_OF[runtime].includes(option));
    expect([option, told.get(option)]).toEqual([option, takers]);
  }
});
