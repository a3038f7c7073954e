/** Conversations that were begun elsewhere and go on here. Real Codex, offline model. */

import { expect, test } from 'vitest';
import { runToEnd } from '../../src/base/process.js';
import { codexBinary } from '../../src/testing/index.js';
import { type HostOverCodex, hostOverCodex, OWNER } from '../support/host-over-codex.js';

const STAYS = { idleMs: Number.POSITIVE_INFINITY, everyMs: 2 ** 30 };

/** A conversation that Codex has had by itself in the same home, by its id. */
async function begunElsewhere({ home, codexHome }: HostOverCodex, prompt: string): Promise<string> {
  const env = { PATH: process.env['PATH'], HOME: home.path, CODEX_HOME: codexHome };
  const args = ['exec', '--json', '--skip-git-repo-check', prompt];
  const { stdout } = await runToEnd({ command: codexBinary(), args, env, cwd: home.path, timeoutMs: 60_000 });
  const [, id] = /"thread_id":"([^"]+)"/.exec(stdout) ?? [];
  if (id === undefined) throw new Error(`Codex named no conversation: ${stdout}`);
  return id;
}

test('a conversation that Codex had by itself goes on in a session, and remembers', async () => {
  await using h = await hostOverCodex(STAYS);
  const threadId = await begunElsewhere(h, 'the bird is heron [[text:noted]]');
  const { id } = await h.host.openSession({ threadId }, OWNER);
  expect(await h.run(id, '[[text:here]]')).toMatchObject({ status: 'completed', finalText: 'here' });
  expect(JSON.stringify(h.model.requests.at(-1)?.body.input)).toContain('heron');
  expect(await h.host.session(id, OWNER)).toMatchObject({ threadId });
  expect((await h.events(id)).map(({ type }) => type)).not.toContain('runtime.started');
});

test('nothing takes the place of a conversation that is not there: the turn fails and says where it was looked for', async () => {
  await using h = await hostOverCodex(STAYS);
  const { id } = await h.host.openSession({ threadId: '019a0000-0000-7000-8000-000000000000' }, OWNER);
  const turn = await h.run(id, '[[text:here]]');
  expect(turn).toMatchObject({
    status: 'failed',
    error: { code: 'stale-session', message: expect.stringContaining(h.codexHome) as string },
  });
  expect(h.model.requests).toEqual([]);
});
