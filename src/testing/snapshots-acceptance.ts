/** The proof that something is a cache of snapshots: one test for every sentence of ports/snapshots.ts. */

import { SpoolError } from '../base/errors.js';
import type { Snapshot, SnapshotQuery, SnapshotSummary, Snapshots } from '../ports/snapshots.js';
import type { TestRunner } from './test-runner.js';

/** Snapshots to try. `await using` ends them after each test. */
export interface SnapshotsUnderTest extends AsyncDisposable {
  readonly snapshots: Snapshots;
}

/** Registers the suite. `open` makes new, empty snapshots for each test. */
export function snapshotsAcceptance(name: string, open: () => Promise<SnapshotsUnderTest>, runner: TestRunner): void {
  runner.describe(`${name} keeps the contract of snapshots`, () => {
    registerRows(open, runner);
    registerLists(open, runner);
  });
}

type Open = () => Promise<SnapshotsUnderTest>;

function registerRows(open: Open, { test, expect }: TestRunner): void {
  test('what was saved is loaded as it was, and null where nothing was', async () => {
    await using under = await open();
    const { snapshots } = under;
    const one = snapshotOf('a', 3, { row: '{"text":"é\u2028😀"}' }, `{"deep":"${'x'.repeat(300_000)}"}`);
    await snapshots.save(one);
    expect(await snapshots.load('a')).toEqual(one);
    expect(await snapshots.load('b')).toBe(null);
  });

  test('a save replaces, and one of a lower position is ignored', async () => {
    await using under = await open();
    const { snapshots } = under;
    const later = snapshotOf('a', 5, { status: 'idle', settled: true });
    await snapshots.save(snapshotOf('a', 3));
    await snapshots.save(later);
    await snapshots.save(snapshotOf('a', 4, { status: 'old' }));
    expect(await snapshots.load('a')).toEqual(later);
    const again = snapshotOf('a', 5, { status: 'failed' });
    await snapshots.save(again);
    expect((await snapshots.list({ limit: 10 })).items).toEqual([again]);
  });

  test('marks tell position and settledness of every snapshot', async () => {
    await using under = await open();
    const { snapshots } = under;
    await snapshots.save(snapshotOf('a', 3, { settled: true }));
    await snapshots.save(snapshotOf('b', 9, { settled: false }));
    expect([...(await snapshots.marks())].sort()).toEqual([
      ['a', { position: 3, settled: true }],
      ['b', { position: 9, settled: false }],
    ]);
  });

  test('what is removed is gone, and may be saved anew', async () => {
    await using under = await open();
    const { snapshots } = under;
    await snapshots.save(snapshotOf('a', 3));
    await snapshots.remove('a');
    await snapshots.remove('a');
    expect(await snapshots.load('a')).toBe(null);
    expect((await snapshots.marks()).size).toBe(0);
    await snapshots.save(snapshotOf('a', 1));
    expect((await snapshots.load('a'))?.position).toBe(1);
  });

  test('after disposal everything is refused, and disposing twice is fine', async () => {
    await using under = await open();
    const { snapshots } = under;
    await snapshots[Symbol.asyncDispose]();
    await snapshots[Symbol.asyncDispose]();
    expect(await codeOf(snapshots.load('a'))).toBe('unavailable');
    expect(await codeOf(snapshots.save(snapshotOf('a', 1)))).toBe('unavailable');
    expect(await codeOf(snapshots.list({ limit: 1 }))).toBe('unavailable');
  });
}

function registerLists(open: Open, { test, expect }: TestRunner): void {
  test('a list runs from the newest to the oldest, page by page, each one once', async () => {
    await using under = await open();
    const { snapshots } = under;
    // Three share each moment: a page may end between them.
    const all = Array.from({ length: 20 }, (_, index) => snapshotOf(`s${index + 10}`, 1, { updatedAt: timeOf(Math.floor(index / 3)) }));
    for (const one of [...all].sort(() => 1)) await snapshots.save(one);
    const newestFirst = all.map(({ stream }) => stream).reverse();
    for (const limit of [1, 7, 20, 50]) expect(await pagesOf(snapshots, { limit }), `pages of ${limit}`).toEqual(newestFirst);
  });

  test('a list is filtered by agent, by status, and by both', async () => {
    await using under = await open();
    const { snapshots } = under;
    for (let index = 0; index < 12; index++) {
      const summary = { agent: index % 2 === 0 ? 'x' : 'y', status: index % 3 === 0 ? 'idle' : 'running', updatedAt: timeOf(index) };
      await snapshots.save(snapshotOf(`s${index}`, 1, summary));
    }
    expect(await pagesOf(snapshots, { agent: 'x', limit: 2 })).toEqual(['s10', 's8', 's6', 's4', 's2', 's0']);
    expect(await pagesOf(snapshots, { status: 'idle', limit: 2 })).toEqual(['s9', 's6', 's3', 's0']);
    expect(await pagesOf(snapshots, { agent: 'x', status: 'idle', limit: 1 })).toEqual(['s6', 's0']);
    expect(await pagesOf(snapshots, { agent: 'nobody', limit: 1 })).toEqual([]);
  });

  test('a cursor that no list made is refused', async () => {
    await using under = await open();
    expect(await codeOf(under.snapshots.list({ limit: 1, cursor: 'made up' }))).toBe('invalid-input');
  });
}

function snapshotOf(stream: string, position: number, summary: Partial<SnapshotSummary> = {}, state = '{"format":1}'): Snapshot {
  const plain = { agent: 'codex', status: 'running', updatedAt: timeOf(0), settled: false, row: '{}' };
  return { stream, position, state, summary: { ...plain, ...summary } };
}

function timeOf(second: number): string {
  return new Date(1_750_000_000_000 + second * 1000).toISOString();
}

async function pagesOf(snapshots: Snapshots, query: SnapshotQuery): Promise<string[]> {
  const streams: string[] = [];
  let cursor: string | undefined;
  do {
    const { items, next } = await snapshots.list({ ...query, cursor });
    streams.push(...items.map(({ stream }) => stream));
    cursor = next ?? undefined;
  } while (cursor !== undefined);
  return streams;
}

async function codeOf(promise: Promise<unknown>): Promise<string> {
  try {
    await promise;
    return 'resolved';
  } catch (thrown) {
    return thrown instanceof SpoolError ? thrown.code : String(thrown);
  }
}
