import { open as openFile, rm, stat, writeFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import type { Snapshot, Snapshots } from '../../ports/snapshots.js';
import { tempHome } from '../../testing/temp-home.js';
import { allDrivers } from './choose-driver.js';
import type { Database, OpenDatabase } from './driver.js';
import { openSqliteSnapshots } from './sqlite-snapshots.js';

for (const [name, open] of await allDrivers()) {
  describe(`Snapshots in SQLite through ${name}`, () => {
    test('are there after the file is opened again, for their owner only', async () => {
      await using home = await tempHome();
      await filled(home.path, open);
      expect((await stat(home.join('views.db'))).mode & 0o777).toBe(0o600);
      await using snapshots = await openSqliteSnapshots({ directory: home.path, open });
      expect(await snapshots.load('a')).toEqual(snapshotOf('a'));
    });

    for (const [what, spoil] of [
      ['was deleted', (path: string) => rm(path)],
      ['is no database', (path: string) => writeFile(path, 'some notes that are no database')],
      ['has a broken page', (path: string) => breakPages(path)],
      ['is of another program', (path: string) => change(path, open, 'PRAGMA application_id = 5')],
      ['is of a later format', (path: string) => change(path, open, 'PRAGMA user_version = 99')],
      ['has lost its table', (path: string) => change(path, open, 'DROP TABLE snapshots')],
    ] as const) {
      test(`begin anew where the file ${what}`, async () => {
        await using home = await tempHome();
        await filled(home.path, open);
        await spoil(home.join('views.db'));
        await using snapshots = await openSqliteSnapshots({ directory: home.path, open });
        expect(await snapshots.load('a')).toBe(null);
        await snapshots.save(snapshotOf('b'));
        expect([...(await snapshots.marks()).keys()]).toEqual(['b']);
      });
    }

    test('take no harm from a full disk: the save is left out', async () => {
      await using home = await tempHome();
      let opened: Database | undefined;
      const watched: OpenDatabase = (path) => {
        opened = open(path);
        return opened;
      };
      await using snapshots: Snapshots = await openSqliteSnapshots({ directory: home.path, open: watched });
      await snapshots.save(snapshotOf('a'));
      opened?.prepare('PRAGMA max_page_count = 1').all();
      await snapshots.save(snapshotOf('b', 'x'.repeat(200_000)));
      expect(await snapshots.load('b')).toBe(null);
      expect(await snapshots.load('a')).toEqual(snapshotOf('a'));
      opened?.prepare('PRAGMA max_page_count = 100000').all();
      await snapshots.save(snapshotOf('b', 'x'.repeat(200_000)));
      expect((await snapshots.load('b'))?.state.length).toBe(200_000);
    });

    test('are for one process only', async () => {
      await using home = await tempHome();
      await using _first = await openSqliteSnapshots({ directory: home.path, open });
      await expect(openSqliteSnapshots({ directory: home.path, open })).rejects.toMatchObject({ code: 'home-locked' });
    });
  });
}

async function filled(directory: string, open: OpenDatabase): Promise<void> {
  await using snapshots = await openSqliteSnapshots({ directory, open });
  await snapshots.save(snapshotOf('a'));
}

async function change(path: string, open: OpenDatabase, sql: string): Promise<void> {
  const database = open(path);
  database.exec(sql);
  database.close();
}

/** Spoils all pages but the first, which holds the schema. */
async function breakPages(path: string): Promise<void> {
  const { size } = await stat(path);
  await using file = await openFile(path, 'r+');
  await file.write(Buffer.alloc(size - 4096, 0xff), 0, size - 4096, 4096);
}

function snapshotOf(stream: string, state = '{"format":1}'): Snapshot {
  const summary = { agent: 'codex', status: 'idle', updatedAt: '2026-01-01T00:00:00.000Z', settled: true, row: '{}' };
  return { stream, position: 1, state, summary };
}
