import { describe, expect, test } from 'vitest';
import { asked, CONTEXT, question, VERSIONS } from '../../../test/support/codex-questions.js';
import { SERVER_REQUEST_METHODS } from '../generated/methods.js';
import { verdictOf } from './approvals.js';

const COMMAND = 'item/commandExecution/requestApproval';
const FILE_CHANGE = 'item/fileChange/requestApproval';
const CALL = 'item/tool/call';

describe.each(VERSIONS)('questions of Codex %s', (version) => {
  test('a file change shows the changes of the item that was started before', () => {
    const { params } = question(version, FILE_CHANGE);
    const changes = [{ path: '/lab/work/p2.txt', kind: 'add' as const, diff: 'hello\n' }];
    const { ask, reply } = asked(FILE_CHANGE, params, { changes: (item) => (item === params['itemId'] ? changes : undefined) });
    expect(ask).toEqual({
      kind: 'fileChange',
      title: 'Change /lab/work/p2.txt?',
      item: params['itemId'],
      changes,
      decisions: ['accept', 'acceptForSession', 'decline', 'cancel'],
    });
    expect(reply({ decision: 'decline' })).toEqual({ decision: 'decline' });
  });

  test('a call of a tool of ours asks for its result', () => {
    const { params } = question(version, CALL);
    const { ask, reply, turn } = asked(CALL, params);
    expect(turn).toBe(params['turnId']);
    expect(ask).toEqual({
      kind: 'dynamicTool',
      title: 'The agent calls the tool host_lookup',
      item: 'call_27_0',
      tool: 'host_lookup',
      arguments: { q: 'x' },
      decisions: ['accept', 'decline'],
    });
    expect(reply({ decision: 'accept', value: 'host says 42' })).toEqual({
      success: true,
      contentItems: [{ type: 'inputText', text: 'host says 42' }],
    });
  });
});

describe('questions', () => {
  test('a question has the same ref when it comes again, and another one when another request asks', () => {
    const { params } = question('0.169.0', COMMAND);
    const { ref } = asked(COMMAND, params);
    expect(asked(COMMAND, params).ref).toBe(ref);
    expect(asked(COMMAND, params, { requestId: 1 }).ref).not.toBe(ref);
    expect(asked(COMMAND, { ...params, turnId: 'another' }).ref).not.toBe(ref);
  });

  test('a file change that would open a whole folder says so', () => {
    const { params } = question('0.169.0', FILE_CHANGE);
    const { ask } = asked(FILE_CHANGE, { ...params, grantRoot: '/lab' });
    expect(ask.effect).toMatch(/write anywhere below \/lab for the rest/);
    expect(ask.permissions).toEqual({ grantRoot: '/lab' });
    expect(asked(FILE_CHANGE, params).ask.title).toBe('Change files?');
  });
});

describe('requests that no person is asked about', () => {
  test('a call of a tool that is not ours is answered at once, also when its name is ours in a namespace', () => {
    const { params } = question('0.169.0', CALL);
    for (const call of [
      { ...params, tool: 'other' },
      { ...params, namespace: 'theirs' },
    ]) {
      expect(verdictOf(CALL, call, CONTEXT)).toMatchObject({ kind: 'reply', result: { success: false } });
    }
  });

  test('the time is told', () => {
    expect(verdictOf('currentTime/read', { threadId: 't' }, CONTEXT)).toEqual({ kind: 'reply', result: { currentTimeAt: 1_795_216_530 } });
  });

  test('tokens and attestations are refused, and the old approvals denied', () => {
    expect(verdictOf('account/chatgptAuthTokens/refresh', { reason: 'unauthorized' }, CONTEXT)).toMatchObject({ kind: 'refuse' });
    expect(verdictOf('attestation/generate', {}, CONTEXT)).toMatchObject({ kind: 'refuse' });
    expect(verdictOf('execCommandApproval', {}, CONTEXT)).toMatchObject({ result: { decision: { denied: {} } } });
    expect(verdictOf('applyPatchApproval', {}, CONTEXT)).toMatchObject({ result: { decision: { denied: {} } } });
  });

  test('what is unknown or cannot be read is refused, never left hanging', () => {
    expect(verdictOf('item/dream/requestApproval', {}, CONTEXT)).toMatchObject({ kind: 'refuse', code: -32601 });
    for (const method of SERVER_REQUEST_METHODS) expect(verdictOf(method, null, CONTEXT).kind).not.toBe('ask');
  });
});
