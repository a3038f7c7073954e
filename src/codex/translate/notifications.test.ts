import { describe, expect, test } from 'vitest';
import { SERVER_NOTIFICATION_METHODS } from '../generated/methods.js';
import type * as Codex from '../generated/protocol.js';
import type { Scope } from './family.js';
import { factsOf, threadOf } from './notifications.js';

const T = '01a1fb3d-661c-7181-9fc8-d2aaf7016ab9';
const U = '01a1fb3d-675c-7a20-9b95-21c26436b0c2';

/** Frames of Codex 0.169.0 as they came over the wire (shortened only where a field is not read). */
const FRAMES = `
{"method":"thread/status/changed","params":{"threadId":"${T}","status":{"type":"active","activeFlags":[]}}}
{"method":"turn/started","params":{"threadId":"${T}","turn":{"id":"${U}","rootTurnId":"${U}","items":[],"itemsView":"notLoaded","status":"inProgress","error":null,"startedAt":1795216467,"completedAt":null,"durationMs":null}}}
{"method":"item/completed","params":{"item":{"type":"userMessage","id":"um_1","clientId":"trn_1","content":[{"type":"text","text":"hi","text_elements":[]}],"startedAtMs":1,"completedAtMs":1},"threadId":"${T}","turnId":"${U}","contentTokenCount":null,"completedAtMs":1}}
{"method":"item/started","params":{"item":{"type":"reasoning","id":"rs_3","summary":[],"content":[],"startedAtMs":1,"completedAtMs":null},"threadId":"${T}","turnId":"${U}","startedAtMs":1}}
{"method":"item/reasoning/summaryPartAdded","params":{"threadId":"${T}","turnId":"${U}","itemId":"rs_3","summaryIndex":0}}
{"method":"item/reasoning/summaryTextDelta","params":{"threadId":"${T}","turnId":"${U}","itemId":"rs_3","delta":"first","summaryIndex":0}}
{"method":"item/reasoning/summaryPartAdded","params":{"threadId":"${T}","turnId":"${U}","itemId":"rs_3","summaryIndex":1}}
{"method":"item/reasoning/summaryTextDelta","params":{"threadId":"${T}","turnId":"${U}","itemId":"rs_3","delta":"second","summaryIndex":1}}
{"method":"item/completed","params":{"item":{"type":"reasoning","id":"rs_3","summary":["first","second"],"content":[],"startedAtMs":1,"completedAtMs":2},"threadId":"${T}","turnId":"${U}","contentTokenCount":null,"completedAtMs":2}}
{"method":"item/started","params":{"item":{"type":"commandExecution","id":"call_4_0","pluginId":null,"scriptPath":null,"command":"/bin/bash -lc 'echo hi'","cwd":"/lab/work","processId":"69483","source":"unifiedExecStartup","status":"inProgress","commandActions":[],"aggregatedOutput":null,"exitCode":null,"durationMs":null,"startedAtMs":1,"completedAtMs":null},"threadId":"${T}","turnId":"${U}","startedAtMs":1}}
{"method":"item/commandExecution/outputDelta","params":{"threadId":"${T}","turnId":"${U}","itemId":"call_4_0","delta":"hi\\n"}}
{"method":"item/completed","params":{"item":{"type":"commandExecution","id":"call_4_0","pluginId":null,"scriptPath":null,"command":"/bin/bash -lc 'echo hi'","cwd":"/lab/work","processId":"69483","source":"unifiedExecStartup","status":"completed","commandActions":[],"aggregatedOutput":"hi\\n","exitCode":0,"durationMs":7,"startedAtMs":1,"completedAtMs":2},"threadId":"${T}","turnId":"${U}","contentTokenCount":null,"completedAtMs":2}}
{"method":"item/completed","params":{"item":{"type":"fileChange","id":"call_22_0","changes":[{"path":"/lab/work/p2.txt","kind":{"type":"add"},"diff":"hello\\n"}],"status":"declined","startedAtMs":1,"completedAtMs":2},"threadId":"${T}","turnId":"${U}","contentTokenCount":null,"completedAtMs":2}}
{"method":"turn/diff/updated","params":{"threadId":"${T}","turnId":"${U}","diff":"diff --git a/foo.txt b/foo.txt\\n"}}
{"method":"item/completed","params":{"item":{"type":"mcpToolCall","id":"call_13_0","server":"fk","tool":"danger","status":"failed","arguments":{},"appContext":null,"mcpAppUi":null,"pluginId":null,"readOnlyHint":false,"result":null,"error":{"message":"user rejected MCP tool call"},"durationMs":0,"startedAtMs":1,"completedAtMs":2},"threadId":"${T}","turnId":"${U}","contentTokenCount":null,"completedAtMs":2}}
{"method":"item/agentMessage/delta","params":{"threadId":"${T}","turnId":"${U}","itemId":"msg_1","delta":"hel"}}
{"method":"item/completed","params":{"item":{"type":"agentMessage","moderation":null,"id":"msg_1","text":"hello","phase":"final_answer","memoryCitation":null,"delivery":null,"questions":null,"startedAtMs":1,"completedAtMs":2},"threadId":"${T}","turnId":"${U}","contentTokenCount":null,"completedAtMs":2}}
{"method":"thread/tokenUsage/updated","params":{"threadId":"${T}","turnId":"${U}","tokenUsage":{"total":{"totalTokens":120,"inputTokens":100,"cachedInputTokens":10,"cacheWriteInputTokens":0,"outputTokens":20,"reasoningOutputTokens":5},"last":{"totalTokens":120,"inputTokens":100,"cachedInputTokens":10,"cacheWriteInputTokens":0,"outputTokens":20,"reasoningOutputTokens":5},"modelContextWindow":258400}}}
{"method":"account/rateLimits/updated","params":{"rateLimits":{"limitId":"codex","limitName":null,"primary":null}}}
{"method":"turn/completed","params":{"threadId":"${T}","turn":{"id":"${U}","rootTurnId":"${U}","items":[],"itemsView":"summary","status":"completed","error":null,"startedAt":1795216467,"completedAt":1795216467,"durationMs":118}}}
`;

const scope: Scope = { turn: (native) => (native === U ? 'trn_1' : undefined), usage: () => null, lastError: () => null };

function translate(text: string, by: Scope = scope): unknown[] {
  const frames = text.trim().split('\n');
  return frames.flatMap((line) => {
    const { method, params } = JSON.parse(line) as { method: string; params: unknown };
    return [...factsOf(method, params, by)];
  });
}

describe('notifications', () => {
  test('a recorded turn becomes facts in the order of the wire', () => {
    const tokens = { inputTokens: 100, cachedInputTokens: 10, outputTokens: 20, reasoningTokens: 5, totalTokens: 120 };
    const turn = 'trn_1';
    expect(translate(FRAMES)).toEqual([
      { type: 'turn.started', turn, ref: U },
      { type: 'item.completed', turn, item: { id: 'um_1', kind: 'userMessage', text: 'hi', turn: 'trn_1' } },
      { type: 'item.started', turn, item: { id: 'rs_3', kind: 'reasoning', text: '' } },
      { type: 'item.delta', turn, item: 'rs_3', kind: 'reasoning', text: 'first' },
      { type: 'item.delta', turn, item: 'rs_3', kind: 'reasoning', text: '\n\n' },
      { type: 'item.delta', turn, item: 'rs_3', kind: 'reasoning', text: 'second' },
      { type: 'item.completed', turn, item: { id: 'rs_3', kind: 'reasoning', text: 'first\n\nsecond' } },
      {
        type: 'item.started',
        turn,
        item: { id: 'call_4_0', kind: 'command', command: "/bin/bash -lc 'echo hi'", cwd: '/lab/work', status: 'inProgress' },
      },
      { type: 'item.delta', turn, item: 'call_4_0', kind: 'output', text: 'hi\n' },
      {
        type: 'item.completed',
        turn,
        item: {
          id: 'call_4_0',
          kind: 'command',
          command: "/bin/bash -lc 'echo hi'",
          cwd: '/lab/work',
          status: 'completed',
          exitCode: 0,
          output: 'hi\n',
          durationMs: 7,
        },
      },
      {
        type: 'item.completed',
        turn,
        item: {
          id: 'call_22_0',
          kind: 'fileChange',
          status: 'declined',
          changes: [{ path: '/lab/work/p2.txt', kind: 'add', diff: 'hello\n' }],
        },
      },
      { type: 'diff', turn, diff: 'diff --git a/foo.txt b/foo.txt\n' },
      {
        type: 'item.completed',
        turn,
        item: {
          id: 'call_13_0',
          kind: 'toolCall',
          server: 'fk',
          tool: 'danger',
          arguments: {},
          status: 'failed',
          error: 'user rejected MCP tool call',
          durationMs: 0,
        },
      },
      { type: 'item.delta', turn, item: 'msg_1', kind: 'text', text: 'hel' },
      { type: 'item.completed', turn, item: { id: 'msg_1', kind: 'agentMessage', text: 'hello', phase: 'final' } },
      { type: 'usage', turn, total: tokens, last: tokens, contextWindow: 258400 },
      { type: 'turn.completed', turn, usage: null },
    ]);
  });

  test('nothing of a turn that is not ours comes out', () => {
    expect(translate(FRAMES, { ...scope, turn: () => undefined })).toEqual([]);
  });

  test('a retried error is no end, and one that is not retried only explains the end that follows', () => {
    const error = (willRetry: boolean) =>
      `{"method":"error","params":{"error":{"message":"Reconnecting... 1/2","codexErrorInfo":{"responseStreamDisconnected":{"httpStatusCode":429}},"additionalDetails":"exceeded retry limit, last status: 429 Too Many Requests","misalignment":null},"willRetry":${willRetry},"threadId":"${T}","turnId":"${U}"}}`;
    expect(translate(error(true))).toEqual([
      { type: 'turn.retrying', turn: 'trn_1', message: 'Reconnecting... 1/2: exceeded retry limit, last status: 429 Too Many Requests' },
    ]);
    expect(translate(error(false))).toEqual([]);
  });

  test('a failed turn without an error of its own takes the last one that was reported', () => {
    const failed = `{"method":"turn/completed","params":{"threadId":"${T}","turn":{"id":"${U}","items":[],"itemsView":"summary","status":"failed","error":null,"startedAt":1,"completedAt":1,"durationMs":1}}}`;
    const lastError: Codex.TurnError = {
      message: 'Quota exceeded.',
      codexErrorInfo: 'usageLimitExceeded',
      additionalDetails: null,
      misalignment: null,
    };
    expect(translate(failed, { ...scope, lastError: () => lastError })).toEqual([
      { type: 'turn.failed', turn: 'trn_1', error: { code: 'quota', message: 'Quota exceeded.', retryable: false } },
    ]);
  });

  test('what a newer Codex says is kept raw, and so is a known message whose shape cannot be read', () => {
    expect(factsOf('thread/dreams/updated', { threadId: T, dream: 'sheep' }, scope)).toEqual([
      { type: 'raw', turn: undefined, method: 'thread/dreams/updated', params: { threadId: T, dream: 'sheep' } },
    ]);
    expect(factsOf('item/completed', { threadId: T, turnId: U }, scope)).toEqual([
      { type: 'raw', turn: 'trn_1', method: 'item/completed', params: { threadId: T, turnId: U } },
    ]);
    const item = { type: 'hologram', id: 'h1', startedAtMs: 1, completedAtMs: 2 };
    expect(factsOf('item/completed', { threadId: T, turnId: U, item }, scope)).toEqual([
      { type: 'item.completed', turn: 'trn_1', item: { id: 'h1', kind: 'other', type: 'hologram', raw: item } },
    ]);
  });

  test('no known method makes translation throw, whatever it carries', () => {
    for (const method of SERVER_NOTIFICATION_METHODS) expect(Array.isArray(factsOf(method, null, scope))).toBe(true);
  });

  test('a message names its thread by id or by the thread in it', () => {
    expect([threadOf({ threadId: T }), threadOf({ thread: { id: T } }), threadOf({}), threadOf(null)]).toEqual([
      T,
      T,
      undefined,
      undefined,
    ]);
  });
});
