import { expect, test } from 'vitest';
import type { Fact } from '../../ports/agent.js';
import { TurnFacts, usageFact } from './turn-facts.js';

const lines = (facts: TurnFacts, ...events: readonly unknown[]): Fact[] =>
  events.flatMap((event) => facts.take(typeof event === 'string' ? event : JSON.stringify(event)));

test('a plan is told when it changes, and only then', () => {
  const facts = new TurnFacts('trn_1');
  const plan = (done: boolean) => ({ id: 'item_0', type: 'todo_list', items: [{ text: 'a', completed: done }] });
  expect(
    lines(
      facts,
      { type: 'item.started', item: plan(false) },
      { type: 'item.updated', item: plan(true) },
      { type: 'item.completed', item: plan(true) },
    ),
  ).toEqual([
    { type: 'plan', turn: 'trn_1', steps: [{ step: 'a', status: 'pending' }] },
    { type: 'plan', turn: 'trn_1', steps: [{ step: 'a', status: 'completed' }] },
  ]);
  expect(facts.closing(true)).toEqual([]);
});

test('calls of tools, searches and other agents are tool calls', () => {
  const facts = new TurnFacts('trn_1');
  const call = { id: 'item_0', type: 'mcp_tool_call', server: 'files', tool: 'read', arguments: { path: 'a' }, result: null };
  const search = { id: 'item_1', type: 'web_search', query: 'rain', action: { type: 'search' } };
  const spawned = {
    id: 'item_2',
    type: 'collab_tool_call',
    tool: 'spawn_agent',
    receiver_thread_ids: ['t'],
    prompt: 'do',
    status: 'failed',
  };
  const told = lines(
    facts,
    { type: 'item.started', item: { ...call, status: 'in_progress' } },
    { type: 'item.completed', item: { ...call, status: 'failed', error: { message: 'no such file' } } },
    { type: 'item.completed', item: search },
    { type: 'item.completed', item: { ...spawned, agents_states: { t: 'gone' } } },
  );
  expect(told.map((fact) => ('item' in fact ? fact.item : fact))).toEqual([
    { id: 'trn_1.item_0', kind: 'toolCall', server: 'files', tool: 'read', arguments: { path: 'a' }, status: 'inProgress' },
    {
      id: 'trn_1.item_0',
      kind: 'toolCall',
      server: 'files',
      tool: 'read',
      arguments: { path: 'a' },
      status: 'failed',
      error: 'no such file',
    },
    {
      id: 'trn_1.item_1',
      kind: 'toolCall',
      tool: 'web_search',
      arguments: { query: 'rain', action: { type: 'search' } },
      status: 'completed',
    },
    {
      ...{ id: 'trn_1.item_2', kind: 'toolCall', tool: 'spawn_agent', arguments: { prompt: 'do', receivers: ['t'] }, status: 'failed' },
      result: { t: 'gone' },
    },
  ]);
});

test('what is not known is kept: events as raw facts, items as others', () => {
  const facts = new TurnFacts('trn_1');
  const news = { type: 'turn.news', more: [1] };
  const item = { id: 'item_0', type: 'hologram', size: 3 };
  expect(lines(facts, news, { type: 'item.completed', item }, { type: 'item.updated', item: { ...item, size: 4 } })).toEqual([
    { type: 'raw', turn: 'trn_1', method: 'turn.news', params: news },
    { type: 'item.completed', turn: 'trn_1', item: { id: 'trn_1.item_0', kind: 'other', type: 'hologram', raw: item } },
    { type: 'raw', turn: 'trn_1', method: 'item.updated', params: { type: 'item.updated', item: { ...item, size: 4 } } },
  ]);
});

test('lines that are no events are kept up to a number and a length, without secrets, and the rest is counted', () => {
  const facts = new TurnFacts('trn_1');
  const kept = lines(facts, '', '  ', 'token=abcdefghij', '[1]', '"text"', ...Array.from({ length: 30 }, () => 'x'.repeat(50_000)));
  expect(kept).toHaveLength(20);
  expect(kept[0]).toEqual({ type: 'raw', turn: 'trn_1', method: 'stdout', params: { text: 'token=[redacted]' } });
  expect(JSON.stringify(kept).length).toBeLessThan(50_000);
  expect(facts.closing(true)).toEqual([{ type: 'warning', message: expect.stringContaining('13 more lines') }]);
});

test('an item of whose end nothing is heard ends with its turn, as the turn ends', () => {
  const begun = { type: 'item.started', item: { id: 'item_0', type: 'command_execution', command: 'ls', status: 'in_progress' } };
  const [well, badly] = [new TurnFacts('trn_1'), new TurnFacts('trn_1')];
  lines(well, begun);
  lines(badly, begun);
  const ended = (status: string) => [{ type: 'item.completed', turn: 'trn_1', item: expect.objectContaining({ kind: 'command', status }) }];
  expect(well.closing(true)).toEqual(ended('completed'));
  expect(badly.closing(false)).toEqual(ended('failed'));
  expect(badly.closing(false)).toEqual([]);
});

test('an error from which nothing followed is a warning; one that the turn failed of is told with its end', () => {
  const error = { type: 'error', message: 'something is odd' };
  const [well, badly] = [new TurnFacts('trn_1'), new TurnFacts('trn_1')];
  expect(lines(well, error, { type: 'turn.completed', usage: { input_tokens: 1 } })).toEqual([]);
  expect(well.closing(true)).toEqual([{ type: 'warning', message: 'something is odd' }]);
  expect(lines(badly, error, { type: 'turn.failed' })).toEqual([]);
  expect(badly.end).toMatchObject({ status: 'failed', error: { message: 'something is odd' } });
  expect(badly.closing(false)).toEqual([]);
});

test('a turn has used what was counted since it began, and never less than nothing', () => {
  const usage = (inputTokens: number) => ({
    inputTokens,
    cachedInputTokens: 0,
    outputTokens: 0,
    reasoningTokens: 0,
    totalTokens: inputTokens,
  });
  const tokens = (inputTokens: number) => ({ total: usage(inputTokens), contextWindow: 9 });
  expect(usageFact('t', tokens(5), tokens(7))).toMatchObject({ total: usage(7), last: usage(2), contextWindow: 9 });
  expect(usageFact('t', undefined, tokens(7)).last).toEqual(usage(7));
  expect(usageFact('t', tokens(9), tokens(7)).last).toEqual(usage(0));
});
