import { describe, expect, test } from 'vitest';
import type { ApprovalAnswer } from '../../contract/approval.js';
import { SERVER_REQUEST_METHODS } from '../generated/methods.js';
import { type AskContext, type Verdict, verdictOf } from './approvals.js';

const T = '01a1fb3e-5d5e-7012-b1d0-0561518e163c';
const U = '01a1fb3e-5d79-7f92-8863-80afdc6d172d';
const at = { threadId: T, turnId: U, startedAtMs: 1795216530933 };
const context: AskContext = { requestId: 0, now: 1_795_216_530_933, changes: () => undefined, mcpCall: () => undefined, hasTool: () => false };

function asked(method: string, params: unknown, by: AskContext = context): Extract<Verdict, { kind: 'ask' }> {
  const verdict = verdictOf(method, params, by);
  if (verdict.kind !== 'ask') throw new Error(`${method} is no question: ${verdict.kind}`);
  return verdict;
}

const COMMAND = {
  ...at,
  kind: 'command',
  itemId: 'call_1_0',
  environmentId: 'local',
  command: "/bin/bash -lc 'touch a1'",
  cwd: '/lab/work',
  commandActions: [],
  availableDecisions: ['accept', 'cancel'],
};
const PERMISSIONS = {
  ...at,
  itemId: 'call_23_0',
  environmentId: 'local',
  cwd: '/lab/work',
  reason: 'need net',
  permissions: { network: { enabled: true }, fileSystem: null },
};
const INPUT = {
  ...at,
  itemId: 'call_21_0',
  questions: [
    { id: 'q1', header: 'Hdr', question: 'Which?', isOther: true, isSecret: false, options: [{ label: 'A', description: 'a' }] },
    { id: 'q2', header: '', question: 'Key?', isOther: false, isSecret: true, options: null },
  ],
  isBlocking: false,
  autoResolutionMs: null,
};
const TOOL = {
  threadId: T,
  turnId: U,
  serverName: 'fk',
  mode: 'form',
  _meta: { codex_approval_kind: 'mcp_tool_call', persist: ['session', 'always'] },
  message: 'Allow the fk MCP server to run tool "danger"?',
  requestedSchema: { type: 'object', properties: {} },
};

describe('questions', () => {
  test('a command asks with its text, and every decision goes back by its name', () => {
    const verdict = asked('item/commandExecution/requestApproval', COMMAND);
    expect(verdict.turn).toBe(U);
    expect(verdict.ask).toEqual({
      kind: 'command',
      title: "Run /bin/bash -lc 'touch a1'?",
      item: 'call_1_0',
      command: "/bin/bash -lc 'touch a1'",
      cwd: '/lab/work',
      decisions: ['accept', 'acceptForSession', 'decline', 'cancel'],
    });
    expect(verdict.reply({ decision: 'acceptForSession' })).toEqual({ decision: 'acceptForSession' });
  });

  test('a question has the same ref when it comes again, and another one when another request asks', () => {
    const first = asked('item/commandExecution/requestApproval', COMMAND);
    expect(asked('item/commandExecution/requestApproval', COMMAND).ref).toBe(first.ref);
    expect(asked('item/commandExecution/requestApproval', COMMAND, { ...context, requestId: 1 }).ref).not.toBe(first.ref);
  });

  test('a file change shows the changes of the item that was started before', () => {
    const changes = [{ path: '/lab/work/p2.txt', kind: 'add' as const, diff: 'hello\n' }];
    const by = { ...context, changes: (item: string) => (item === 'call_22_0' ? changes : undefined) };
    const { ask } = asked('item/fileChange/requestApproval', { ...at, itemId: 'call_22_0', reason: null, grantRoot: null }, by);
    expect(ask).toMatchObject({ kind: 'fileChange', title: 'Change /lab/work/p2.txt?', changes });
  });

  test('permissions are granted as asked, for the turn or the session, or not at all', () => {
    const { reply } = asked('item/permissions/requestApproval', PERMISSIONS);
    expect(reply({ decision: 'accept' })).toEqual({ permissions: { network: { enabled: true } }, scope: 'turn' });
    expect(reply({ decision: 'acceptForSession' })).toEqual({ permissions: { network: { enabled: true } }, scope: 'session' });
    expect(reply({ decision: 'decline' })).toEqual({ permissions: {}, scope: 'turn' });
  });

  test.each<[string, ApprovalAnswer, unknown]>([
    ['by question', { decision: 'accept', value: { q1: 'B', q2: ['x', 'y'] } }, { q1: { answers: ['B'] }, q2: { answers: ['x', 'y'] } }],
    ['in the words of Codex', { decision: 'accept', value: { answers: { q1: { answers: ['B'] } } } }, { q1: { answers: ['B'] } }],
    ['as one text', { decision: 'accept', value: 'B' }, { q1: { answers: ['B'] } }],
    ['with nothing', { decision: 'accept' }, {}],
    ['with a no', { decision: 'decline', value: 'B' }, {}],
  ])('questions to the user are answered %s', (_how, answer, answers) => {
    const { ask, reply } = asked('item/tool/requestUserInput', INPUT);
    expect(ask.questions).toEqual([
      { id: 'q1', header: 'Hdr', question: 'Which?', options: [{ label: 'A', description: 'a' }] },
      { id: 'q2', question: 'Key?', secret: true },
    ]);
    expect(reply(answer)).toEqual({ answers });
  });

  test('an elicitation passes its schema on and takes the value back', () => {
    const { ask, reply } = asked('mcpServer/elicitation/request', TOOL);
    expect(ask).toMatchObject({ kind: 'elicitation', title: TOOL.message, decisions: ['accept', 'acceptForSession', 'decline', 'cancel'] });
    expect(reply({ decision: 'accept' })).toEqual({ action: 'accept', content: null, _meta: null });
    expect(reply({ decision: 'decline', value: 'x' })).toEqual({ action: 'decline', content: null, _meta: null });
    const other = asked('mcpServer/elicitation/request', { ...TOOL, _meta: null });
    expect(other.ask.decisions).toEqual(['accept', 'decline', 'cancel']);
    expect(other.reply({ decision: 'accept', value: { name: 'Bob' } })).toEqual({
      action: 'accept',
      content: { name: 'Bob' },
      _meta: null,
    });
  });
});

describe('requests that no person is asked about', () => {
  test('a tool of the host is answered as not available, and the time is told', () => {
    const call = { threadId: T, turnId: U, callId: 'call_27_0', namespace: null, tool: 'host_lookup', arguments: { q: 'x' } };
    expect(verdictOf('item/tool/call', call, context)).toMatchObject({ kind: 'reply', result: { success: false } });
    expect(verdictOf('currentTime/read', { threadId: T }, context)).toEqual({ kind: 'reply', result: { currentTimeAt: 1_795_216_530 } });
  });

  test('tokens and attestations are refused, and the old approvals denied', () => {
    expect(verdictOf('account/chatgptAuthTokens/refresh', { reason: 'unauthorized' }, context)).toMatchObject({ kind: 'refuse' });
    expect(verdictOf('attestation/generate', {}, context)).toMatchObject({ kind: 'refuse' });
    expect(verdictOf('execCommandApproval', {}, context)).toMatchObject({ result: { decision: { denied: {} } } });
    expect(verdictOf('applyPatchApproval', {}, context)).toMatchObject({ result: { decision: { denied: {} } } });
  });

  test('what is unknown or cannot be read is refused, never left hanging', () => {
    expect(verdictOf('item/dream/requestApproval', {}, context)).toMatchObject({ kind: 'refuse', code: -32601 });
    for (const method of SERVER_REQUEST_METHODS) expect(['refuse', 'reply', 'ask']).toContain(verdictOf(method, null, context).kind);
    expect(verdictOf('item/fileChange/requestApproval', null, context)).toMatchObject({ kind: 'refuse' });
  });
});
