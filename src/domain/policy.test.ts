/** Policies as tables: which question is answered how, and what is said of it. */

import { describe, expect, test } from 'vitest';
import type { Approval } from '../contract/approval.js';
import { ApprovalPolicy } from '../contract/approval-policy.js';
import { decidePolicy } from './policy.js';

const CWD = '/repo';

function question(more: Partial<Approval>): Approval {
  return {
    id: 'apr_1',
    session: 'ses_1',
    turn: 'trn_1',
    status: 'pending',
    askedAt: '2026-01-01T00:00:00.000Z',
    kind: 'command',
    title: 'Run?',
    decisions: ['accept', 'acceptForSession', 'decline', 'cancel'],
    ...more,
  };
}

const run = (command: string, more: Partial<Approval> = {}): Approval =>
  question({ command: `/bin/bash -lc '${command}'`, cwd: CWD, ...more });
const change = (...paths: string[]): Approval => question({ kind: 'fileChange', changes: paths.map((path) => ({ path, kind: 'update' })) });
const tool = question({ kind: 'elicitation', server: 'fk', tool: 'danger', schema: { type: 'object', properties: {} } });
const form = question({ kind: 'elicitation', server: 'fk', schema: { type: 'object', properties: { name: {} }, required: ['name'] } });
const page = question({ kind: 'elicitation', server: 'fk', url: 'https://example.com' });
const input = question({ kind: 'userInput', questions: [{ id: 'q', question: 'Which?' }], decisions: ['accept', 'decline'] });
const call = question({ kind: 'dynamicTool', tool: 'lookup', decisions: ['accept', 'decline'] });
const permissions = question({
  kind: 'permissions',
  permissions: { network: { enabled: true } },
  decisions: ['accept', 'acceptForSession', 'decline'],
});

/** The decision, or "person" with the seconds that a person has. */
function outcome(policy: object, approval: Approval): string {
  const { decision, seconds } = decidePolicy(ApprovalPolicy.parse(policy), approval, CWD);
  return decision ?? (seconds === undefined ? 'person' : `person ${seconds}`);
}

describe('the mode, where no rule decides', () => {
  const rules = [{ decision: 'accept', command: 'touch' }];
  test.each<[object, Approval, string]>([
    [{ mode: 'ask' }, run('ls'), 'person'],
    [{ mode: 'ask', deadlineSeconds: 5 }, run('ls'), 'person 5'],
    [{ mode: 'ask', rules }, run('ls'), 'person'],
    [{ mode: 'deny' }, run('ls'), 'decline'],
    [{ mode: 'deny' }, question({ decisions: ['accept', 'cancel'] }), 'cancel'],
    [{ mode: 'deny', rules }, run('touch a'), 'accept'],
    [{ mode: 'auto' }, run('rm -rf /'), 'accept'],
    [{ mode: 'auto', rules: [] }, run('ls'), 'accept'],
    [{ mode: 'auto' }, permissions, 'accept'],
    [{ mode: 'auto', rules }, run('ls'), 'person 60'],
    [{ mode: 'auto', rules, deadlineSeconds: 5 }, run('ls'), 'person 5'],
  ])('%j', (policy, approval, expected) => {
    expect(outcome(policy, approval)).toBe(expected);
  });
});

describe('what takes more than a yes is never accepted by itself', () => {
  test.each([
    ['answers', input],
    ['a form to fill in', form],
    ['a page to open', page],
    ['a page to open and a form', { ...page, schema: { properties: {} } }],
    ['the result of a tool', call],
    ['a form of which nothing is known', question({ kind: 'elicitation', server: 'fk' })],
    ['a form that cannot be read', question({ kind: 'elicitation', schema: { required: 'name' } })],
    ['a question without a yes', question({ decisions: ['decline', 'cancel'] })],
  ])('%s', (_, approval) => {
    expect(outcome({ mode: 'auto' }, approval)).toBe('person 60');
    expect(outcome({ mode: 'auto', deadlineSeconds: 5 }, approval)).toBe('person 5');
    expect(outcome({ mode: 'auto', rules: [{ decision: 'accept' }] }, approval)).toBe('person 60');
    expect(outcome({ mode: 'deny', rules: [{ decision: 'accept' }] }, approval)).toBe('decline');
    expect(outcome({ mode: 'ask', rules: [{ decision: 'decline' }] }, approval)).toBe('decline');
  });

  test('a tool of an MCP server takes a yes, and so does a form in which nothing has to stand', () => {
    expect(outcome({ mode: 'auto' }, tool)).toBe('accept');
    expect(outcome({ mode: 'auto' }, question({ kind: 'elicitation', server: 'fk', tool: 'danger' }))).toBe('accept');
    expect(outcome({ mode: 'auto' }, question({ kind: 'elicitation', schema: { properties: { name: {} }, required: [] } }))).toBe('accept');
  });
});

describe('rules', () => {
  const asks = (rules: object[], approval: Approval): string => outcome({ mode: 'ask', rules }, approval);

  test('the first that fits decides, and "ask" is a person, whatever the mode', () => {
    const rules = [
      { decision: 'ask', command: 'git push' },
      { decision: 'decline', command: 'git reset' },
      { decision: 'accept', command: 'git' },
    ];
    expect(asks(rules, run('git status'))).toBe('accept');
    expect(asks(rules, run('git push'))).toBe('person');
    expect(asks(rules, run('git status && git reset --hard'))).toBe('decline');
    expect(outcome({ mode: 'deny', rules }, run('git push'))).toBe('person 60');
    expect(outcome({ mode: 'deny', rules, deadlineSeconds: 5 }, run('git push'))).toBe('person 5');
    expect(outcome({ mode: 'auto', rules }, run('git push'))).toBe('person 60');
    expect(asks([...rules].reverse(), run('git push'))).toBe('accept');
  });

  test('each condition must hold', () => {
    const rule = { decision: 'accept', kind: 'command', command: 'make', inside: 'cwd' };
    expect(asks([rule], run('make'))).toBe('accept');
    expect(asks([rule], run('make', { cwd: '/repo/sub' }))).toBe('accept');
    expect(asks([rule], run('make', { cwd: '/elsewhere' }))).toBe('person');
    expect(asks([rule], run('ls'))).toBe('person');
    expect(asks([{ ...rule, kind: 'fileChange' }], run('make'))).toBe('person');
    expect(asks([{ decision: 'accept' }], run('rm -rf /'))).toBe('accept');
  });

  test('a decision that is not offered becomes the nearest one that says no more', () => {
    expect(asks([{ decision: 'acceptForSession' }], run('ls'))).toBe('acceptForSession');
    expect(asks([{ decision: 'acceptForSession' }], question({ decisions: ['accept', 'cancel'] }))).toBe('accept');
    expect(asks([{ decision: 'accept' }], question({ decisions: ['acceptForSession', 'decline'] }))).toBe('person');
    expect(asks([{ decision: 'decline' }], question({ decisions: ['accept', 'cancel'] }))).toBe('cancel');
  });

  test('a command that only reads', () => {
    expect(asks([{ decision: 'accept', readOnly: true }], run('git status && ls'))).toBe('accept');
    expect(asks([{ decision: 'accept', readOnly: true }], run('git status && make'))).toBe('person');
    expect(asks([{ decision: 'accept', readOnly: true }], change('/repo/a'))).toBe('person');
  });

  test('access to the network is not meant by a rule about commands', () => {
    const reach = run('curl https://example.com', { network: { host: 'Example.com.' } });
    expect(asks([{ decision: 'accept', command: 'curl' }], reach)).toBe('person');
    expect(asks([{ decision: 'accept', inside: 'cwd' }], reach)).toBe('person');
    expect(asks([{ decision: 'accept', command: 'curl', network: true }], reach)).toBe('accept');
    expect(asks([{ decision: 'accept', network: 'example.com' }], reach)).toBe('accept');
    expect(asks([{ decision: 'accept', network: 'xample.com' }], reach)).toBe('person');
    expect(asks([{ decision: 'accept', network: true }], run('curl https://example.com'))).toBe('person');
    expect(asks([{ decision: 'decline', command: 'curl' }], reach)).toBe('decline');
  });

  test('nor are further permissions that a command asks for', () => {
    const more = run('make', { permissions: { network: { enabled: true } } });
    expect(asks([{ decision: 'accept', command: 'make' }], more)).toBe('person');
    expect(asks([{ decision: 'accept', kind: 'command' }], more)).toBe('accept');
    const root = { ...change('/repo/a'), permissions: { write: '/' } };
    expect(asks([{ decision: 'accept', inside: 'cwd' }], root)).toBe('person');
  });

  test('nor is typing into a command that runs already', () => {
    const typing = run('python3', { tool: 'write_stdin' });
    expect(asks([{ decision: 'accept', command: 'python3' }], typing)).toBe('person');
    expect(asks([{ decision: 'accept', command: 'python3', tool: 'write_stdin' }], typing)).toBe('accept');
    expect(asks([{ decision: 'decline', command: 'python3' }], typing)).toBe('decline');
  });

  test('servers and tools are meant by their names', () => {
    expect(asks([{ decision: 'accept', server: 'fk' }], tool)).toBe('accept');
    expect(asks([{ decision: 'accept', server: 'fk', tool: 'danger' }], tool)).toBe('accept');
    expect(asks([{ decision: 'accept', server: 'fk', tool: 'harmless' }], tool)).toBe('person');
    expect(asks([{ decision: 'decline', server: 'other' }], tool)).toBe('person');
    expect(asks([{ decision: 'accept', tool: 'danger' }], run('danger'))).toBe('person');
  });
});

describe('inside a folder', () => {
  const accepts = (inside: string, approval: Approval): boolean =>
    outcome({ mode: 'ask', rules: [{ decision: 'accept', inside }] }, approval) === 'accept';
  const declines = (inside: string, approval: Approval): boolean =>
    outcome({ mode: 'ask', rules: [{ decision: 'decline', inside }] }, approval) === 'decline';

  test.each<[string, string[]]>([
    ['cwd', ['/repo/a.txt']],
    ['cwd', ['a.txt', './sub/b.txt', 'sub/../c.txt']],
    ['cwd', ['/repo/sub/../a']],
    ['/repo/sub/', ['sub/a']],
    ['/', ['/etc/passwd']],
    ['/repo/.git', ['/repo/.git/info/exclude']],
  ])('%s holds %j', (inside, paths) => {
    expect(accepts(inside, change(...paths))).toBe(true);
  });

  test.each<[string, string[]]>([
    ['cwd', ['/repository/a']],
    ['cwd', ['/repo/../etc/passwd']],
    ['cwd', ['../a']],
    ['cwd', ['sub/../../a']],
    ['cwd', ['/repo/a', '/etc/passwd']],
    ['cwd', []],
    ['cwd', ['/repo/.git/hooks/pre-commit']],
    ['cwd', ['sub/.GIT/config']],
    ['cwd', ['.codex/config.toml']],
    ['cwd', ['.aws/credentials']],
    ['cwd', ['.agents/skills/x/SKILL.md']],
    ['/repo/sub', ['a']],
  ])('%s does not surely hold %j', (inside, paths) => {
    expect(accepts(inside, change(...paths))).toBe(false);
  });

  test('a file that is moved out of the folder is not inside', () => {
    const moved = question({ kind: 'fileChange', changes: [{ path: '/repo/a', kind: 'update', movedTo: '/home/ann/.bashrc' }] });
    expect(accepts('cwd', moved)).toBe(false);
    expect(declines('/home/ann', moved)).toBe(true);
  });

  test('folders of Windows have their drive, and both slashes', () => {
    const rule = { decision: 'accept', inside: 'cwd' };
    const at = (...paths: string[]): boolean =>
      decidePolicy(ApprovalPolicy.parse({ mode: 'ask', rules: [rule] }), change(...paths), 'C:\\repo').decision === 'accept';
    expect(at('c:\\repo\\a', 'C:/repo/sub/b', 'sub\\c')).toBe(true);
    for (const path of ['D:\\repo\\a', 'C:\\repo\\..\\a', '..\\a', '/repo/a', 'sub\\.git\\config']) expect(at(path)).toBe(false);
  });

  test('one path is enough for a no, and changes of which nothing is known could be anywhere', () => {
    expect(declines('/etc', change('/repo/a', '/etc/passwd'))).toBe(true);
    expect(declines('/etc', change('/repo/a'))).toBe(false);
    expect(declines('/etc', question({ kind: 'fileChange' }))).toBe(true);
    expect(accepts('/', question({ kind: 'fileChange' }))).toBe(false);
    expect(accepts('/', question({ command: 'ls' }))).toBe(false);
    expect(accepts('/', permissions)).toBe(false);
  });
});

test('what decided is said in one line', () => {
  const policy = {
    mode: 'deny',
    rules: [
      { decision: 'accept', kind: 'command', command: 'touch', inside: 'cwd' },
      { decision: 'ask', network: true },
    ],
  };
  const why = (approval: Approval, of: object = policy): string => decidePolicy(ApprovalPolicy.parse(of), approval, CWD).why;
  expect(why(run('touch a'))).toBe('rule 1 (kind "command", command "touch", inside "cwd") accepts');
  expect(why(run('ls', { network: { host: 'a' } }))).toBe('rule 2 (network) leaves it to a person');
  expect(why(run('ls'))).toBe('no rule fits, and the mode "deny" declines');
  expect(why(run('ls'), { mode: 'auto' })).toBe('the mode "auto" without rules accepts');
  expect(why(run('ls'), { mode: 'deny', rules: [{ decision: 'decline' }] })).toBe('rule 1 (every question) declines');
});

test.each([
  { mode: 'auto', rules: [{ decision: 'accept', inside: 'sub' }] },
  { mode: 'auto', rules: [{ decision: 'accept', inside: '~' }] },
  { mode: 'auto', rules: [{ decision: 'accept', command: ' ' }] },
  { mode: 'auto', rules: [{ decision: 'accept', readOnly: false }] },
  { mode: 'auto', rules: [{ decision: 'accept', comand: 'ls' }] },
  { mode: 'auto', deadlineSeconds: 0 },
  { mode: 'auto', deadlineSeconds: 1e12 },
])('%j is no policy', (policy) => {
  expect(ApprovalPolicy.safeParse(policy).success).toBe(false);
});
