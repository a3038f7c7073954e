/** A short part of the soak (`npm run soak`), with a seed of its own: real Codex, mocks and agents from elsewhere, and kills all along. */

import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { soak } from '../../soak/run.js';
import { CLI } from './rig.js';

/** It takes about 15 s; a machine that is busy with other things gets more. */
const TIMEOUT_MS = 180_000;
const OUTSIDER = fileURLToPath(new URL('../../soak/outside-agent.mjs', import.meta.url));

test('whatever is killed, every task that was acknowledged ends once, and nothing is done twice behind a record of it', {
  timeout: TIMEOUT_MS,
}, async ({ signal }) => {
  const cast = { codex: 1, exec: 0, opencode: 0, mock: 4, outside: 4 };
  const size = { cast, tasks: 40, atOnce: 16, kills: 5 };
  const result = await soak({ seed: 21, size, cli: CLI, outsider: OUTSIDER, signal });
  expect(result.tasks.length).toBeGreaterThan(20);
  expect(result.tasks.filter(({ parent }) => parent !== undefined).length).toBeGreaterThan(3);
  // Three times with kills, and once more at the end.
  expect(result.restarts).toHaveLength(4);
  expect(new Set(result.tasks.map(({ status }) => status)).has('replied')).toBe(true);
});
