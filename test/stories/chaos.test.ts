/** A short part of the fault suite (`npm run chaos`), with a seed of its own. */

import { expect, test } from 'vitest';
import { KILLS } from '../../chaos/moves.js';
import { fakeProgramOf, playRound } from '../../chaos/round.js';
import { CLI } from './rig.js';

test('whatever is killed, what was accepted ends once, in order, and reaches the agent once', async () => {
  const size = { sessions: 4, turns: 32, strikes: 6, apart: 6, kinds: KILLS };
  const result = await playRound({ backend: 'fake', seed: 4, size, cli: CLI, program: fakeProgramOf(CLI) });
  expect(result.turns).toBeGreaterThan(20);
  expect([...result.kills.values()].reduce((sum, count) => sum + count, 0)).toBeGreaterThanOrEqual(4);
  expect(result.starts).toBeGreaterThan(1);
  expect(result.questions).toBeGreaterThan(0);
});
