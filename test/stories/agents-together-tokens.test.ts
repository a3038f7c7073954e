/** Agents of several runtimes that have the tools of tasks: the token with which each of them comes in is where nobody else reads it. */

import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { partOf, prepareOpencode } from '../../e2e/cast.js';
import { processesOf } from '../../e2e/process-tree.js';
import { placesOf } from '../../e2e/secrets.js';
import { homePaths } from '../../src/base/home-paths.js';
import { agentToken } from '../../src/doors/agent-listener.js';
import { world } from './rig.js';

/** Those whose processes stay when a turn is over, and that are told of their servers by their protocols or in the environment. */
const STAYING = ['codex-app-server', 'opencode', 'acp'] as const;

/** OpenCode takes its time to start on a machine that has much to do. */
const LONG_MS = 180_000;

test(
  'the token of an agent is on no command line, in no file and in no other one’s environment',
  async () => {
    await using w = await world();
    await prepareOpencode(w.home.path, w.model);
    const { client } = await w.serve();
    for (const runtime of STAYING) {
      const { agent } = partOf(runtime);
      await client.agents.create({ alias: `of-${runtime}`, runtime, cwd: w.work, tasks: {}, ...agent(w.model) });
      const sent = await client.tasks.send({ to: `of-${runtime}`, input: '[[text:done]]' });
      expect(await client.tasks.wait(sent.id)).toMatchObject({ status: 'replied', reply: 'done' });
    }
    const { credentials } = homePaths(w.env, w.home.path);
    const secret = (await readFile(join(dirname(credentials), 'agent-secret'), 'utf8')).trim();
    const all = processesOf(w.home.path);
    for (const runtime of STAYING) {
      const { isProcess } = partOf(runtime);
      expect(all.filter((one) => isProcess?.(one) === true).length, `processes of ${runtime}`).toBeGreaterThan(0);
      const { commandLines, environments, files } = placesOf(agentToken(secret, `of-${runtime}`), all, w.home.path);
      expect([commandLines, files]).toEqual([[], []]);
      // OpenCode is told of its servers in its environment, and hands nothing of that on.
      expect(environments.every((place) => runtime === 'opencode' && place.includes('serve'))).toBe(true);
    }
  },
  LONG_MS,
);
