/** A short part of the fault suite (`npm run chaos`), with a seed of its own. */

import { expect, test } from 'vitest';
import { KILLS } from '../../chaos/moves.js';
import { fakeProgramOf, playRound } from '../../chaos/round.js';
import { CLI } from './rig.js';

/** It takes about 6 s; a machine that is busy with other things gets more. */
const TIMEOUT_MS = 60_000;

test('whatever is killed, what was accepted ends once, in order, and reaches the agent once', { timeout: TIMEOUT_MS }, async ({
  signal,
}) => {
  const size = { sessions: 4, turns: 40, strikes: 8, apart: 4, kinds: KILLS };
  const result = await playRound({ backend: 'fake', seed: 12, size, cli: CLI, program: fakeProgramOf(CLI), signal });
  expect(result.turns).toBeGreaterThan(15);
  expect([...result.kills.values()].reduce((sum, count) => sum + count, 0)).toBeGreaterThanOrEqual(2);
  expect(result.starts).toBeGreaterThan(1);
  expect(result.questions).toBeGreaterThan(0);
});
