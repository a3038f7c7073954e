import { expect, test } from 'vitest';
import type { Fact } from '../../ports/agent.js';
import { digestOf } from './record.js';
import { TurnFacts } from './turn-facts.js';

const SAID = 'fix it';
type Entry = readonly [type: string, payload: object];

function factsOf(
  entries: readonly (Entry | string)[],
  more: { counted?: number; paged?: boolean } = {},
): { facts: Fact[]; turn: TurnFacts } {
  const turn = new TurnFacts({ turn: 'trn_1', said: digestOf(SAID), text: SAID, counted: more.counted });
  const facts = entries.flatMap((entry, at) => {
    if (typeof entry === 'string') return turn.take(entry, at);
    const [type, payload] = entry;
    return turn.take(JSON.stringify({ timestamp: 'x', ...(more.paged === true ? { ordinal: at } : {}), type, payload }), at);
  });
  return { facts, turn };
}

const event = (type: string, more: object = {}): Entry => ['event_msg', { type, ...more }];
const item = (type: string, more: object = {}): Entry => ['response_item', { type, ...more }];
const BEGIN = [event('task_started', { turn_id: 'T1' }), event('user_message', { message: ' fix it\r\n' })];
const started: Fact = { type: 'turn.started', turn: 'trn_1', ref: 'T1' };
const said: Fact = { type: 'item.completed', turn: 'trn_1', item: { id: 'at-1', kind: 'userMessage', text: SAID, turn: 'trn_1' } };
const usage = (total: number) => ({
  input_tokens: total,
  cached_input_tokens: 0,
  output_tokens: 0,
  reasoning_output_tokens: 0,
  total_tokens: total,
});
const counted = (total: number, last: number) =>
  event('token_count', { info: { total_token_usage: usage(total), last_token_usage: usage(last), model_context_window: 100 } });

function itemsIn(facts: readonly Fact[]) {
  return facts.flatMap((fact) => (fact.type === 'item.completed' ? [fact.item] : []));
}

test('a turn of an older Codex is told from its events, and of commands from what the model was answered', () => {
  const { facts } = factsOf([
    ...BEGIN,
    event('agent_reasoning', { text: 'hm' }),
    item('function_call', { name: 'exec_command', call_id: 'c1', arguments: '{"cmd":"ls"}' }),
    item('function_call_output', {
      call_id: 'c1',
      output: 'Chunk ID: 1\nWall time: 0.1 seconds\nProcess exited with code 2\nOutput:\nno\n',
    }),
    item('custom_tool_call', { name: 'apply_patch', call_id: 'c2', input: '***' }),
    event('patch_apply_end', { call_id: 'c2', success: true, changes: { '/a': { type: 'update', unified_diff: '@@', move_path: '/b' } } }),
    item('custom_tool_call_output', { call_id: 'c2', output: '{"output":"ok","metadata":{"exit_code":0}}' }),
    item('function_call', { name: 'note', namespace: 'mcp__hub__', call_id: 'c3', arguments: '{"a":1}' }),
    event('mcp_tool_call_end', {
      ...{ call_id: 'c3', invocation: { server: 'hub', tool: 'note', arguments: { a: 1 } }, duration: { secs: 1, nanos: 5e6 } },
      result: { Ok: { content: [] } },
    }),
    event('agent_message', { message: 'done', phase: null }),
    event('task_complete', { turn_id: 'T1', last_agent_message: 'done' }),
  ]);
  expect(facts.slice(0, 2)).toEqual([started, said]);
  expect(itemsIn(facts).slice(1)).toEqual([
    { id: 'at-2', kind: 'reasoning', text: 'hm' },
    { id: 'c1', kind: 'command', command: 'ls', status: 'failed', exitCode: 2, output: 'no\n' },
    { id: 'c2', kind: 'fileChange', status: 'completed', changes: [{ path: '/a', kind: 'update', movedTo: '/b', diff: '@@' }] },
    {
      ...{ id: 'c3', kind: 'toolCall', server: 'hub', tool: 'note', arguments: { a: 1 } },
      status: 'completed',
      result: { content: [] },
      durationMs: 1005,
    },
    { id: 'at-10', kind: 'agentMessage', text: 'done' },
  ]);
  expect(facts.flatMap((fact) => (fact.type === 'item.started' ? [fact.item.id] : []))).toEqual(['c1', 'c2', 'c3']);
  expect(facts.at(-1)).toEqual({ type: 'turn.completed', turn: 'trn_1', usage: null });
});

test('the turn is the one with our message; what others said before and say behind is not ours', () => {
  const other = [
    event('task_started', { turn_id: 'T0' }),
    event('user_message', { message: 'theirs' }),
    event('agent_message', { message: 'to them' }),
  ];
  const end = event('task_complete', { turn_id: 'T0', last_agent_message: 'x' });
  const { facts } = factsOf([
    ...other,
    end,
    ...BEGIN,
    event('task_complete', { turn_id: 'T1', last_agent_message: 'x' }),
    ...other,
    ...BEGIN,
  ]);
  expect(facts.map(({ type }) => type)).toEqual(['turn.started', 'item.completed', 'turn.completed']);
  expect(JSON.stringify(facts)).not.toContain('the');
});

test('agents that Codex starts for itself do not speak for the turn', () => {
  const inner = event('agent_message', { turn_id: 'T9', message: 'inner' });
  const { facts } = factsOf([...BEGIN, inner, event('task_complete', { turn_id: 'T9', last_agent_message: 'inner' })]);
  expect(facts).toEqual([started, said]);
});

test('tokens are counted once, also where a count of before comes again', () => {
  const { facts } = factsOf(
    [
      counted(500, 100),
      ...BEGIN,
      counted(500, 100),
      counted(600, 100),
      counted(600, 100),
      counted(650, 50),
      event('task_complete', { last_agent_message: '' }),
    ],
    { counted: 400 },
  );
  expect(facts.filter(({ type }) => type === 'usage')).toHaveLength(2);
  expect(facts.at(-1)).toMatchObject({ type: 'turn.completed', usage: { totalTokens: 150 } });
});

test('a command that goes on behind its answer ends with the turn, in the way in which that ends', () => {
  const call = [
    item('function_call', { name: 'exec_command', call_id: 'c1', arguments: '{"cmd":"serve"}' }),
    item('function_call_output', { call_id: 'c1', output: 'Process running with session ID 7\nOutput:\nup\n' }),
  ];
  expect(itemsIn(factsOf([...BEGIN, ...call]).facts)).toHaveLength(1);
  const ends: readonly [Entry, string][] = [
    [event('task_complete', { last_agent_message: 'ok' }), 'completed'],
    [event('turn_aborted', { reason: 'interrupted' }), 'failed'],
  ];
  for (const [end, status] of ends)
    expect(itemsIn(factsOf([...BEGIN, ...call, end]).facts).at(-1)).toMatchObject({ id: 'c1', status, output: 'up\n' });
});

test('an error that Codex writes down is the reason of the end; without one an older Codex leaves it open', () => {
  const error = { message: 'unexpected status 429', codex_error_info: { http_connection_failed: { http_status_code: 429 } } };
  const failed = factsOf([...BEGIN, event('task_complete', { last_agent_message: null, error })], { paged: true });
  expect(failed.facts.at(-1)).toMatchObject({ type: 'turn.failed', error: { code: 'quota', retryable: true } });
  const named = { message: 'x', codex_error_info: 'context_window_exceeded' };
  expect(factsOf([...BEGIN, event('error', named), event('task_complete', {})]).facts.at(-1)).toMatchObject({ error: { code: 'model' } });
  expect(factsOf([...BEGIN, event('task_complete', { last_agent_message: null })], { paged: true }).turn.end).toBe('completed');
  const silent = factsOf([...BEGIN, event('task_complete', { last_agent_message: null })]);
  expect([silent.turn.end, silent.facts.length]).toEqual(['silent', 2]);
});

test('plans are told, and what is not known is kept, short and not for ever', () => {
  const plan = '{"explanation":"so","plan":[{"step":"one","status":"completed"}]}';
  const { facts } = factsOf([
    ...BEGIN,
    item('function_call', { name: 'update_plan', call_id: 'p', arguments: plan }),
    ['turn_context', {}],
    event('token_count', { info: null }),
    event('never_seen', { a: 1 }),
    'not json {',
    ...Array.from({ length: 30 }, () => 'x'.repeat(9_000)),
    event('agent_message', { message: 'still here' }),
  ]);
  expect(facts[2]).toEqual({ type: 'plan', turn: 'trn_1', explanation: 'so', steps: [{ step: 'one', status: 'completed' }] });
  const raw = facts.filter((fact) => fact.type === 'raw');
  expect(raw[0]).toEqual({ type: 'raw', turn: 'trn_1', method: 'never_seen', params: { type: 'never_seen', a: 1 } });
  expect([raw.length, JSON.stringify(raw.at(-1)).length < 2_200]).toEqual([20, true]);
  expect(itemsIn(facts).at(-1)).toMatchObject({ text: 'still here' });
});

test('a call that was refused says so', () => {
  const { facts } = factsOf([
    ...BEGIN,
    item('function_call', { name: 'exec_command', call_id: 'c1', arguments: '{"cmd":"touch /etc/x"}' }),
    item('function_call_output', { call_id: 'c1', output: 'approval policy is Never; reject command' }),
    item('function_call', { name: 'gone', call_id: 'c2', arguments: 'no json' }),
    item('function_call_output', { call_id: 'c2', output: 'unsupported call: gone' }),
    item('function_call', { name: 'view_image', call_id: 'c3', arguments: '{}' }),
    item('function_call_output', { call_id: 'c3', output: [{ type: 'input_text', text: 'seen' }] }),
  ]);
  expect(itemsIn(facts).slice(1)).toMatchObject([
    { id: 'c1', status: 'declined' },
    { id: 'c2', status: 'failed', error: 'unsupported call: gone' },
    { id: 'c3', status: 'completed', result: 'seen' },
  ]);
});
