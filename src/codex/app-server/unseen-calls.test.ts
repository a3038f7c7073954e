import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Fact } from '../../ports/agent.js';
import { type TempHome, tempHome } from '../../testing/temp-home.js';
import { UnseenCalls } from './unseen-calls.js';

/** Began on 2026-11-21. */
const THREAD = '01a1fd92-7d3d-7b00-a2c8-457e00ed5556';
const zero = { inputTokens: 0, cachedInputTokens: 0, outputTokens: 0, reasoningTokens: 0, totalTokens: 0 };
const usage: Fact = { type: 'usage', turn: 'trn_1', total: zero, last: zero, contextWindow: null };
const message: Fact = { type: 'item.completed', turn: 'trn_1', item: { id: 'm', kind: 'agentMessage', text: 'hm' } };

let home: TempHome;
beforeEach(async () => {
  home = await tempHome();
});
afterEach(() => home[Symbol.asyncDispose]());

function watched(...lines: object[]): UnseenCalls {
  return watchedBy('0.169.0', ...lines);
}

function watchedBy(version: string, ...lines: object[]): UnseenCalls {
  const folder = home.join('sessions', '2026', '11', '21');
  mkdirSync(folder, { recursive: true });
  const text = lines.map((line) => JSON.stringify(line)).join('\n');
  writeFileSync(join(folder, `rollout-2026-11-21T10-06-38-${THREAD}.jsonl`), `{"cut off": tr\n${text}\n{"half`);
  return new UnseenCalls({ home: home.path, version, threadId: THREAD, native: (turn) => (turn === 'trn_1' ? 'u1' : undefined) });
}

const turn = (id: string): object => ({ type: 'turn_context', payload: { turn_id: id } });
const called = (id: string, cmd: string): object => ({
  type: 'response_item',
  payload: { type: 'function_call', name: 'exec_command', call_id: id, arguments: JSON.stringify({ cmd }) },
});
const answered = (id: string, output: string): object => ({
  type: 'response_item',
  payload: { type: 'function_call_output', call_id: id, output },
});
const denied = 'Chunk ID: 1\nProcess exited with code 1\nOutput:\nRead-only file system\n';

const told = (facts: readonly Fact[]): unknown[] =>
  facts.flatMap((fact) => (fact.type === 'item.completed' && fact.item.kind !== 'agentMessage' ? [fact.item] : []));

test('a command that nobody spoke of is told before the count that closes its response, once', () => {
  const calls = watched(
    turn('u0'),
    called('old', 'ls'),
    answered('old', ''),
    turn('u1'),
    called('c1', 'touch /etc/x'),
    answered('c1', denied),
  );
  const facts = calls.with(usage);
  expect(facts.map((fact) => fact.type)).toEqual(['item.started', 'item.completed', 'usage']);
  expect(told(facts)).toEqual([
    { id: 'c1', kind: 'command', command: 'touch /etc/x', status: 'failed', exitCode: 1, output: 'Read-only file system\n' },
  ]);
  expect(calls.with(usage)).toEqual([usage]);
});

test('what Codex has spoken of is not told again, and a response that brought work is not looked into', () => {
  const calls = watched(turn('u1'), called('c1', 'make'), answered('c1', denied), called('c2', 'touch /x'), answered('c2', denied));
  const item = { id: 'c1', kind: 'command', command: 'make', status: 'completed' } as const;
  calls.with({ type: 'item.started', turn: 'trn_1', item });
  expect(calls.with(usage)).toEqual([usage]);
  expect(told(calls.with(usage))).toMatchObject([{ id: 'c2' }]);
});

test('a message closes a turn unless the model answers once more', () => {
  const calls = watched(turn('u1'), called('c1', 'touch /x'), answered('c1', denied));
  calls.with(message);
  expect(calls.with(usage)).toEqual([usage]);
  calls.with(message);
  expect(told(calls.with(usage))).toMatchObject([{ id: 'c1' }]);
});

test('a call without an answer yet, a missing rollout and a turn that is not ours tell nothing', () => {
  expect(watched(turn('u1'), called('c1', 'sleep 9')).with(usage)).toEqual([usage]);
  const nowhere = new UnseenCalls({ home: home.join('nowhere'), version: '0.169.0', threadId: THREAD, native: () => 'u1' });
  expect(nowhere.with(usage)).toEqual([usage]);
  const strange = new UnseenCalls({ home: home.path, version: '0.169.0', threadId: 'no-uuid', native: () => 'u1' });
  expect(strange.with(usage)).toEqual([usage]);
});

test('a call of a tool that is no command is told as a tool call', () => {
  const input = 'await tools.nothing()';
  const custom = { type: 'response_item', payload: { type: 'custom_tool_call', name: 'exec', call_id: 'x', input } };
  const output = { type: 'response_item', payload: { type: 'custom_tool_call_output', call_id: 'x', output: [{ text: 'no such tool' }] } };
  expect(told(watched(turn('u1'), custom, output).with(usage))).toMatchObject([
    { kind: 'toolCall', tool: 'exec', arguments: input, result: 'no such tool' },
  ]);
});

test('an older Codex that ends a command without its output is helped out with it', () => {
  const lines = [turn('u1'), called('c1', 'echo hi'), answered('c1', 'Process exited with code 0\nOutput:\nhi\n')];
  const ended = (id: string): Fact => ({
    type: 'item.completed',
    turn: 'trn_1',
    item: { id, kind: 'command', command: 'echo hi', status: 'completed', exitCode: 0 },
  });
  expect(told(watchedBy('0.138.0', ...lines).with(ended('c1')))).toMatchObject([{ output: 'hi\n' }]);
  expect(told(watchedBy('0.138.0', ...lines).with(ended('c2')))).toEqual(told([ended('c2')]));
  expect(told(watchedBy('0.169.0', ...lines).with(ended('c1')))).toEqual(told([ended('c1')]));
});

test('the late end of a command of an earlier turn does not make this turn’s commands be told again', () => {
  const calls = watched(turn('u1'), called('c2', 'make'), answered('c2', denied));
  const command = (id: string): { id: string; kind: 'command'; command: string; status: 'completed' } => ({
    ...{ id, kind: 'command', command: 'make', status: 'completed' },
  });
  calls.with({ type: 'turn.started', turn: 'trn_1', ref: 'u1' });
  calls.with({ type: 'item.completed', turn: 'trn_1', item: command('c2') });
  calls.with({ type: 'item.completed', turn: 'trn_0', item: command('c0') });
  expect(calls.with(usage)).toEqual([usage]);
  expect(calls.with(usage)).toEqual([usage]);
});
