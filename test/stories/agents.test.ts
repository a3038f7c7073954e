/** Agents of files, as clients meet them: the real host. */

import { mkdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { expect, test } from 'vitest';
import { eventOf, world } from './rig.js';

test('an agent whose file is wrong is refused, also for a session that it has, and the others go on', async () => {
  await using w = await world();
  const file = w.home.join('spool', 'agents', 'reviewer', 'config.json');
  const write = (more: object): Promise<void> =>
    writeFile(file, JSON.stringify({ alias: 'reviewer', runtime: 'codex-app-server', ...more }));
  await mkdir(dirname(file), { recursive: true });
  await write({});
  const first = await w.serve();
  const { id } = await first.client.sessions.open({ agent: 'reviewer', cwd: w.work });
  await first.kill('SIGTERM');

  await write({ skils: ['/srv/skills/review'] });
  const { client } = await w.serve();
  const refusal = { code: 'invalid-input', message: expect.stringContaining('skils') as string };
  await expect(client.sessions.open({ agent: 'reviewer', cwd: w.work })).rejects.toMatchObject(refusal);
  await expect(client.agents.get('reviewer')).rejects.toMatchObject(refusal);
  expect((await client.agents.list()).items.map(({ alias }) => alias)).toEqual(['default']);

  const { turn } = await client.turns.request(id, { input: '[[sh:touch made.txt]]' });
  const ended = await client.wait(id, turn.id);
  expect([ended.status, ended.error?.message]).toEqual(['failed', expect.stringContaining('skils')]);
  expect((await client.sessions.open({ cwd: w.work })).agent).toBe('default');
});

test("the commands of an agent see the variables of its file, in a home that is the user's own too", async () => {
  await using w = await world();
  const { client } = await w.serve();
  const permissions = { profile: ':workspace', approvalPolicy: 'never' } as const;
  await client.agents.create({ alias: 'builder', env: { STAGE: 'test and try' }, permissions });
  const { id } = await client.sessions.open({ agent: 'builder', cwd: w.work });
  const { turn } = await client.turns.request(id, { input: '[[sh:echo "stage=$STAGE"]]' });
  expect((await client.wait(id, turn.id)).status).toBe('completed');
  const said = await eventOf(client, id, (event) => event.type === 'item.completed' && event.data.item.kind === 'command');
  expect(JSON.stringify(said.data)).toContain('stage=test and try');
});
