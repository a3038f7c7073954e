/** The real Codex, reached by A2A: asked, watched, killed with its host in the middle of a question, answered, and asked again. */

import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { AgentConfig } from '../../src/contract/agent-config.js';
import { brief, clientOf, Ear, saying, send, stateName, textOf } from '../doors/a2a-clients.js';
import { type Served, type World, world } from './rig.js';

async function publish({ home, work }: World, agent: Partial<AgentConfig>): Promise<void> {
  const folder = home.join('spool', 'agents', agent.alias ?? '');
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'config.json'), JSON.stringify({ runtime: 'codex-app-server', cwd: work, ...agent }));
}

const clientAt = ({ url, token }: Served, way: Parameters<typeof clientOf>[1]) => clientOf(url, way, token);

test('a client finds the agent, watches it write, answers its question after the host was killed, and goes on with the conversation', async () => {
  await using w = await world();
  const permissions = { profile: ':read-only', approvalPolicy: 'on-request' } as const;
  await publish(w, { alias: 'helper', permissions, tasks: { public: true, role: 'makes files' } });
  const made = w.home.join('made');
  await mkdir(made);
  const first = await w.serve();
  const watching = new Ear(
    (await clientAt(first, 'JSON-RPC 1.0')).sendMessageStream(
      saying(`[[text:I will make it.]] [[sh!:touch ${made}/one]] [[text:It is made.]]`),
    ),
  );
  let question = '';
  while (question === '') {
    const { payload } = (await watching.next()) ?? expect.fail('the stream ended before the question');
    if (payload?.$case !== 'statusUpdate') continue;
    const { status } = payload.value;
    if (stateName(status?.state) === 'input_required') question = textOf(status?.message);
  }
  expect(question).toContain('Answer "accept" or "decline".');
  const { id: taskId, contextId } = watching.task;
  await first.kill('SIGKILL');
  await watching.leave().catch(() => undefined);

  const second = await w.serve();
  const client = await clientAt(second, 'JSON-RPC 1.0');
  const again = new Ear(client.resubscribeTask({ tenant: '', id: taskId }));
  expect(await again.line()).toMatch(/^task input_required/);
  expect(existsSync(join(made, 'one'))).toBe(false);
  const answered = send(client, saying('accept', { taskId }));
  const told = await again.rest();
  expect(told.at(-1)).toBe('completed');
  const done = brief(await answered);
  expect(done).toEqual({ state: 'completed', reply: expect.stringContaining('It is made.') as string });
  expect(existsSync(join(made, 'one'))).toBe(true);

  // A client of the version before goes on with the same conversation, on the other side of the restart.
  const old = await clientAt(second, 'JSON-RPC 0.3');
  const more = await send(old, saying('[[text:Yes, I remember.]]', { contextId }));
  expect(brief(more)).toEqual({ state: 'completed', reply: 'Yes, I remember.' });
  expect(JSON.stringify(w.model.requests.at(-1)?.body.input)).toContain('I will make it.');
  const { session } = await second.client.tasks.get(taskId);
  expect(await second.client.tasks.get(more.id)).toMatchObject({ session, context: contextId });
  const other = await send(await clientAt(second, 'HTTP+JSON 1.0'), saying('[[text:Who?]]'));
  expect(brief(other)).toEqual({ state: 'completed', reply: 'Who?' });
  expect((await second.client.tasks.get(other.id)).session).not.toBe(session);
}, 240_000);

test('a task that is taken back by A2A stops the agent in the middle of its command', async () => {
  await using w = await world();
  await publish(w, { alias: 'helper', permissions: { profile: ':danger-full-access', approvalPolicy: 'never' }, tasks: { public: true } });
  const host = await w.serve();
  const client = await clientAt(host, 'HTTP+JSON 1.0');
  const begun = w.home.join('begun');
  const ear = new Ear(client.sendMessageStream(saying(`[[text:Now.]] [[sh:touch ${begun}; sleep 600]] [[text:never]]`)));
  for (let line = await ear.line(); line !== '=Now.'; ) line = await ear.line();
  const { id } = ear.task;
  expect(brief(await client.cancelTask({ tenant: '', id, metadata: undefined })).state).toBe('canceled');
  expect((await ear.rest()).at(-1)).toBe('canceled');
  const { session = '', turn = '' } = await host.client.tasks.get(id);
  expect(await host.client.wait(session, turn)).toMatchObject({ status: 'interrupted' });
}, 240_000);
