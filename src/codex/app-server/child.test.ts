/** Finding the process that an earlier host has left. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { systemClock } from '../../base/clock.js';
import { silentLogger } from '../../ports/logger.js';
import { tempHome } from '../../testing/temp-home.js';
import { findChild } from './child.js';
import { childFiles, makeRunDir } from './child-files.js';

test('a process that its host had no time to write down is stopped by the next one', async () => {
  await using place = await tempHome();
  const runDir = place.join('run');
  await makeRunDir(runDir);
  const { socket } = childFiles(runDir, place.path);
  const left = spawn(process.execPath, ['-e', 'process.stdin.resume()', '--', 'app-server', '--listen', `unix://${socket}`], {
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  const gone = once(left, 'exit');
  await once(left, 'spawn');
  const parts = { runDir, env: {}, extraEnv: {}, clock: systemClock, logger: silentLogger };
  expect(await findChild(place.path, parts)).toBeUndefined();
  await gone;
  expect(left.signalCode).toMatch(/^SIG(KILL|TERM)$/);
});
