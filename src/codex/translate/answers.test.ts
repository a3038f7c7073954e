import { describe, expect, test } from 'vitest';
import { asked, question, VERSIONS } from '../../../test/support/codex-questions.js';
import type { ApprovalAnswer } from '../../contract/approval.js';
import { toolReply, userInputReply } from './answers.js';

const PERMISSIONS = 'item/permissions/requestApproval';
const INPUT = 'item/tool/requestUserInput';
const entry = (path: string, access = 'write') => ({ path: { type: 'path', path }, access });
const EXTRA = { read: null, write: ['/lab/extra'], entries: [entry('/lab/extra')] };
const NETWORK = { enabled: true };

describe.each(VERSIONS)('permissions of Codex %s', (version) => {
  const { params } = question(version, PERMISSIONS);
  const { ask, reply } = asked(PERMISSIONS, params);

  test('are shown as they are asked for', () => {
    expect(ask).toEqual({
      kind: 'permissions',
      title: 'The agent asks for more permissions',
      item: 'call_23_0',
      cwd: '/lab/work',
      reason: 'need net',
      permissions: { network: NETWORK, fileSystem: EXTRA },
      effect: 'A yes gives this to every command until the turn ends, acceptForSession until the conversation ends.',
      decisions: ['accept', 'acceptForSession', 'decline'],
    });
  });

  test.each<[string, ApprovalAnswer, unknown]>([
    ['whole', { decision: 'accept' }, { permissions: { network: NETWORK, fileSystem: EXTRA }, scope: 'turn' }],
    ['whole for the session', { decision: 'acceptForSession' }, { permissions: { network: NETWORK, fileSystem: EXTRA }, scope: 'session' }],
    ['in part', { decision: 'accept', value: { network: NETWORK } }, { permissions: { network: NETWORK }, scope: 'turn' }],
    [
      'by the old lists',
      { decision: 'accept', value: { fileSystem: { write: ['/lab/extra'] } } },
      { permissions: { fileSystem: EXTRA }, scope: 'turn' },
    ],
    [
      'by entries',
      { decision: 'acceptForSession', value: { fileSystem: { entries: [entry('/lab/extra')] } } },
      { permissions: { fileSystem: EXTRA }, scope: 'session' },
    ],
    ['not at all', { decision: 'decline', value: { network: NETWORK } }, { permissions: {}, scope: 'turn' }],
  ])('are granted %s', (_how, answer, granted) => {
    expect(reply(answer)).toEqual(granted);
  });

  test('are never more than what was asked for, whatever the value says', () => {
    const value = {
      network: { enabled: false },
      fileSystem: { read: ['/'], write: ['/'], entries: [entry('/'), entry('/lab/extra', 'read')] },
    };
    expect(reply({ decision: 'accept', value })).toEqual({ permissions: {}, scope: 'turn' });
    expect(reply({ decision: 'accept', value: 'all' })).toEqual({ permissions: {}, scope: 'turn' });
  });
});

test('what a request for permissions holds back stays held back, also when only a part is granted', () => {
  const { params } = question('0.169.0', PERMISSIONS);
  const secret = entry('/lab/extra/secret', 'deny');
  const asks = {
    network: null,
    fileSystem: { read: ['/a', '/b'], write: null, globScanMaxDepth: 3, entries: [entry('/a', 'read'), entry('/b', 'read'), secret] },
  };
  const { reply } = asked(PERMISSIONS, { ...params, permissions: asks });
  expect(reply({ decision: 'accept', value: { fileSystem: { read: ['/b'] } } })).toEqual({
    permissions: { fileSystem: { read: ['/b'], write: null, globScanMaxDepth: 3, entries: [entry('/b', 'read'), secret] } },
    scope: 'turn',
  });
});

describe.each(VERSIONS)('questions to the user of Codex %s', (version) => {
  test('are shown with their choices, and answered by their ids', () => {
    const { ask, reply } = asked(INPUT, question(version, INPUT).params);
    expect(ask.title).toBe('Which?');
    expect(ask.questions).toEqual([
      {
        id: 'q1',
        header: 'Hdr',
        question: 'Which?',
        options: [
          { label: 'A', description: 'a' },
          { label: 'B', description: 'b' },
        ],
      },
    ]);
    expect(reply({ decision: 'accept', value: { q1: 'B' } })).toEqual({ answers: { q1: { answers: ['B'] } } });
  });
});

test.each<[string, ApprovalAnswer, unknown]>([
  ['by question', { decision: 'accept', value: { q1: 'B', q2: ['x', 'y'] } }, { q1: { answers: ['B'] }, q2: { answers: ['x', 'y'] } }],
  ['in the words of Codex', { decision: 'accept', value: { answers: { q1: { answers: ['B'] } } } }, { q1: { answers: ['B'] } }],
  ['as one text', { decision: 'accept', value: 'B' }, { q1: { answers: ['B'] } }],
  ['as a number', { decision: 'accept', value: 7 }, { q1: { answers: ['7'] } }],
  ['with nothing', { decision: 'accept' }, {}],
  ['with a no', { decision: 'decline', value: 'B' }, {}],
])('questions to the user are answered %s', (_how, answer, answers) => {
  expect(userInputReply([{ id: 'q1' }, { id: 'q2' }], answer)).toEqual({ answers });
});

test.each<[string, ApprovalAnswer, boolean, unknown]>([
  ['a text', { decision: 'accept', value: '42' }, true, [{ type: 'inputText', text: '42' }]],
  [
    'items',
    { decision: 'accept', value: [{ type: 'inputImage', imageUrl: 'data:,' }] },
    true,
    [{ type: 'inputImage', imageUrl: 'data:,' }],
  ],
  [
    'a failure of the tool',
    { decision: 'accept', value: { contentItems: [{ type: 'inputText', text: 'no such key' }], success: false } },
    false,
    [{ type: 'inputText', text: 'no such key' }],
  ],
  ['a no', { decision: 'decline' }, false, [{ type: 'inputText', text: 'the call of look was declined' }]],
  [
    'a no with a reason',
    { decision: 'decline', value: 'ask later' },
    false,
    [{ type: 'inputText', text: 'the call of look was declined: ask later' }],
  ],
])('a tool gives back %s', (_what, answer, success, contentItems) => {
  expect(toolReply('look', answer)).toEqual({ success, contentItems });
});
