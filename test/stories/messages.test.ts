/** A conversation with the real Codex as chat messages, in the command line, and in an archive. */

import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Client } from '../../src/client/index.js';
import type { ChatMessage } from '../../src/contract/message.js';
import { spool } from '../support/spool.js';
import { eventOf, type Served, type World, world } from './rig.js';

const TRUSTED = { permissions: { profile: ':danger-full-access', approvalPolicy: 'never' } } as const;

async function run(client: Client, session: string, input: string): Promise<string> {
  const { turn } = await client.turns.request(session, { input });
  await client.wait(session, turn.id);
  return turn.id;
}

async function messagesOf(client: Client, session: string): Promise<ChatMessage[]> {
  return (await client.sessions.messages(session, { limit: 1000 })).items;
}

async function bytesOf(host: Served, session: string): Promise<string> {
  const response = await fetch(`${host.url}/v1/sessions/${session}/messages`, { headers: { authorization: `Bearer ${host.token}` } });
  return response.text();
}

const inShort = ({ role, content, toolCalls }: ChatMessage): string => `${role} ${toolCalls?.[0]?.name ?? content ?? ''}`;

/** The built program against a host of this world. */
const cli = (w: World, host: Served, ...args: string[]) =>
  spool(args, { env: { SPOOL_HOME: w.home.join('spool'), SPOOL_URL: host.url, HOME: w.home.path } });

test('commands, changes and texts are messages, each once, and the same bytes after the host was killed', async () => {
  await using w = await world();
  const first = await w.serve();
  const { id } = await first.client.sessions.open({ cwd: w.work, title: 'A try', ...TRUSTED });
  const turn = await run(
    first.client,
    id,
    '[[reason:I should look]] [[sh:echo hi]] [[sh:echo no >&2; exit 3]] [[patch:new.txt=line\\n]] [[text:All done.]]',
  );
  const messages = await messagesOf(first.client, id);
  const [user, call, result, failing, failure, patch, patched, answer] = messages;
  expect(messages).toHaveLength(8);
  expect(user).toMatchObject({ role: 'user', content: expect.stringContaining('[[sh:echo hi]]'), turn });
  expect(call).toMatchObject({ role: 'assistant', content: null, reasoning: 'I should look', toolCalls: [{ name: 'exec_command' }] });
  expect(JSON.parse(call?.toolCalls?.[0]?.arguments ?? '')).toEqual({ command: expect.stringContaining('echo hi'), cwd: w.work });
  expect(result).toMatchObject({ role: 'tool', content: 'hi\n', toolCallId: call?.toolCalls?.[0]?.id });
  expect(failing).toMatchObject({ toolCalls: [{ name: 'exec_command' }] });
  expect(failure).toMatchObject({ role: 'tool', content: '[exit 3]\nno\n' });
  const changes = `{"changes":[{"kind":"add","path":"${join(w.work, 'new.txt')}"}]}`;
  expect(patch).toMatchObject({ toolCalls: [{ name: 'apply_patch', arguments: changes }] });
  expect(patched).toMatchObject({ role: 'tool', content: 'completed', toolCallId: patch?.toolCalls?.[0]?.id });
  expect(answer).toMatchObject({ role: 'assistant', content: 'All done.', turn });

  const before = await bytesOf(first, id);
  await first.kill('SIGKILL');
  const second = await w.serve();
  expect(await bytesOf(second, id)).toBe(before);

  const printed = await cli(w, second, 'messages', id, '--json');
  expect(printed.stdout.trimEnd().split('\n')).toEqual(messages.map((message) => JSON.stringify(message)));
  const markdown = await cli(w, second, 'messages', id, '--markdown');
  expect(markdown.stdout).toMatch(
    /^# A try\n\nSession `ses_[^\n]*\n\n## User\n\n[^\n]+\n\n## Assistant\n\n> I should look\n\n### exec_command\n/,
  );
  expect(markdown.stdout).toContain('```text\n[exit 3]\nno\n```\n');
  expect((await cli(w, second, 'messages', id)).stdout).toContain('\n→ exec_command echo hi\n  │ hi\n');
  expect(await cli(w, second, 'messages', id, '--json', '--markdown')).toMatchObject({ status: 2, stdout: '' });
});

test('a message for the running turn is there once, where Codex took it in; one that waits is not there yet', async () => {
  await using w = await world();
  const { client } = await w.serve();
  const { id } = await client.sessions.open({ cwd: w.work, ...TRUSTED });
  const first = await client.turns.request(id, { input: '[[sh:echo hi]] [[deltas:30:40]]' });
  await eventOf(client, id, (event) => event.type === 'item.delta' && event.data.kind === 'text');
  // Codex ends the answer that it is giving when a message comes in, so the turn has to have more to do.
  const second = await client.turns.request(id, { input: '[[deltas:30:40]] heard you' });
  const queued = await client.turns.request(id, { input: '[[text:later]]', mode: 'queue' });
  await eventOf(client, id, (event) => event.type === 'turn.steered');
  const early = await messagesOf(client, id);
  expect(early.map(inShort)).not.toContain('user [[text:later]]');
  expect(await client.wait(id, queued.turn.id)).toMatchObject({ status: 'completed' });
  const messages = await messagesOf(client, id);
  expect(messages.map(({ role, turn }) => [role, turn])).toEqual([
    ['user', first.turn.id],
    ['assistant', first.turn.id],
    ['tool', first.turn.id],
    ['user', second.turn.id],
    ['assistant', first.turn.id],
    ['user', queued.turn.id],
    ['assistant', queued.turn.id],
  ]);
  expect(messages.slice(3).map(inShort)).toEqual([
    'user [[deltas:30:40]] heard you',
    `assistant ${Array.from({ length: 30 }, (_, n) => `${n + 1} `).join('')}`,
    'user [[text:later]]',
    'assistant later',
  ]);
  // Codex cuts the message that it is writing to take another one in, and forgets it: it never ends, and is none.
  expect(messages.slice(0, early.length)).toEqual(early);
});

test('a turn that was interrupted leaves what had come of its message', async () => {
  await using w = await world();
  const { client } = await w.serve();
  const { id } = await client.sessions.open({ cwd: w.work });
  const { turn } = await client.turns.request(id, { input: '[[deltas:200:30]]' });
  await eventOf(client, id, (event) => event.type === 'item.delta');
  await client.interrupt(id);
  const ended = await client.wait(id, turn.id);
  expect(ended).toMatchObject({ status: 'interrupted', partial: true });
  const messages = await messagesOf(client, id);
  expect(messages).toMatchObject([
    { role: 'user', content: '[[deltas:200:30]]' },
    { role: 'assistant', partial: true, content: ended.finalText },
  ]);
});

test('a compaction is a note, and calls no tool', async () => {
  await using w = await world();
  const { client } = await w.serve();
  const { id } = await client.sessions.open({ cwd: w.work });
  await run(client, id, '[[text:one]]');
  const compacted = await client.sessions.compact(id);
  await client.wait(id, compacted.turn.id);
  const messages = await messagesOf(client, id);
  expect(messages.map(inShort).slice(0, 2)).toEqual(['user [[text:one]]', 'assistant one']);
  expect(messages.slice(2).map(inShort)).toEqual(['assistant [contextCompaction]']);
});

test('each exchange of an agent with an archive is a file, once, also when the host dies right behind its end', async () => {
  await using w = await world();
  const folder = w.home.join('archive');
  await mkdir(w.home.join('spool', 'agents', 'keeper'), { recursive: true });
  const config = { alias: 'keeper', runtime: 'codex-app-server', archive: folder };
  await writeFile(w.home.join('spool', 'agents', 'keeper', 'config.json'), JSON.stringify(config));
  const first = await w.serve();
  const { id } = await first.client.sessions.open({ agent: 'keeper', cwd: w.work });
  await run(first.client, id, '[[text:first answer]] say something');
  const turn = await run(first.client, id, '[[text:second answer]]');
  await first.kill('SIGKILL');
  const second = await w.serve();
  // A stop writes what there is to write.
  await second.client.sessions.get(id);
  await second.kill('SIGTERM');

  const names = (await readdir(folder)).toSorted();
  const thread = ((await w.serve().then(({ client }) => client.sessions.get(id))).threadId ?? '').slice(0, 24).replace(/-$/, '');
  expect(names).toHaveLength(2);
  for (const name of names) {
    expect(name).toMatch(new RegExp(`^\\d{4}-\\d\\d-\\d\\d-codex-app-server-\\d{13}-${thread}\\.md$`));
    expect((await stat(join(folder, name))).mode & 0o777).toBe(0o600);
  }
  const [one, two] = await Promise.all(names.map((name) => readFile(join(folder, name), 'utf8')));
  expect(one).toContain('# [[text:first answer]] say something\n');
  expect(one).toContain('## Assistant\n\nfirst answer\n');
  expect(two).toContain(`\nstatus: completed\nsession: ${id}\nturn: ${turn}\n---\n`);
});
