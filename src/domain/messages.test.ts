/** Events of the log as chat messages. The items are those that the real Codex tells, as its translator leaves them. */

import { describe, expect, test } from 'vitest';
import type { Event, Unplaced } from '../contract/events.js';
import type { Item } from '../contract/item.js';
import { alternating, ChatMessage } from '../contract/message.js';
import { MessageProjection } from './messages.js';

const AT = '2026-11-21T10:00:00.000Z';

type TurnEnd = 'turn.completed' | 'turn.failed' | 'turn.interrupted';

const asked = (turn: string, input = turn): Unplaced => ({
  type: 'turn.requested',
  turn,
  at: AT,
  data: { input: [{ type: 'text', text: input }], mode: 'auto', disposition: 'started', by: 'owner' },
});
const started = (turn: string): Unplaced => ({ type: 'turn.started', turn, at: AT, data: { ref: `ref-${turn}` } });
const begins = (turn: string, item: Item): Unplaced => ({ type: 'item.started', turn, item: item.id, at: AT, data: { item } });
const done = (turn: string, item: Item): Unplaced => ({ type: 'item.completed', turn, item: item.id, at: AT, data: { item } });
const delta = (turn: string, text: string): Unplaced => ({ type: 'item.delta', turn, item: 'm', at: AT, data: { kind: 'text', text } });
const ended = (type: TurnEnd, turn: string, data: object = {}): Unplaced =>
  ({ type, turn, at: AT, data: { finalText: null, usage: null, ...data } }) as Unplaced;

const user = (turn: string, text = turn): Item => ({ id: `u-${turn}`, kind: 'userMessage', text, turn });
const says = (text: string, id = 'm'): Item => ({ id, kind: 'agentMessage', text });
const thinks = (text: string): Item => ({ id: 'rs_1', kind: 'reasoning', text });
const command = (more: Partial<Extract<Item, { kind: 'command' }>> = {}): Item => ({
  id: 'call_1',
  kind: 'command',
  command: "/bin/bash -lc 'echo hi'",
  cwd: '/home/ann/project',
  status: 'completed',
  exitCode: 0,
  output: 'hi\n',
  ...more,
});

function project(...events: readonly Unplaced[]): ChatMessage[] {
  const projection = new MessageProjection();
  return events
    .map((event, index) => ({ position: index + 1, session: 'ses_1', ...event }) as Event)
    .filter((event) => MessageProjection.reads(event.type))
    .flatMap((event) => projection.push(event));
}

/** The messages of one running turn in which these items are completed, without that of the user. */
const turnOf = (...items: readonly Item[]): ChatMessage[] =>
  project(asked('t'), started('t'), done('t', user('t')), ...items.map((item) => done('t', item))).slice(1);

const roles = (messages: readonly ChatMessage[]): string[] => messages.map(({ role, content }) => `${role}: ${content}`);

describe('an item that is completed', () => {
  test('is the user’s text, the agent’s text, or a tool call with its result behind it', () => {
    const messages = project(
      asked('t', 'say hi'),
      started('t'),
      done('t', user('t', 'say hi')),
      done('t', command()),
      done('t', says('I said hi.')),
    );
    expect(messages).toEqual([
      { id: 'msg_3', role: 'user', content: 'say hi', turn: 't', position: 3, at: AT },
      {
        id: 'msg_4',
        role: 'assistant',
        content: null,
        turn: 't',
        position: 4,
        toolCalls: [{ id: 'call_1', name: 'exec_command', arguments: '{"command":"/bin/bash -lc \'echo hi\'","cwd":"/home/ann/project"}' }],
        at: AT,
      },
      { id: 'msg_4_2', role: 'tool', content: 'hi\n', turn: 't', position: 4, toolCallId: 'call_1', at: AT },
      { id: 'msg_5', role: 'assistant', content: 'I said hi.', turn: 't', position: 5, at: AT },
    ]);
    for (const message of messages) expect(ChatMessage.parse(message)).toEqual(message);
  });

  test.each<[string, Item, string]>([
    ['a command that printed nothing', command({ output: '' }), ''],
    ['a command without output', { id: 'c', kind: 'command', command: 'true', status: 'completed', exitCode: 0 }, ''],
    ['a command that failed', command({ status: 'failed', exitCode: 2, output: 'no such file\n' }), '[exit 2]\nno such file\n'],
    ['a command that failed in silence', command({ status: 'failed', exitCode: 1, output: '' }), '[exit 1]'],
    ['a command that a person declined', { id: 'c', kind: 'command', command: 'rm -rf build', status: 'declined' }, '[declined]'],
    [
      'a command that could not be run',
      { id: 'c', kind: 'command', command: 'x', status: 'failed', output: 'bwrap: no' },
      '[failed]\nbwrap: no',
    ],
    ['a command whose end nobody knows', { id: 'c', kind: 'command', command: 'x', status: 'inProgress' }, '[not finished]'],
    ['changes that were made', { id: 'c', kind: 'fileChange', status: 'completed', changes: [] }, 'completed'],
    ['changes that were declined', { id: 'c', kind: 'fileChange', status: 'declined', changes: [] }, 'declined'],
    ['changes that failed', { id: 'c', kind: 'fileChange', status: 'failed', changes: [] }, 'failed'],
    ['a tool with a text', { id: 'c', kind: 'toolCall', tool: 'x', status: 'completed', result: 'ok' }, 'ok'],
    ['a tool without a result', { id: 'c', kind: 'toolCall', tool: 'x', status: 'completed' }, ''],
    [
      'an MCP tool',
      {
        id: 'c',
        kind: 'toolCall',
        server: 's',
        tool: 'x',
        status: 'completed',
        result: {
          content: [
            { type: 'text', text: 'one' },
            { type: 'image', data: 'AAAA' },
            { type: 'text', text: 'two' },
          ],
          _meta: null,
        },
      },
      'one\n[image]\ntwo',
    ],
    [
      'a tool of a client',
      { id: 'c', kind: 'toolCall', tool: 'x', status: 'completed', result: [{ type: 'inputText', text: 'host says 42' }] },
      'host says 42',
    ],
    [
      'a tool with something else',
      { id: 'c', kind: 'toolCall', tool: 'x', status: 'completed', result: { b: 1, a: [] } },
      '{"a":[],"b":1}',
    ],
    [
      'a tool with an error',
      { id: 'c', kind: 'toolCall', server: 's', tool: 'x', status: 'failed', error: 'user rejected MCP tool call' },
      '[failed]\nuser rejected MCP tool call',
    ],
    ['a tool that failed without a word', { id: 'c', kind: 'toolCall', tool: 'x', status: 'failed' }, '[failed]'],
  ])('has a result that tells how it went: %s', (_, item, content) => {
    expect(turnOf(item)).toMatchObject([{ role: 'assistant' }, { role: 'tool', content }]);
  });

  test.each<[string, Item, string, string]>([
    ['a command without a folder', { id: 'c', kind: 'command', command: 'ls', status: 'completed' }, 'exec_command', '{"command":"ls"}'],
    [
      'changes, without what is in the files',
      {
        id: 'c',
        kind: 'fileChange',
        status: 'completed',
        changes: [
          { path: '/a', kind: 'add', diff: 'secret' },
          { path: '/b', kind: 'update', movedTo: '/c', diff: 'secret' },
        ],
      },
      'apply_patch',
      '{"changes":[{"kind":"add","path":"/a"},{"kind":"update","movedTo":"/c","path":"/b"}]}',
    ],
    [
      'a tool of an MCP server',
      { id: 'c', kind: 'toolCall', server: 'files', tool: 'read', arguments: { z: 1, a: { y: 2, b: 3 } }, status: 'completed' },
      'mcp.files.read',
      '{"a":{"b":3,"y":2},"z":1}',
    ],
    ['a tool of a client, without arguments', { id: 'c', kind: 'toolCall', tool: 'lookup', status: 'completed' }, 'lookup', '{}'],
  ])('is called by a name and arguments with sorted keys: %s', (_, item, name, text) => {
    expect(turnOf(item)[0]?.toolCalls).toEqual([{ id: 'c', name, arguments: text }]);
  });

  test('that chat histories have no word for is a note, and calls no tool', () => {
    const messages = turnOf(
      { id: 'p', kind: 'plan', text: '1. look\n2. leap' },
      { id: 'o', kind: 'other', type: 'contextCompaction', raw: { id: 'o', secret: 'x' } },
    );
    expect(roles(messages)).toEqual(['assistant: [plan]\n1. look\n2. leap', 'assistant: [contextCompaction]']);
    expect(messages.some((message) => 'toolCalls' in message)).toBe(false);
  });

  test('that says nothing is no message', () => {
    expect(turnOf(says(''), thinks(' '), says('\n', 'n'), { id: 'p', kind: 'plan', text: '' })).toEqual([]);
  });

  test('is told once, when it is complete: what frames it and what streams is silent', () => {
    const frames = [begins('t', user('t')), begins('t', says('')), delta('t', 'he'), delta('t', 'llo'), begins('t', command())];
    expect(project(asked('t'), started('t'), ...frames)).toEqual([]);
    expect(project(asked('t'), started('t'), ...frames, done('t', user('t')), done('t', says('hello')))).toHaveLength(2);
  });
});

describe('ids of calls', () => {
  test('are what chat APIs take, and each is used once, however a runtime counts its items', () => {
    const ids = ['call_1', 'call_1', 'item 3/x', `exec-${'0'.repeat(36)}`, `exec-${'0'.repeat(36)}`];
    const calls = turnOf(...ids.map((id) => command({ id }))).flatMap(
      ({ toolCalls, toolCallId }) => toolCalls?.[0]?.id ?? toolCallId ?? '',
    );
    const long = `exec-${'0'.repeat(35)}`;
    const own = ['call_1', 'call_1_2', 'item_3_x', long, `${long.slice(0, 38)}_2`];
    expect(calls).toEqual(own.flatMap((id) => [id, id]));
    for (const id of calls) expect(id).toMatch(/^[\w-]{1,40}$/);
  });
});

describe('reasoning', () => {
  test('goes with the assistant message behind it, be it a text or a call', () => {
    const messages = turnOf(thinks('first I look'), thinks('with care'), command(), thinks('now I know'), says('Done.'), says('Bye.', 'n'));
    expect(messages.map(({ reasoning }) => reasoning)).toEqual(['first I look\n\nwith care', undefined, 'now I know', undefined]);
  });

  test('that no message followed does not go over into the next turn', () => {
    const messages = project(
      ...[asked('a'), started('a'), done('a', user('a')), done('a', thinks('hm')), ended('turn.interrupted', 'a')],
      ...[asked('b'), started('b'), done('b', user('b')), done('b', says('Yes.'))],
    );
    expect(messages.map(({ role, reasoning }) => [role, reasoning])).toEqual([
      ['user', undefined],
      ['user', undefined],
      ['assistant', undefined],
    ]);
  });
});

describe('what the user said', () => {
  test('is the text of the input, without the pictures that came with it', () => {
    const input = [
      { type: 'text', text: 'look' },
      { type: 'localImage', path: '/a.png' },
      { type: 'text', text: 'closely' },
    ] as const;
    const request = { ...asked('t'), data: { input: [...input], mode: 'auto', disposition: 'started', by: 'owner' } } as Unplaced;
    expect(roles(project(request, started('t'), done('t', user('t', 'look\n[localImage /a.png]\nclosely'))))).toEqual([
      'user: look\nclosely',
    ]);
  });

  test('of a picture alone is the runtime’s word for it, so that no message is empty', () => {
    const data = { input: [{ type: 'localImage', path: '/a.png' }], mode: 'auto', disposition: 'started', by: 'owner' };
    const messages = project({ ...asked('t'), data } as Unplaced, started('t'), done('t', user('t', '[localImage /a.png]')));
    expect(roles(messages)).toEqual(['user: [localImage /a.png]']);
  });

  test('in a turn that waits is not told before it runs, and never when it was taken back', () => {
    const running = [asked('a'), started('a'), done('a', user('a'))];
    expect(roles(project(...running, asked('b'), asked('c')))).toEqual(['user: a']);
    const rest = [ended('turn.interrupted', 'c'), ended('turn.completed', 'a'), started('b'), done('b', user('b'))];
    expect(roles(project(...running, asked('b'), asked('c'), ...rest))).toEqual(['user: a', 'user: b']);
  });

  test('into a running turn is told once, where the agent took it in, under its own turn', () => {
    const messages = project(
      ...[asked('a'), started('a'), done('a', user('a')), asked('b'), done('a', says('One.'))],
      ...[{ type: 'turn.steered', turn: 'b', at: AT, data: { into: 'a' } } as Unplaced, begins('a', user('b')), done('a', user('b'))],
      ...[done('a', says('Two.', 'n')), ended('turn.completed', 'a', { finalText: 'Two.' })],
    );
    expect(messages.map(({ turn, content }) => `${turn}: ${content}`)).toEqual(['a: a', 'a: One.', 'b: b', 'a: Two.']);
  });

  test('is told once by versions that do not name the turn of a message', () => {
    const unnamed = (id: string, text: string): Item => ({ id, kind: 'userMessage', text });
    const messages = project(
      ...[asked('a'), started('a'), done('a', unnamed('1', 'a')), asked('b'), done('a', unnamed('2', 'b'))],
      ...[
        done('a', says('One.')),
        ended('turn.completed', 'a', { finalText: 'One.' }),
        asked('c'),
        started('c'),
        done('c', unnamed('3', 'c')),
      ],
    );
    expect(roles(messages)).toEqual(['user: a', 'user: b', 'assistant: One.', 'user: c']);
  });

  test.each<[string, Unplaced]>([
    ['its work', done('a', says('Done.'))],
    ['its thoughts', done('a', thinks('hm'))],
    ['a tool', done('a', command())],
    ['its end', ended('turn.failed', 'a')],
  ])('and the runtime never told, or a gap swallowed, comes before %s', (_, event) => {
    expect(project(asked('a'), started('a'), event)[0]).toMatchObject({ role: 'user', content: 'a', turn: 'a', position: 3 });
    // Told after all, it is not said twice.
    const late = project(asked('a'), started('a'), event, done('a', user('a')));
    expect(late.filter(({ role }) => role === 'user')).toHaveLength(1);
  });

  test('and the running turn took in, but did not tell to its end, comes before that end', () => {
    const steered: Unplaced = { type: 'turn.steered', turn: 'b', at: AT, data: { into: 'a' } };
    const messages = project(
      ...[asked('a'), started('a'), done('a', user('a')), asked('b'), steered],
      ended('turn.interrupted', 'a', { finalText: 'I was', partial: true }),
    );
    expect(messages.map(({ id, content }) => `${id} ${content}`)).toEqual(['msg_3 a', 'msg_6 b', 'msg_6_2 I was']);
  });

  test('is the runtime’s own where nobody asked in words, as in a review', () => {
    const data = { input: [], mode: 'auto', disposition: 'started', by: 'owner', action: { type: 'compact' } };
    const review = [
      done('t', { id: 'r', kind: 'other', type: 'enteredReviewMode', raw: {} }),
      done('t', { id: 'u', kind: 'userMessage', text: 'review this' }),
      done('t', says('All is well.')),
    ];
    const messages = project({ ...asked('t'), data } as Unplaced, started('t'), ...review);
    expect(roles(messages)).toEqual(['assistant: [enteredReviewMode]', 'user: review this', 'assistant: All is well.']);
  });

  test('is not in the history when the turn never began', () => {
    expect(project(asked('a'), ended('turn.failed', 'a'))).toEqual([]);
  });
});

describe('a turn that ends before its message does', () => {
  test.each(['turn.failed', 'turn.interrupted', 'turn.completed'] as const)('leaves what had come of it, marked: %s', (type) => {
    const start = [asked('t'), started('t'), done('t', user('t')), done('t', thinks('hm')), delta('t', 'I was')];
    const [, last] = project(...start, ended(type, 't', { finalText: 'I was', finalItem: 'm', partial: true }));
    expect(last).toEqual({
      id: 'msg_6',
      role: 'assistant',
      content: 'I was',
      turn: 't',
      position: 6,
      partial: true,
      reasoning: 'hm',
      at: AT,
    });
  });

  test('adds nothing when its last message was whole, or when there is none', () => {
    const start = [asked('t'), started('t'), done('t', user('t')), done('t', says('Whole.'))];
    expect(project(...start, ended('turn.failed', 't', { finalText: 'Whole.', finalItem: 'm' }))).toHaveLength(2);
    expect(project(...start, ended('turn.failed', 't', { finalText: ' ', partial: true }))).toHaveLength(2);
  });

  test('may leave a command that ends later: its call and its result are told then, together', () => {
    const messages = project(
      ...[asked('a'), started('a'), done('a', user('a')), begins('a', command()), ended('turn.interrupted', 'a')],
      ...[
        asked('b'),
        started('b'),
        done('b', user('b')),
        done('b', thinks('hm')),
        done('a', command({ exitCode: 143 })),
        done('b', says('Yes.')),
      ],
    );
    expect(messages.slice(2)).toMatchObject([
      { role: 'assistant', turn: 'a', toolCalls: [{ id: 'call_1' }] },
      { role: 'tool', turn: 'a', toolCallId: 'call_1', content: '[exit 143]\nhi\n' },
      { role: 'assistant', turn: 'b', reasoning: 'hm' },
    ]);
    expect(messages[2]).not.toHaveProperty('reasoning');
  });
});

describe('alternating', () => {
  const messages = project(
    ...[asked('a', 'one'), started('a'), done('a', user('a', 'one')), asked('b', 'two'), done('a', user('b', 'two'))],
    ...[done('a', thinks('first')), done('a', says('I look.')), done('a', thinks('then')), done('a', command())],
    ...[done('a', command({ id: 'call_2' })), done('a', says('It is')), done('a', says('done.', 'n'))],
  );

  test('joins neighbours of one role, a text and the call behind it, and no tool messages', () => {
    expect(alternating(messages)).toMatchObject([
      { id: 'msg_3', role: 'user', content: 'one\n\ntwo', turn: 'a', position: 5 },
      { id: 'msg_7', role: 'assistant', content: 'I look.', reasoning: 'first\n\nthen', toolCalls: [{ id: 'call_1' }], position: 9 },
      { role: 'tool', toolCallId: 'call_1' },
      { role: 'assistant', content: null, toolCalls: [{ id: 'call_2' }] },
      { role: 'tool', toolCallId: 'call_2' },
      { role: 'assistant', content: 'It is\n\ndone.' },
    ]);
    for (const message of alternating(messages)) expect(ChatMessage.parse(message)).toEqual(message);
  });

  test('leaves the messages that it was given as they are, and nothing to join when done twice', () => {
    const before = JSON.stringify(messages);
    const once = alternating(messages);
    expect(alternating(once)).toEqual(once);
    expect(JSON.stringify(messages)).toBe(before);
  });
});
