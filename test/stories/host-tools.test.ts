/** Tools of a program, called by the real Codex: as a server of the host in each conversation, with nothing written down anywhere. */

import { readdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { homePaths } from '../../src/base/home-paths.js';
import type { Client } from '../../src/client/index.js';
import type { Event } from '../../src/contract/events.js';
import type { Turn } from '../../src/contract/session.js';
import { agentToken } from '../../src/doors/agent-listener.js';
import { prepareOfflineHome } from '../../src/testing/index.js';
import { startToolHost, type ToolHost } from '../support/tool-host.js';
import { answer, nextQuestion } from './audit.js';
import { eventOf, type World, world } from './rig.js';

async function open({ client }: ToolHost, { work }: World, agent?: string): Promise<string> {
  const permissions = { profile: ':read-only', approvalPolicy: 'on-request' } as const;
  return (await client.sessions.open({ cwd: work, permissions, ...(agent === undefined ? {} : { agent }) })).id;
}

async function run({ client }: ToolHost, session: string, input: string): Promise<Turn> {
  const { turn } = await client.turns.request(session, { input });
  return await client.wait(session, turn.id);
}

async function eventsOf(client: Client, session: string): Promise<Event[]> {
  return (await client.sessions.events(session, { limit: 10_000 })).events as unknown as Event[];
}

/** What the calls of tools in a session came to. */
async function calls(client: Client, session: string): Promise<unknown[]> {
  const events = await eventsOf(client, session);
  return events.flatMap((event) => (event.type === 'item.completed' && event.data.item.kind === 'toolCall' ? [event.data.item] : []));
}

/** What the model was last told of a tool. */
function told({ model }: World): string {
  return JSON.stringify(model.requests.at(-1)?.body.input.at(-1));
}

test('an agent calls a tool of the program without being asked, and the answer reaches the model', async () => {
  await using w = await world();
  await using host = await startToolHost(w);
  const id = await open(host, w);
  const turn = await run(host, id, '[[mcp:spool_default.weather:{"town":"Ulm"}]] [[text:sunny]]');
  expect(turn).toMatchObject({ status: 'completed', finalText: 'sunny' });
  expect(told(w)).toContain('Ulm: sun for 1');
  const answered = { weather: 'Ulm: sun for 1', agent: 'default', session: id, turn: turn.id };
  expect(await calls(host.client, id)).toMatchObject([
    { server: 'spool_default', tool: 'weather', status: 'completed', result: { structuredContent: answered } },
  ]);
  expect((await eventsOf(host.client, id)).map(({ type }) => type)).not.toContain('approval.asked');
});

test('a call with wrong arguments tells the model what is wrong, place by place', async () => {
  await using w = await world();
  await using host = await startToolHost(w);
  const id = await open(host, w);
  await run(host, id, '[[mcp:spool_default.weather:{"town":7,"days":"two"}]] [[text:hm]]');
  expect(told(w)).toContain('town: found 7, wanted a string');
  expect(told(w)).toContain('days: found \\"two\\", wanted a number');
  expect(await calls(host.client, id)).toMatchObject([{ tool: 'weather', status: 'failed' }]);
});

test('an agent does not see the tools of another one, and none where its configuration names none', async () => {
  await using w = await world();
  await using host = await startToolHost(w);
  await host.client.agents.create({ alias: 'planner' });
  await host.client.agents.create({ alias: 'plain-one', hostTools: [] });
  const planner = await open(host, w, 'planner');
  await run(host, planner, '[[mcp:spool_planner.secret_plan]] [[text:ok]]');
  expect(told(w)).toContain('the plan');
  const other = await open(host, w);
  await run(host, other, '[[mcp:spool_default.secret_plan]] [[text:ok]]');
  expect(told(w)).toContain('unsupported call');
  const plain = await open(host, w, 'plain-one');
  await run(host, plain, '[[mcp:spool_plain_one.weather:{"town":"Ulm"}]] [[text:ok]]');
  expect(told(w)).toContain('unsupported call');
});

test('a server of anybody else still asks', async () => {
  await using w = await world();
  const notes = w.home.join('notes.txt');
  const server = fileURLToPath(new URL('../fixtures/mcp-server.mjs', import.meta.url));
  const more = `[mcp_servers.notes]\ncommand = ${JSON.stringify(process.execPath)}\nargs = [${JSON.stringify(server)}]\nenv = { NOTES = ${JSON.stringify(notes)} }`;
  await prepareOfflineHome(w.home.join('codex'), w.model, { more });
  await using host = await startToolHost(w);
  const id = await open(host, w);
  const { turn } = await host.client.turns.request(id, {
    input: '[[mcp:spool_default.weather:{"town":"Ulm"}]] [[mcp:notes.note:{"text":"one"}]] [[text:done]]',
  });
  const question = await nextQuestion(host.client, id, turn.id);
  expect(question).toMatchObject({ kind: 'elicitation', server: 'notes', tool: 'note' });
  await answer(host.client, question, { decision: 'decline' });
  expect(await host.client.wait(id, turn.id)).toMatchObject({ status: 'completed' });
  expect(await calls(host.client, id)).toMatchObject([
    { server: 'spool_default', status: 'completed' },
    { server: 'notes', status: 'failed' },
  ]);
});

test('a turn that goes on while the program is killed calls the tool of the program that comes after it', async () => {
  await using w = await world();
  const first = await startToolHost(w);
  const id = await open(first, w);
  await run(first, id, '[[mcp:spool_default.weather:{"town":"Ulm"}]] [[text:one]]');
  const { turn } = await first.client.turns.request(id, {
    input: '[[deltas:200:30]] [[mcp:spool_default.weather:{"town":"Bonn"}]] [[text:two]]',
  });
  await eventOf(first.client, id, (event) => event.turn === turn.id && event.type === 'item.delta');
  await first.kill('SIGKILL');
  await using second = await startToolHost(w);
  expect(await second.client.wait(id, turn.id)).toMatchObject({ status: 'completed', finalText: 'two' });
  expect(told(w)).toContain('Bonn: sun for 1');
  await run(second, id, '[[mcp:spool_default.weather:{"town":"Kiel"}]] [[text:three]]');
  const results = (await calls(second.client, id)) as { status: string; result: { structuredContent: { session: string } } }[];
  expect(results.map(({ status, result }) => [status, result.structuredContent.session])).toEqual([
    ['completed', id],
    ['completed', id],
    ['completed', id],
  ]);
});

test('a tool whose turn is interrupted is told to stop', async () => {
  await using w = await world();
  await using host = await startToolHost(w);
  const id = await open(host, w);
  const begun = host.says('forever has begun');
  const stopped = host.says('forever was told to stop');
  const { turn } = await host.client.turns.request(id, { input: '[[mcp:spool_default.forever]] [[text:never]]' });
  await begun;
  await host.client.interrupt(id);
  expect(await host.client.wait(id, turn.id)).toMatchObject({ status: 'interrupted' });
  await stopped;
});

test('the token with which an agent comes in stands in no file of its home and in no event', async () => {
  await using w = await world();
  await using host = await startToolHost(w);
  const id = await open(host, w);
  await run(host, id, '[[mcp:spool_default.weather:{"town":"Ulm"}]] [[text:ok]]');
  const { credentials } = homePaths(w.env, w.home.path);
  const token = agentToken((await readFile(join(dirname(credentials), 'agent-secret'), 'utf8')).trim(), 'default');
  const files = await readdir(w.home.join('codex'), { recursive: true, withFileTypes: true });
  const holding: string[] = [];
  for (const file of files.filter((one) => one.isFile())) {
    const path = join(file.parentPath, file.name);
    if ((await readFile(path)).includes(token)) holding.push(path);
  }
  expect(files.length).toBeGreaterThan(3);
  expect(holding).toEqual([]);
  expect(JSON.stringify(await eventsOf(host.client, id))).not.toContain(token);
});

test('a conversation that is open sees a tool that is offered late from its next turn on, until it is withdrawn', async () => {
  await using w = await world();
  await using host = await startToolHost(w);
  const id = await open(host, w);
  await run(host, id, '[[text:hi]]');
  await host.toggleLate();
  expect(await run(host, id, '[[mcp:spool_default.late]] [[text:found]]')).toMatchObject({ finalText: 'found' });
  expect(told(w)).toContain('better late');
  await host.toggleLate();
  await run(host, id, '[[mcp:spool_default.late]] [[text:gone]]');
  expect(told(w)).not.toContain('better late');
});
