/** What a process could do to a conversation, and what is made of it. */

import { expect, test } from 'vitest';
import { FactEar } from '../../../test/support/fact-ear.js';
import { OPENED, type PlayedTalk, playedTalk, startOf } from '../../../test/support/played-mcp.js';
import { McpThread } from './thread.js';

const THREAD = 'codex-thread';

/** A conversation whose first turn runs as `native`. */
async function begun(turn = 'trn_1', native = '2'): Promise<PlayedTalk> {
  const played = playedTalk();
  const { conversation, server } = played;
  const starting = conversation.start(startOf(turn, 'hello'));
  await server.called(1);
  conversation.hear(2, '', { type: 'session_configured', thread_id: THREAD });
  conversation.hear(2, native, { type: 'task_started', turn_id: native });
  expect(await starting).toBe(`${THREAD}/${native}`);
  return played;
}

test('the first message goes to the tool codex with all that the conversation is given, the others to codex-reply', async () => {
  const { conversation, server, ear } = await begun();
  conversation.hear(2, '2', { type: 'task_complete', turn_id: '2' });
  await ear.ended('trn_1');
  const second = conversation.start(startOf('trn_2', 'more'));
  await server.called(2);
  conversation.hear(3, 'n2', { type: 'task_started', turn_id: 'n2' });
  expect(await second).toBe('n2');
  expect(server.calls).toEqual([
    { id: 2, tool: 'codex', args: { cwd: '/place/work', prompt: 'hello' } },
    { id: 3, tool: 'codex-reply', args: { threadId: THREAD, prompt: 'more' } },
  ]);
});

test('a result that is an error is a failed turn and no text, before a turn began and without a word of the events', async () => {
  const early = playedTalk();
  const starting = early.conversation.start(startOf('trn_1', 'hello'));
  await early.server.called(1);
  early.server.answer(2, { text: 'Failed to load Codex configuration', isError: true });
  await expect(starting).rejects.toMatchObject({ code: 'runtime-failed', message: 'Failed to load Codex configuration' });
  const { conversation, server, ear } = await begun();
  server.answer(2, { text: 'Codex runtime error: 401 Unauthorized', isError: true });
  expect(await ear.ended('trn_1')).toMatchObject({ type: 'turn.failed', error: { code: 'auth', message: /401/ } });
  expect(ear.said('trn_1')).toEqual([]);
  const next = conversation.start(startOf('trn_2', 'on'));
  await server.called(2);
  expect(server.calls[1]).toMatchObject({ tool: 'codex-reply' });
  conversation.end({ type: 'ended', how: 'exited', message: 'gone', exitCode: 1, signal: null, stderrTail: '' });
  await expect(next).rejects.toMatchObject({ code: 'unavailable' });
});

test('after an error the way is cleared before the next message, and what clears it is none of ours', async () => {
  const { conversation, server, ear } = await begun();
  conversation.hear(2, '2', { type: 'error', message: 'no', codex_error_info: { http_connection_failed: { http_status_code: 503 } } });
  server.answer(2, { text: 'no', isError: true });
  expect(await ear.ended('trn_1')).toMatchObject({ type: 'turn.failed', error: { code: 'overloaded', retryable: true } });
  const next = conversation.start(startOf('trn_2', 'on'));
  await server.called(2);
  expect(server.calls[1]?.args).not.toMatchObject({ prompt: 'on' });
  // The end of the failed turn, which the call takes for its own.
  conversation.hear(3, '2', { type: 'task_complete', turn_id: '2' });
  server.answer(3, { text: '', isError: false });
  await server.called(3);
  expect(server.cancelled).toEqual([2]);
  expect(server.calls[2]?.args).toMatchObject({ prompt: 'on' });
  conversation.hear(4, 'cleared', { type: 'task_started', turn_id: 'cleared' });
  conversation.hear(4, 'cleared', { type: 'turn_aborted', turn_id: 'cleared', reason: 'interrupted' });
  conversation.hear(4, 'real', { type: 'task_started', turn_id: 'real' });
  conversation.hear(4, 'real', { type: 'item_started', item: { type: 'UserMessage', id: 'u', content: [{ type: 'text', text: 'on' }] } });
  expect(await next).toBe('real');
  conversation.hear(4, 'real', { type: 'task_complete', turn_id: 'real' });
  expect(await ear.ended('trn_2')).toMatchObject({ type: 'turn.completed' });
  expect(ear.of('turn.started').map(({ ref }) => ref)).toEqual([`${THREAD}/2`, 'real']);
});

test('what clears the way may be put into the failed turn, and the next message is waited for', async () => {
  const { conversation, server, ear } = await begun();
  conversation.hear(2, '2', { type: 'error', message: 'no' });
  await ear.ended('trn_1');
  const next = conversation.start(startOf('trn_2', 'on'));
  await server.called(2);
  conversation.hear(3, '2', { type: 'user_message', message: server.calls[1]?.args['prompt'] });
  expect(server.calls.length).toBe(2);
  conversation.hear(3, '2', { type: 'task_complete', turn_id: '2' });
  await server.called(3);
  conversation.hear(4, 'real', { type: 'task_started', turn_id: 'real' });
  conversation.hear(4, 'real', { type: 'user_message', message: 'on' });
  expect(await next).toBe('real');
});

test('a turn whose way is being cleared is given up by an interrupt, and the one behind it waits until it is clear', async () => {
  const { conversation, server, ear } = await begun();
  conversation.hear(2, '2', { type: 'error', message: 'no' });
  await ear.ended('trn_1');
  const given = conversation.start(startOf('trn_2', 'up'));
  const next = conversation.start(startOf('trn_3', 'on'));
  await server.called(2);
  await ear.thread.interrupt('trn_2');
  await expect(given).rejects.toMatchObject({ code: 'cancelled' });
  for (let tick = 0; tick < 20; tick++) await Promise.resolve();
  expect(server.calls.length).toBe(2);
  conversation.hear(3, '2', { type: 'task_complete', turn_id: '2' });
  await server.called(3);
  expect(server.calls[2]?.args).toMatchObject({ prompt: 'on' });
  conversation.hear(4, 'real', { type: 'task_started', turn_id: 'real' });
  conversation.hear(4, 'real', { type: 'user_message', message: 'on' });
  expect(await next).toBe('real');
});

test('a failed turn of which another call still tells has ended with its end, so that nothing is put into it', async () => {
  const { conversation, server, ear } = await begun();
  await ear.thread.interrupt('trn_1');
  conversation.hear(2, '2', { type: 'turn_aborted', turn_id: '2', reason: 'interrupted' });
  await ear.ended('trn_1');
  const second = conversation.start(startOf('trn_2', 'more'));
  await server.called(2);
  conversation.hear(3, 'n2', { type: 'task_started', turn_id: 'n2' });
  await second;
  conversation.hear(3, 'n2', { type: 'error', message: 'quota exceeded' });
  server.answer(3, { text: 'quota exceeded', isError: true });
  void conversation.start(startOf('trn_3', 'on'));
  for (let tick = 0; tick < 20; tick++) await Promise.resolve();
  expect(server.calls.length).toBe(2);
  conversation.hear(2, 'n2', { type: 'task_complete', turn_id: 'n2' });
  expect(await ear.ended('trn_2')).toMatchObject({ type: 'turn.failed', error: { code: 'quota' } });
  await server.called(3);
  expect(server.calls[2]?.args).toMatchObject({ prompt: 'on' });
});

test('a call that stops with the end of another turn is a failure that is told, and the next message has its way cleared', async () => {
  const { conversation, server, ear } = await begun();
  conversation.hear(2, 'strange', { type: 'task_complete', turn_id: 'strange' });
  server.answer(2, { text: '', isError: false });
  expect(await ear.ended('trn_1')).toMatchObject({ type: 'turn.failed', error: { code: 'internal', retryable: true } });
  void conversation.start(startOf('trn_2', 'on'));
  await server.called(2);
  expect(server.calls[1]?.args).not.toMatchObject({ prompt: 'on' });
  // It listens to the turn that went on, and that is stopped now.
  conversation.hear(3, '2', { type: 'warning', message: 'still here' });
  for (let tick = 0; tick < 20; tick++) await Promise.resolve();
  expect(server.cancelled).toEqual([3]);
  conversation.hear(3, '2', { type: 'turn_aborted', turn_id: '2', reason: 'interrupted' });
  await server.called(3);
  expect(server.calls[2]?.args).toMatchObject({ prompt: 'on' });
  conversation.hear(4, 'real', { type: 'task_started', turn_id: 'real' });
  conversation.hear(4, 'real', { type: 'user_message', message: 'on' });
  expect((await ear.until('turn.started')).ref).toBe('real');
});

test('where two calls tell of a turn, its end waits for what the other one still holds, and text comes as messages', async () => {
  const { conversation, server, ear } = await begun();
  await ear.thread.interrupt('trn_1');
  conversation.hear(2, '2', { type: 'turn_aborted', turn_id: '2', reason: 'interrupted' });
  await ear.ended('trn_1');
  void conversation.start(startOf('trn_2', 'more'));
  await server.called(2);
  let open: () => void = () => undefined;
  server.gate = new Promise((resolve) => {
    open = resolve;
  });
  const item = { type: 'AgentMessage', id: 'm', content: [{ type: 'Text', text: 'said' }] };
  conversation.hear(3, 'n2', { type: 'task_started', turn_id: 'n2' });
  conversation.hear(2, 'n2', { type: 'agent_message_content_delta', item_id: 'm', delta: 'id' });
  conversation.hear(3, 'n2', { type: 'task_complete', turn_id: 'n2' });
  conversation.hear(2, 'n2', { type: 'item_completed', item });
  open();
  expect(await ear.ended('trn_2')).toMatchObject({ type: 'turn.completed' });
  expect(ear.said('trn_2')).toEqual(['said']);
  expect(ear.of('item.delta')).toEqual([]);
});

test('what waits in line is given up by an interrupt, and by letting go of the conversation', async () => {
  const { conversation, server, ear } = await begun();
  const [second, third] = ['trn_2', 'trn_3'].map((turn) => conversation.start(startOf(turn, 'x')));
  await ear.thread.interrupt('trn_2');
  await expect(second).rejects.toMatchObject({ code: 'cancelled' });
  await ear.thread[Symbol.asyncDispose]();
  await expect(third).rejects.toMatchObject({ code: 'unavailable' });
  expect(server.calls.length).toBe(1);
});

test('an interrupt before the turn has begun waits for its beginning', async () => {
  const { conversation, server, ear } = playedTalk();
  const starting = conversation.start(startOf('trn_1', 'hello'));
  await server.called(1);
  await ear.thread.interrupt('trn_1');
  expect(server.cancelled).toEqual([]);
  conversation.hear(2, '', { type: 'session_configured', session_id: THREAD });
  conversation.hear(2, '2', { type: 'task_started', turn_id: '2' });
  await starting;
  expect(server.cancelled).toEqual([2]);
});

test('what is not known is kept as it is, bits of other turns are not, and half a character waits for its other half', async () => {
  const { conversation, ear } = await begun();
  conversation.hear(2, '2', { type: 'brand_new', what: 1 });
  conversation.hear(2, 'foreign', { type: 'brand_new', what: 2 });
  const bytes = Buffer.from('ä');
  for (const half of [bytes.subarray(0, 1), bytes.subarray(1)]) {
    conversation.hear(2, '2', { type: 'exec_command_output_delta', call_id: 'c', chunk: half.toString('base64') });
  }
  conversation.hear(2, '', { type: 'mcp_startup_update', server: 'notes', status: { state: 'failed', error: 'no such file' } });
  conversation.hear(2, '2', { type: 'task_complete', turn_id: '2' });
  await ear.ended('trn_1');
  expect(ear.heard.slice(1)).toEqual([
    { type: 'raw', turn: 'trn_1', method: 'codex/event/session_configured', params: { thread_id: THREAD } },
    { type: 'raw', turn: 'trn_1', method: 'codex/event/brand_new', params: { type: 'brand_new', what: 1 } },
    { type: 'item.delta', turn: 'trn_1', item: 'c', kind: 'output', text: 'ä' },
    { type: 'warning', message: 'the MCP server notes did not start: no such file' },
    { type: 'turn.completed', turn: 'trn_1', usage: null },
  ]);
});

test('the end of a command that comes behind the end of its turn is told once', async () => {
  const { conversation, server, ear } = await begun();
  const command = { call_id: 'c', command: ['ls'], cwd: '/place/work' };
  const asked = { type: 'function_call', call_id: 'd', arguments: '{"cmd":"pwd"}' };
  conversation.hear(2, '2', { type: 'exec_command_begin', ...command });
  conversation.hear(2, '2', { type: 'raw_response_item', item: asked });
  const output = 'Wall time: 0\nProcess exited with code 0\nOutput:\n/place\n';
  conversation.hear(2, '2', { type: 'raw_response_item', item: { type: 'function_call_output', call_id: 'd', output } });
  conversation.hear(2, '2', { type: 'task_complete', turn_id: '2' });
  await ear.ended('trn_1');
  // Never told of as a command, but the model was told how it ended.
  expect(ear.of('item.completed')).toMatchObject([
    { item: { id: 'd', command: 'pwd', exitCode: 0, output: '/place\n', status: 'completed' } },
  ]);
  const next = conversation.start(startOf('trn_2', 'more'));
  await server.called(2);
  conversation.hear(3, '2', { type: 'exec_command_output_delta', call_id: 'c', chunk: 'YQ==' });
  conversation.hear(3, 'n2', { type: 'task_started', turn_id: 'n2' });
  await next;
  conversation.hear(3, '2', { type: 'exec_command_end', ...command, exit_code: 0, aggregated_output: 'a', status: 'completed' });
  conversation.hear(3, '2', { type: 'exec_command_end', ...command, call_id: 'd', exit_code: 0, status: 'completed' });
  await ear.thread[Symbol.asyncDispose]();
  await ear.until('ended');
  expect(ear.of('item.completed').map(({ turn, item }) => [turn, item.id])).toEqual([
    ['trn_1', 'd'],
    ['trn_1', 'c'],
  ]);
  expect(ear.of('item.delta')).toEqual([]);
});

test('what a session is given later does not reach a conversation that has begun, and that is said', async () => {
  const { conversation, ear } = await begun();
  await ear.thread[Symbol.asyncDispose]();
  const thread = new McpThread(conversation, { opened: 'resumed', version: '0.138.0' });
  conversation.attach(thread, OPENED, { cwd: '/place/work', 'developer-instructions': 'new' });
  expect(await new FactEar(thread).until('warning')).toMatchObject({ message: /first message only/ });
});

test('a question of a turn that is over, or of a kind that is not known, is answered with a no', async () => {
  const { conversation } = await begun();
  const question = { codex_elicitation: 'exec-approval', codex_event_id: 'old', threadId: THREAD, codex_call_id: 'c' };
  expect(await conversation.ask(question, '0')).toEqual({ decision: 'denied' });
  expect(await conversation.ask({ ...question, codex_elicitation: 'other', codex_event_id: '2' }, '1')).toEqual({ decision: 'denied' });
});
