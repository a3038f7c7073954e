/** Agents of files, as clients meet them: the real host. */

import { mkdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { expect, test } from 'vitest';
import { world } from './rig.js';

test('an agent whose file asks for what is not done yet is refused, also for a session that it has, and the others go on', async () => {
  await using w = await world();
  const file = w.home.join('spool', 'agents', 'reviewer', 'config.json');
  const write = (more: object): Promise<void> =>
    writeFile(file, JSON.stringify({ alias: 'reviewer', runtime: 'codex-app-server', ...more }));
  await mkdir(dirname(file), { recursive: true });
  await write({});
  const first = await w.serve();
  const { id } = await first.client.sessions.open({ agent: 'reviewer', cwd: w.work });
  await first.kill('SIGTERM');

  await write({ skills: ['review'] });
  const { client } = await w.serve();
  const refusal = { code: 'unsupported', message: expect.stringContaining(`${file} sets skills,`) as string };
  await expect(client.sessions.open({ agent: 'reviewer', cwd: w.work })).rejects.toMatchObject(refusal);
  await expect(client.agents.get('reviewer')).rejects.toMatchObject(refusal);
  expect((await client.agents.list()).items.map(({ alias }) => alias)).toEqual(['default']);

  const { turn } = await client.turns.request(id, { input: '[[sh:touch made.txt]]' });
  const ended = await client.wait(id, turn.id);
  expect([ended.status, ended.error?.message]).toEqual(['failed', expect.stringContaining('sets skills,')]);
  expect((await client.sessions.open({ cwd: w.work })).agent).toBe('default');
});
