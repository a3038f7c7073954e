import { describe, expect, test } from 'vitest';
import { asked, question, VERSIONS } from '../../../test/support/codex-questions.js';
import { answerBack } from './answers-back.js';

const COMMAND = 'item/commandExecution/requestApproval';
const INPUT = 'item/tool/requestUserInput';
const PERMISSIONS = 'item/permissions/requestApproval';

describe.each(VERSIONS)('what the interface of Codex %s answers', (version) => {
  test('to a command is the decision with the same name, or the rule that was offered', () => {
    const { params } = question(version, COMMAND);
    const asking = asked(COMMAND, params);
    for (const decision of ['accept', 'acceptForSession', 'decline', 'cancel'] as const) {
      expect(answerBack(asking, { decision })).toEqual({ decision });
    }
    const { proposedExecpolicyAmendment: rule } = params as { proposedExecpolicyAmendment: string[] };
    const offered = { decision: { acceptWithExecpolicyAmendment: { execpolicy_amendment: rule } } };
    expect(answerBack(asking, offered)).toEqual({ decision: 'accept', amendment: 'command' });
    const another = { decision: { acceptWithExecpolicyAmendment: { execpolicy_amendment: ['rm'] } } };
    expect(answerBack(asking, another)).toBeUndefined();
  });

  test('to a question in words is the words, and none is a no', () => {
    const { params } = question(version, INPUT);
    const asking = asked(INPUT, params);
    const [first] = (params as { questions: { id: string }[] }).questions;
    const id = first?.id ?? '';
    expect(answerBack(asking, { answers: { [id]: { answers: ['B'] } } })).toEqual({ decision: 'accept', value: { [id]: ['B'] } });
    expect(answerBack(asking, { answers: {} })).toEqual({ decision: 'decline' });
  });

  test('to a wish for permissions is what of it is granted', () => {
    const { params } = question(version, PERMISSIONS);
    const asking = asked(PERMISSIONS, params);
    const { permissions } = params as { permissions: { network: unknown } };
    expect(answerBack(asking, { permissions, scope: 'session' })).toEqual({ decision: 'acceptForSession' });
    expect(answerBack(asking, { permissions: {}, scope: 'turn' })).toEqual({ decision: 'decline' });
    expect(answerBack(asking, { permissions: { network: permissions.network }, scope: 'turn' })).toEqual({
      decision: 'accept',
      value: { network: permissions.network },
    });
    expect(answerBack(asking, { permissions: { network: { enabled: true, everything: true } }, scope: 'turn' })).toBeUndefined();
  });
});

const ELICITATION = 'mcpServer/elicitation/request';
const base = { threadId: 'T', turnId: 'U', serverName: 'fk', mode: 'form', message: 'Really?' };

test('a form is answered with what was filled in', () => {
  const asking = asked(ELICITATION, {
    ...base,
    _meta: null,
    requestedSchema: { type: 'object', properties: { name: { type: 'string' } } },
  });
  expect(answerBack(asking, { action: 'accept', content: { name: 'x' }, _meta: null })).toEqual({
    decision: 'accept',
    value: { name: 'x' },
  });
  expect(answerBack(asking, { action: 'decline', content: null })).toEqual({ decision: 'decline' });
});

test('a tool is allowed once, for the conversation or for good', () => {
  const _meta = { codex_approval_kind: 'mcp_tool_call', persist: ['session', 'always'], tool_name: 'danger', tool_params: {} };
  const asking = asked(ELICITATION, { ...base, _meta, requestedSchema: { type: 'object', properties: {} } });
  const yes = (persist?: string) => ({ action: 'accept', content: {}, _meta: persist === undefined ? null : { persist } });
  expect(answerBack(asking, yes())).toEqual({ decision: 'accept' });
  expect(answerBack(asking, yes('session'))).toEqual({ decision: 'acceptForSession' });
  expect(answerBack(asking, yes('always'))).toEqual({ decision: 'accept', amendment: 'tool' });
  expect(answerBack(asking, { action: 'dance' })).toBeUndefined();
});
