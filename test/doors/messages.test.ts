/** The conversation as chat messages, over HTTP: pages, their edges, and that a reading is as good as the first. */

import { afterEach, beforeEach, expect, test } from 'vitest';
import { connect } from '../../src/client/connect.js';
import type { ChatMessage } from '../../src/contract/message.js';
import { memoryLog } from '../../src/log/memory/memory-log.js';
import type { Fact } from '../../src/ports/agent.js';
import type { LogRecord } from '../../src/ports/log.js';
import { OWNER } from '../host/rig.js';
import { type House, house, sessionId, TOKEN } from './house.js';

let at: House;
let session: string;
/** Bodies that were looked into since the last look. */
let parsed: string[];

beforeEach(async () => {
  parsed = [];
  at = await house({ rig: { log: watched() } });
  ({ id: session } = await at.host.openSession({}, OWNER));
});

afterEach(() => at[Symbol.asyncDispose]());

/** A log that notes the type of each event whose body somebody takes. */
function watched(): ReturnType<typeof memoryLog> {
  const log = memoryLog();
  const noted = (record: LogRecord): LogRecord => ({
    ...record,
    events: record.events.map(({ type, body, position }) => ({
      type,
      position,
      get body() {
        parsed.push(type);
        return body;
      },
    })),
  });
  return {
    append: (...args) => log.append(...args),
    async *read(query) {
      for await (const record of log.read(query)) yield noted(record);
    },
    follow: (query) => log.follow(query),
    head: (stream) => log.head(stream),
    find: (...args) => log.find(...args),
    streams: () => log.streams(),
    [Symbol.asyncDispose]: () => log[Symbol.asyncDispose](),
  };
}

/** A turn in which a message streams, a command runs and an answer is given: five messages. */
async function turn(n: number, ...more: readonly Fact[]): Promise<string> {
  const { turn: asked } = await at.host.requestTurn(session, { input: `question ${n}` }, OWNER);
  await at.event(session, 'turn.started', n);
  const id = asked.id;
  at.agent.thread.say(
    { type: 'item.completed', turn: id, item: { id: `u${n}`, kind: 'userMessage', text: `question ${n}`, turn: id } },
    { type: 'item.started', turn: id, item: { id: `a${n}`, kind: 'agentMessage', text: '' } },
    { type: 'item.delta', turn: id, item: `a${n}`, kind: 'text', text: 'I ' },
    { type: 'item.completed', turn: id, item: { id: `a${n}`, kind: 'agentMessage', text: 'I look.' } },
    {
      type: 'item.completed',
      turn: id,
      item: { id: `c${n}`, kind: 'command', command: 'ls', status: 'completed', exitCode: 0, output: 'x' },
    },
    { type: 'item.completed', turn: id, item: { id: `b${n}`, kind: 'agentMessage', text: `answer ${n}` } },
    ...more,
    { type: 'turn.completed', turn: id, usage: null },
  );
  await at.event(session, 'turn.completed', n);
  return id;
}

const path = (query = ''): string => `/v1/sessions/${session}/messages${query}`;

async function pages(limit: number): Promise<ChatMessage[][]> {
  const client = connect({ url: at.server.url, token: TOKEN });
  const all: ChatMessage[][] = [];
  for (let after: number | null = 0; after !== null; ) {
    const page: { items: ChatMessage[]; next: number | null } = await client.sessions.messages(session, { after, limit });
    all.push(page.items);
    after = page.next;
  }
  return all;
}

test('the conversation is told as messages, the same bytes each time', async () => {
  const first = await turn(1);
  const said = await at.ask(path());
  expect(said.json()).toMatchObject({
    items: [
      { role: 'user', content: 'question 1', turn: first },
      { role: 'assistant', content: 'I look.' },
      { role: 'assistant', content: null, toolCalls: [{ id: 'c1', name: 'exec_command', arguments: '{"command":"ls"}' }] },
      { role: 'tool', content: 'x', toolCallId: 'c1' },
      { role: 'assistant', content: 'answer 1' },
    ],
    next: null,
  });
  expect((await at.ask(path())).text).toBe(said.text);
});

test('pages of any size put together are the whole, and a call is never parted from its result', async () => {
  for (const n of [1, 2, 3]) await turn(n);
  const [whole = []] = await pages(1000);
  expect(whole).toHaveLength(15);
  for (const limit of [1, 2, 3, 4, 7]) {
    const parts = await pages(limit);
    expect(parts.flat()).toEqual(whole);
    for (const part of parts) {
      expect(part.length).toBeLessThanOrEqual(Math.max(limit, 2));
      expect(part[0]?.role).not.toBe('tool');
    }
  }
});

test('what comes later comes behind the last position, whatever was read before', async () => {
  await turn(1);
  const [before = []] = await pages(1000);
  await turn(2);
  const last = before.at(-1)?.position ?? 0;
  const rest = (await at.ask(path(`?after=${last}`))).json();
  expect(rest).toMatchObject({ items: [{ content: 'question 2' }, {}, {}, {}, { content: 'answer 2' }], next: null });
  expect((await pages(1000)).flat().slice(0, before.length)).toEqual(before);
  expect((await at.ask(path('?after=100000'))).json()).toEqual({ items: [], next: null });
});

test('deltas are passed over without being looked into', async () => {
  await turn(1);
  parsed = [];
  await at.ask(path());
  expect(parsed).toContain('item.completed');
  expect(parsed.filter((type) => type === 'item.delta' || type === 'item.started')).toEqual([]);
});

test('a session that is not there is 404, a limit that makes no sense 400, and who may not look gets nothing', async () => {
  expect((await at.ask(`/v1/sessions/${sessionId(9)}/messages`)).status).toBe(404);
  expect((await at.ask(path('?limit=0'))).status).toBe(400);
  expect((await at.ask(path('?after=-1'))).status).toBe(400);
  expect((await at.ask(path(), { token: null })).status).toBe(401);
});
