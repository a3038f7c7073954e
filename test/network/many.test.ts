/** Many at once: what is ordinary for a hub must not look like a leak to whoever reads what the host writes. */

import { expect, test } from 'vitest';
import { OWNER } from '../host/rig.js';
import { agent, stage } from './stage.js';

test('as many may wait for tasks, and as many tasks may run, as there are: nobody is warned', async () => {
  const warnings: string[] = [];
  const hear = (warning: Error): void => {
    warnings.push(warning.message);
  };
  process.on('warning', hear);
  try {
    const agents = Array.from({ length: 12 }, (_, n) => agent(`a${n}`));
    await using s = stage(agents);
    const tasks = await Promise.all(agents.map(({ alias }) => s.send({ to: alias, input: 'x' })));
    await Promise.all(tasks.map(({ id }) => s.becomes(id, 'running')));
    const waiting = tasks.map(({ id }) => s.hub.waitTask(id, { seconds: 60 }, OWNER));
    await Promise.all(tasks.map(({ id }) => s.hub.cancelTask(id, {}, OWNER)));
    await Promise.all(waiting);
    // Warnings are given out in a turn of their own.
    await new Promise((resolve) => setImmediate(resolve));
    expect(warnings).toEqual([]);
  } finally {
    process.off('warning', hear);
  }
});
