import { describe, expect, test } from 'vitest';
import { logAcceptance } from '../../testing/log-acceptance.js';
import { snapshotsAcceptance } from '../../testing/snapshots-acceptance.js';
import { memoryLog } from './memory-log.js';
import { memorySnapshots } from './memory-snapshots.js';

const runner = { describe, expect, test };

logAcceptance(
  'The log in memory',
  async () => {
    const log = memoryLog();
    return { log, [Symbol.asyncDispose]: () => log[Symbol.asyncDispose]() };
  },
  runner,
);

snapshotsAcceptance(
  'Memory',
  async () => {
    const snapshots = memorySnapshots();
    return { snapshots, [Symbol.asyncDispose]: () => snapshots[Symbol.asyncDispose]() };
  },
  runner,
);
