import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Log } from '../../ports/log.js';
import { logAcceptance } from '../../testing/log-acceptance.js';
import { snapshotsAcceptance } from '../../testing/snapshots-acceptance.js';
import { allDrivers } from './choose-driver.js';
import { openSqliteLog } from './sqlite-log.js';
import { openSqliteSnapshots } from './sqlite-snapshots.js';

const runner = { describe, expect, test };

// Every driver that works on this Node: on Node 20 that is one, on later ones both.
for (const [name, open] of await allDrivers()) {
  logAcceptance(
    `SQLite through ${name}`,
    async () => {
      const directory = await mkdtemp(join(tmpdir(), 'spool-log-'));
      let log: Log = await openSqliteLog({ directory, open });
      return {
        log,
        reopen: async () => {
          await log[Symbol.asyncDispose]();
          log = await openSqliteLog({ directory, open });
          return log;
        },
        [Symbol.asyncDispose]: async () => {
          await log[Symbol.asyncDispose]();
          await rm(directory, { recursive: true });
        },
      };
    },
    runner,
  );

  snapshotsAcceptance(
    `SQLite through ${name}`,
    async () => {
      const directory = await mkdtemp(join(tmpdir(), 'spool-views-'));
      const snapshots = await openSqliteSnapshots({ directory, open });
      return {
        snapshots,
        [Symbol.asyncDispose]: async () => {
          await snapshots[Symbol.asyncDispose]();
          await rm(directory, { recursive: true });
        },
      };
    },
    runner,
  );
}
