import { describe, expect, test } from 'vitest';
import { SpoolError } from '../base/errors.js';
import type { Approval, ApprovalAnswer } from '../contract/approval.js';
import { checkAnswer } from './check-answer.js';

function approval(fields: Partial<Approval>): Approval {
  const decisions: Approval['decisions'] = ['accept', 'acceptForSession', 'decline', 'cancel'];
  const asked = { id: 'apr_1', session: 'ses_1', turn: 'trn_1', status: 'pending', askedAt: '2026-01-01T00:00:00.000Z' } as const;
  return { ...asked, kind: 'command', title: 'Run ls?', decisions, ...fields };
}

/** What is wrong with an answer, and what to do about it. */
function complaint(of: Approval, answer: ApprovalAnswer): { message: string; hint: string | undefined } | undefined {
  try {
    checkAnswer(of, answer);
    return undefined;
  } catch (error) {
    const { code, message, hint } = SpoolError.from(error);
    expect(code).toBe('invalid-input');
    return { message, hint };
  }
}

const yes = (value?: unknown): ApprovalAnswer => (value === undefined ? { decision: 'accept' } : { decision: 'accept', value });

describe('a decision', () => {
  test('must be one that the question takes', () => {
    const question = approval({ decisions: ['accept', 'decline'] });
    expect(complaint(question, { decision: 'cancel' })).toEqual({
      message: 'approval apr_1 cannot be answered with cancel',
      hint: 'use one of: accept, decline',
    });
  });

  test('of a question for yes or no comes without a value', () => {
    expect(complaint(approval({}), yes('ls -la'))?.message).toBe('approval apr_1 takes no value');
    expect(complaint(approval({ kind: 'elicitation', url: 'https://example.com' }), yes({}))?.message).toMatch(/takes no value/);
    expect(complaint(approval({}), { decision: 'decline', value: 'because' })).toBeUndefined();
  });
});

describe('an amendment', () => {
  const always = { id: 'command', kind: 'command', title: 'From now on', action: 'allow', permanent: true } as const;
  const question = approval({ amendments: [always] });

  test('goes with an accept', () => {
    expect(complaint(question, { decision: 'accept', amendment: 'command' })).toBeUndefined();
    expect(complaint(question, { decision: 'acceptForSession', amendment: 'command' })).toEqual({
      message: 'an amendment does not go with acceptForSession',
      hint: 'answer accept, or leave the amendment out',
    });
    expect(complaint(question, { decision: 'decline', amendment: 'command' })?.message).toMatch(/does not go with decline/);
  });

  test('must be one of those that the question offers', () => {
    expect(complaint(question, { decision: 'accept', amendment: 'network' })?.hint).toBe('use one of: command');
    expect(complaint(approval({}), { decision: 'accept', amendment: 'command' })?.hint).toBe('it offers none: answer without one');
  });
});

describe('permissions', () => {
  const entry = (path: string) => ({ path: { type: 'path', path }, access: 'write' });
  const asked = { network: { enabled: true }, fileSystem: { read: null, write: ['/a', '/b'], entries: [entry('/a'), entry('/b')] } };
  const question = approval({ kind: 'permissions', permissions: asked });

  test.each([
    ['everything', undefined],
    ['everything by name', asked],
    ['the network', { network: { enabled: true } }],
    ['one folder', { fileSystem: { write: ['/b'] } }],
    ['one entry', { network: null, fileSystem: { entries: [entry('/a')] } }],
  ])('may be granted: %s', (_what, value) => {
    expect(complaint(question, yes(value))).toBeUndefined();
  });

  test.each([
    ['another folder', { fileSystem: { write: ['/b', '/'] } }, 'fileSystem.write[1]'],
    ['to read what was to be written', { fileSystem: { read: ['/a'] } }, 'fileSystem.read'],
    ['another access', { fileSystem: { entries: [{ ...entry('/a'), access: 'read' }] } }, 'fileSystem.entries[0]'],
    ['half an entry', { fileSystem: { entries: [{ path: entry('/a').path }] } }, 'fileSystem.entries[0]'],
    ['something of another kind', { network: { enabled: true, hosts: ['x'] } }, 'network.hosts'],
    ['what every object has', JSON.parse('{"__proto__": {}}'), '__proto__'],
    ['all by a word', 'all', 'the value'],
  ])('are never granted beyond what was asked: %s', (_what, value, where) => {
    const found = complaint(question, yes(value));
    expect(found?.message).toBe(`approval apr_1 does not ask for: ${where}`);
    expect(found?.hint).toContain('"write":["/a","/b"]');
  });

  test('are not accepted with nothing', () => {
    for (const value of [{}, { fileSystem: { write: [] } }, null])
      expect(complaint(question, yes(value))?.message).toMatch(/grants nothing/);
  });
});

describe('questions', () => {
  const question = approval({
    kind: 'userInput',
    questions: [
      { id: 'colour', question: 'Which?' },
      { id: 'size', question: 'How big?' },
    ],
  });

  test('are answered all of them', () => {
    expect(complaint(question, yes({ colour: 'red', size: 3 }))).toBeUndefined();
    expect(complaint(question, yes({ answers: { colour: { answers: ['red'] }, size: ['S', 'M'] } }))).toBeUndefined();
    expect(complaint(question, { decision: 'decline' })).toBeUndefined();
  });

  test.each([
    ['none', undefined, 'has no answer to: colour, size'],
    ['one text for two', 'red', 'has no answer to: size'],
    ['an empty text', { colour: ' ', size: 'S' }, 'has no answer to: colour'],
    ['something that is no text', { colour: { red: true }, size: 'S' }, 'has no answer to: colour'],
    ['another question', { colour: 'red', size: 'S', shape: 'round' }, 'has no question shape'],
  ])('are named when the answers do not fit them: %s', (_what, value, message) => {
    const found = complaint(question, yes(value));
    expect(found?.message).toBe(`approval apr_1 ${message}`);
    expect(found?.hint).toContain('(colour, size)');
  });
});

describe('the result of a tool', () => {
  const question = approval({ kind: 'dynamicTool', tool: 'look', decisions: ['accept', 'decline'] });

  test('is a text, items, or the long form', () => {
    const items = [
      { type: 'inputText', text: 'x' },
      { type: 'inputImage', imageUrl: 'data:,' },
    ];
    for (const value of ['', 'x', items, { contentItems: items }, { contentItems: items, success: false }]) {
      expect(complaint(question, yes(value))).toBeUndefined();
    }
  });

  test('is never made up', () => {
    for (const value of [undefined, null, 7, [], {}, [{ type: 'text', text: 'x' }], { contentItems: [{ type: 'inputText' }] }]) {
      expect(complaint(question, yes(value))?.message).toBe('approval apr_1 takes the result of the tool look as its value');
    }
  });
});
