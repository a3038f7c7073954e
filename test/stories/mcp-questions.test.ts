/** What MCP servers ask through the real Codex, and what Codex asks about their tools. */

import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { prepareOfflineHome } from '../../src/testing/index.js';
import { answer, nextQuestion } from './audit.js';
import { type Served, type World, world } from './rig.js';

const SERVER = fileURLToPath(new URL('../fixtures/mcp-server.mjs', import.meta.url));

/** A world whose Codex knows the MCP server `notes`; what it notes down is in the file `notes`. */
async function worldWithNotes(): Promise<World & { readonly notes: string }> {
  const w = await world();
  const notes = w.home.join('notes.txt');
  const more = [
    '[mcp_servers.notes]',
    `command = ${JSON.stringify(process.execPath)}`,
    `args = [${JSON.stringify(SERVER)}]`,
    `env = { NOTES = ${JSON.stringify(notes)} }`,
  ];
  await prepareOfflineHome(w.home.join('codex'), w.model, { more: more.join('\n') });
  return Object.assign(w, { notes });
}

async function session({ client }: Served, w: World): Promise<string> {
  const { id } = await client.sessions.open({ cwd: w.work, permissions: { profile: ':read-only', approvalPolicy: 'on-request' } });
  return id;
}

async function turn({ client }: Served, id: string, input: string): Promise<string> {
  return (await client.turns.request(id, { input })).turn.id;
}

test('a tool is asked about with what it is called with, once for the conversation if one wants so', async () => {
  await using w = await worldWithNotes();
  const host = await w.serve();
  const { client } = host;
  const id = await session(host, w);
  const declined = await turn(host, id, '[[mcp:notes.note:{"text":"one"}]] [[text:fine]]');
  const question = await nextQuestion(client, id, declined);
  expect(question).toMatchObject({
    kind: 'elicitation',
    title: 'Run tool note of MCP server notes?',
    reason: 'writes something down',
    server: 'notes',
    tool: 'note',
    arguments: { text: 'one' },
    decisions: ['accept', 'acceptForSession', 'decline', 'cancel'],
  });
  const { events } = await client.sessions.events(id, { limit: 1000 });
  expect(events.find((event) => event.type === 'item.started' && event.item === question.item)).toMatchObject({
    data: { item: { kind: 'toolCall', server: 'notes', tool: 'note' } },
  });
  await answer(client, question, { decision: 'decline' });
  expect(await client.wait(id, declined)).toMatchObject({ status: 'completed', finalText: 'fine' });
  expect(existsSync(w.notes)).toBe(false);

  const accepted = await turn(host, id, '[[mcp:notes.note:{"text":"two"}]] [[mcp:notes.note:{"text":"three"}]] [[text:noted]]');
  await answer(client, await nextQuestion(client, id, accepted), { decision: 'acceptForSession' });
  expect(await client.wait(id, accepted)).toMatchObject({ status: 'completed', finalText: 'noted' });
  // The sandbox may only read, and the server is not in it.
  expect(await readFile(w.notes, 'utf8')).toBe('two\nthree\n');
});

test('a tool that is allowed for good is written to the configuration, and no session is asked about it again', async () => {
  await using w = await worldWithNotes();
  const host = await w.serve();
  const { client } = host;
  const first = await session(host, w);
  const asked = await turn(host, first, '[[mcp:notes.note:{"text":"one"}]] [[text:noted]]');
  const question = await nextQuestion(client, first, asked);
  expect(question.amendments).toMatchObject([{ id: 'tool', kind: 'tool', server: 'notes', tool: 'note', permanent: true }]);
  await answer(client, question, { decision: 'accept', amendment: 'tool' });
  expect(await client.wait(first, asked)).toMatchObject({ status: 'completed' });
  expect(await readFile(w.home.join('codex', 'config.toml'), 'utf8')).toMatch(
    /\[mcp_servers\.notes\.tools\.note\]\napproval_mode = "approve"/,
  );

  const second = await session(host, w);
  const unasked = await turn(host, second, '[[mcp:notes.note:{"text":"two"}]] [[text:again]]');
  expect(await client.wait(second, unasked)).toMatchObject({ status: 'completed', finalText: 'again' });
  const { events } = await client.sessions.events(second, { limit: 1000 });
  expect(events.map((event) => event.type)).not.toContain('approval.asked');
  expect(await readFile(w.notes, 'utf8')).toBe('one\ntwo\n');
});

test('a form of a server is checked field by field before it is sent, and arrives as it was filled in', async () => {
  await using w = await worldWithNotes();
  const host = await w.serve();
  const { client } = host;
  const id = await session(host, w);
  const asked = await turn(host, id, '[[mcp:notes.survey]] [[text:thanks]]');
  const question = await nextQuestion(client, id, asked);
  expect(question).toMatchObject({
    kind: 'elicitation',
    title: 'Who are you?',
    server: 'notes',
    schema: { type: 'object', required: ['name'], properties: { age: { type: 'integer' } } },
    decisions: ['accept', 'decline', 'cancel'],
  });
  await expect(
    client.approvals.answer(question.id, { decision: 'accept', value: { name: 'B', age: 'old', colour: 'green' } }),
  ).rejects.toMatchObject({
    code: 'invalid-input',
    details: { errors: [expect.stringMatching(/^age: /), expect.stringMatching(/^colour: /), expect.stringMatching(/^name: /)] },
  });
  await expect(client.approvals.answer(question.id, { decision: 'accept' })).rejects.toMatchObject({ code: 'invalid-input' });
  const person = { name: 'Bob', age: 42, colour: 'blue' };
  await answer(client, question, { decision: 'accept', value: person });
  expect(await client.wait(id, asked)).toMatchObject({ status: 'completed', finalText: 'thanks' });
  expect(await resultOf(client, id, 'survey')).toEqual({ action: 'accept', content: person });
});

test('a page that a server wants opened is shown as such, and the server hears yes or no', async () => {
  await using w = await worldWithNotes();
  const host = await w.serve();
  const { client } = host;
  const id = await session(host, w);
  const asked = await turn(host, id, '[[mcp:notes.page]] [[text:thanks]]');
  const question = await nextQuestion(client, id, asked);
  expect(question).toMatchObject({ kind: 'elicitation', title: 'Please sign in.', url: 'https://example.com/sign-in', server: 'notes' });
  await answer(client, question, { decision: 'decline' });
  expect(await client.wait(id, asked)).toMatchObject({ status: 'completed', finalText: 'thanks' });
  expect(await resultOf(client, id, 'page')).toMatchObject({ action: 'decline' });
});

/** What the server told of the answer that it got. */
async function resultOf(client: Served['client'], id: string, tool: string): Promise<unknown> {
  const { events } = await client.sessions.events(id, { limit: 1000 });
  const done = events.find((event) => event.type === 'item.completed' && JSON.stringify(event.data).includes(`"tool":"${tool}"`));
  if (done === undefined) throw new Error(`the call of ${tool} has not ended`);
  const { item } = done.data as { item: { result: { content: { text: string }[] } } };
  return JSON.parse(item.result.content[0]?.text ?? '');
}
