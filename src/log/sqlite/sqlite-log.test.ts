import { mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { SpoolError } from '../../base/errors.js';
import type { Log, LogRecord } from '../../ports/log.js';
import { collect, recordOf } from '../../testing/log-acceptance.js';
import { tempHome } from '../../testing/temp-home.js';
import { allDrivers } from './choose-driver.js';
import type { Database, OpenDatabase } from './driver.js';
import { openSqliteLog } from './sqlite-log.js';

for (const [name, open] of await allDrivers()) {
  describe(`The log in SQLite through ${name}`, () => {
    test('is for its owner only, and one file when it is closed', async () => {
      await using home = await tempHome();
      const directory = home.join('data', 'deep');
      const log = await openSqliteLog({ directory, open });
      await log.append('a', recordOf('x'), 'none');
      expect((await stat(directory)).mode & 0o777).toBe(0o700);
      for (const file of ['log.db', 'log.db-wal']) expect((await stat(join(directory, file))).mode & 0o777).toBe(0o600);
      await log[Symbol.asyncDispose]();
      await expect(stat(join(directory, 'log.db-wal'))).rejects.toThrow('ENOENT');
    });

    test('lets nobody else in while it is open, and says so at once', async () => {
      await using home = await tempHome();
      const directory = home.join('data');
      const first = await openSqliteLog({ directory, open });
      const start = performance.now();
      const error = await errorOf(openSqliteLog({ directory, open }));
      expect(performance.now() - start).toBeLessThan(500);
      expect(error.code).toBe('home-locked');
      expect(error.message).toContain(join(directory, 'log.db'));
      expect(error.hint).toContain('SPOOL_HOME');
      await first.append('a', recordOf('still mine'), 'none');
      await first[Symbol.asyncDispose]();
      await using second = await openSqliteLog({ directory, open });
      expect((await second.head('a')).position).toBe(1);
    });

    test('waits for the disk with every commit, and shares the file with no other process', async () => {
      await using home = await tempHome();
      const watched = watch(open);
      await using _log = await openSqliteLog({ directory: home.join('data'), open: watched.open });
      const settings = ['synchronous', 'journal_mode', 'locking_mode'].map((one) =>
        Object.values(watched.database().prepare<Record<string, unknown>>(`PRAGMA ${one}`).all()[0] ?? {}),
      );
      expect(settings).toEqual([[2], ['wal'], ['exclusive']]);
    });

    test('writes what one turn asks for in one transaction, and asks nothing of the disk first', async () => {
      await using home = await tempHome();
      const watched = watch(open);
      await using log = await openSqliteLog({ directory: home.join('data'), open: watched.open });
      await log.append('a', recordOf('x').with('c'), 'none');
      watched.said.length = 0;
      await Promise.all(Array.from({ length: 100 }, (_, index) => log.append('a', recordOf('y').with(`c${index}`), 'any')));
      const inserts = watched.said.filter((sql) => sql.startsWith('INSERT INTO records')).length;
      const others = watched.said.filter((sql) => !sql.startsWith('INSERT INTO records')).map((sql) => sql.slice(0, 12));
      expect([inserts, others]).toEqual([100, ['BEGIN IMMEDI', 'COMMIT']]);
    });

    test('refuses with storage-full when there is no room, and goes on once there is some', async () => {
      await using home = await tempHome();
      const watched = watch(open);
      const directory = home.join('data');
      await using log = await openSqliteLog({ directory, open: watched.open });
      const receipt = await log.append('a', recordOf('before'), 'none');
      const limitTo = (pages: number): unknown => watched.database().prepare(`PRAGMA max_page_count = ${pages}`).all();
      const followed = firstRecords(log, 2);
      limitTo(20);
      const large = recordOf('x'.repeat(200_000));
      const refused = await Promise.all([
        errorOf(log.append('b', recordOf('small'), 'none')),
        errorOf(log.append('a', large, 'any')),
        errorOf(log.append('a', recordOf('beside').with('cmd'), receipt.version)),
      ]);
      expect(refused.map(({ code }) => code)).toEqual(['storage-full', 'storage-full', 'storage-full']);
      expect(await log.head('a')).toEqual({ position: 1, version: receipt.version });
      expect(await log.head('b')).toEqual({ position: 0, version: 'none' });
      expect(await log.find('a', 'cmd')).toBe(null);
      limitTo(1_000_000);
      const after = await Promise.all([log.append('b', recordOf('again'), 'none'), log.append('a', large, receipt.version)]);
      expect(after.map(({ last }) => last)).toEqual([1, 2]);
      expect((await followed).map(({ seq, stream }) => [seq, stream])).toEqual([
        [1, 'a'],
        [2, 'b'],
      ]);
      expect((await collect(log.read({ after: 0 }))).map(({ seq }) => seq)).toEqual([1, 2, 3]);
    });

    test('rejects a whole batch when its commit fails, and keeps nothing of it', async () => {
      await using home = await tempHome();
      const watched = watch(open);
      await using log = await openSqliteLog({ directory: home.join('data'), open: watched.open });
      await log.append('a', recordOf('x'), 'none');
      watched.failAt = 'COMMIT';
      const errors = await Promise.all(['a', 'b', 'a'].map((stream) => errorOf(log.append(stream, recordOf('y'), 'any'))));
      expect(errors.map(({ code }) => code)).toEqual(['internal', 'internal', 'internal']);
      watched.failAt = undefined;
      expect((await log.append('a', recordOf('z'), 'any')).first).toBe(2);
      expect((await collect(log.streams())).map(({ stream }) => stream)).toEqual(['a']);
    });

    test('loads large records a few at a time', async () => {
      await using home = await tempHome();
      await using log = await openSqliteLog({ directory: home.join('data'), open });
      const sizes = [...Array.from({ length: 300 }, () => 10), ...Array.from({ length: 12 }, () => 200_000), 2_000_000, 10];
      await Promise.all(sizes.map((size) => log.append('a', recordOf('x'.repeat(size)), 'any')));
      const turnOf: number[] = [];
      let turn = 0;
      let counting = true;
      const count = (): void => {
        turn += 1;
        if (counting) setImmediate(count);
      };
      count();
      for await (const _ of log.read({ stream: 'a', after: 0 })) turnOf.push(turn);
      counting = false;
      const inOneTurn = [...new Set(turnOf)].map((one) => turnOf.filter((other) => other === one).length);
      expect(inOneTurn).toEqual([302, 2, 2, 2, 2, 2, 1, 1]);
    });

    test('keeps its heads right when more streams are in use than it remembers', async () => {
      await using home = await tempHome();
      await using log = await openSqliteLog({ directory: home.join('data'), open });
      const names = Array.from({ length: 10_050 }, (_, index) => `s${index}`);
      for (const expected of ['none', '1'] as const) {
        const receipts = await Promise.all(names.map((stream) => log.append(stream, recordOf('x'), expected as 'none')));
        expect(new Set(receipts.map(({ last }) => last))).toEqual(new Set([expected === 'none' ? 1 : 2]));
      }
    });

    test('does not open a log of a later format, and leaves it as it is', async () => {
      await using home = await tempHome();
      const directory = home.join('data');
      await prepare(directory, open, (database) => database.exec('PRAGMA user_version = 7'));
      const error = await errorOf(openSqliteLog({ directory, open }));
      expect(error.code).toBe('log-too-new');
      expect(error.message).toMatch(/format 7\b.*\bup to 1\b/);
      expect(error.hint).toContain('newer Spool');
      await prepare(directory, open, (database) => {
        expect(database.prepare<{ user_version: number }>('PRAGMA user_version').all()[0]?.user_version).toBe(7);
        database.exec('PRAGMA user_version = 1');
      });
      await using log = await openSqliteLog({ directory, open });
      expect((await log.head('a')).position).toBe(3);
    });

    for (const [what, content] of [
      ['text', 'this is no database, but some notes'],
      ['random bytes', Buffer.alloc(8192, 7)],
    ] as const) {
      test(`calls a file of ${what} damaged, names it and leaves it as it is`, async () => {
        await using home = await tempHome();
        await writeFile(home.join('log.db'), content);
        const error = await errorOf(openSqliteLog({ directory: home.path, open }));
        expect([error.code, error.message.includes(home.join('log.db'))]).toEqual(['log-damaged', true]);
        expect((await readFile(home.join('log.db'))).equals(Buffer.from(content))).toBe(true);
      });
    }

    test('calls the database of another program damaged', async () => {
      await using home = await tempHome();
      const database = open(home.join('log.db'));
      database.exec('CREATE TABLE theirs (id INTEGER)');
      database.close();
      expect((await errorOf(openSqliteLog({ directory: home.path, open }))).code).toBe('log-damaged');
    });

    test('names the record that cannot be read, and still serves the others', async () => {
      await using home = await tempHome();
      const directory = home.join('data');
      await prepare(directory, open, (database) => database.exec("UPDATE records SET body = 'nothing' WHERE seq = 1"));
      await using log = await openSqliteLog({ directory, open });
      const error = await errorOf(collect(log.read({ stream: 'a', after: 0 })));
      expect([error.code, error.details?.['seq']]).toEqual(['log-damaged', 1]);
      expect(error.message).toContain('seq 1');
      expect((await collect(log.read({ stream: 'a', after: 2 }))).length).toBe(1);
      expect((await log.append('a', recordOf('on'), 'any')).first).toBe(4);
    });

    for (const [what, sql] of [
      ['is of a stream that is not listed', 'DELETE FROM streams'],
      ['cannot be read', "UPDATE records SET body = '' WHERE seq = 2"],
      ['has lost its table', 'DROP TABLE streams'],
    ] as const) {
      test(`does not open where the newest record ${what}`, async () => {
        await using home = await tempHome();
        const directory = home.join('data');
        await prepare(directory, open, (database) => database.exec(sql));
        expect((await errorOf(openSqliteLog({ directory, open }))).code).toBe('log-damaged');
      });
    }

    test('says what is wrong with a directory that cannot be used', async () => {
      await using home = await tempHome();
      await mkdir(home.join('log.db'));
      const error = await errorOf(openSqliteLog({ directory: home.path, open }));
      expect([error.code, error.message.includes(home.join('log.db'))]).toEqual(['internal', true]);
    });
  });
}

/** Makes a log of two records (two events and one) in `directory` when there is none, and lets `change` work on the bare file. */
async function prepare(directory: string, open: OpenDatabase, change: (database: Database) => void): Promise<void> {
  const path = join(directory, 'log.db');
  if ((await stat(path).catch(() => undefined)) === undefined) {
    await using log = await openSqliteLog({ directory, open });
    await log.append('a', recordOf('1', '2'), 'none');
    await log.append('a', recordOf('3'), 'any');
  }
  const database = open(path);
  try {
    change(database);
  } finally {
    database.close();
  }
}

interface Watched {
  readonly open: OpenDatabase;
  /** What was run, in order. */
  readonly said: string[];
  failAt: string | undefined;
  database(): Database;
}

/** A driver that notes what it is told and can be made to fail. */
function watch(open: OpenDatabase): Watched {
  let opened: Database | undefined;
  const said: string[] = [];
  const note = (sql: string): void => {
    said.push(sql);
    if (sql === watched.failAt) throw new SpoolError('internal', 'the disk has failed');
  };
  const watched: Watched = {
    said,
    failAt: undefined,
    database: () => opened ?? open(':memory:'),
    open: (path) => {
      const database = open(path);
      opened = database;
      return {
        path,
        exec: (sql) => {
          note(sql);
          database.exec(sql);
        },
        prepare: <Row extends object>(sql: string) => {
          const statement = database.prepare<Row>(sql);
          return {
            run: (...values) => {
              note(sql);
              return statement.run(...values);
            },
            all: (...values) => {
              note(sql);
              return statement.all(...values);
            },
          };
        },
        close: () => database.close(),
      };
    },
  };
  return watched;
}

async function firstRecords(log: Log, count: number): Promise<LogRecord[]> {
  const controller = new AbortController();
  const seen: LogRecord[] = [];
  for await (const record of log.follow({ after: 0, signal: controller.signal })) {
    seen.push(record);
    if (seen.length === count) controller.abort();
  }
  return seen;
}

async function errorOf(promise: Promise<unknown>): Promise<SpoolError> {
  try {
    await promise;
  } catch (thrown) {
    if (thrown instanceof SpoolError) return thrown;
    throw thrown;
  }
  throw new Error('it was not refused');
}
