import { describe, expect, test } from 'vitest';
import type { ApprovalPolicy } from '../../contract/approval-policy.js';
import type { Permissions } from '../../contract/session.js';
import { isUnlimited, meetCeilings, meetPermissions, meetPolicies } from './ceiling.js';

const ALL: readonly Permissions[] = [
  {},
  { profile: ':read-only' },
  { profile: ':workspace', approvalPolicy: 'never' },
  { profile: ':danger-full-access', approvalPolicy: 'untrusted' },
  { profile: 'mine', approvalPolicy: 'on-request' },
  { profile: 'yours' },
];
const RANK = [':read-only', ':workspace', ':danger-full-access'];

describe('Permissions', () => {
  test.each([
    [':workspace', ':danger-full-access', ':workspace'],
    [':danger-full-access', ':read-only', ':read-only'],
    ['mine', ':danger-full-access', 'mine'],
    ['mine', 'mine', 'mine'],
    // Which of these is the lesser nobody can tell.
    ['mine', 'yours', ':read-only'],
    ['mine', ':workspace', ':read-only'],
  ])('%s and %s allow %s', (one, other, both) => {
    expect(meetPermissions({ profile: one }, { profile: other })).toEqual({ profile: both });
    expect(meetPermissions({ profile: other }, { profile: one })).toEqual({ profile: both });
  });

  test('one that nobody has named allows what cannot be told, so together with a named one there is the least', () => {
    expect(meetPermissions({}, { profile: ':workspace' })).toEqual({ profile: ':read-only' });
    expect(meetPermissions({}, {})).toEqual({});
  });

  test('whoever asks more often stays the one that asks', () => {
    expect(meetPermissions({ approvalPolicy: 'never' }, { approvalPolicy: 'untrusted' })).toEqual({ approvalPolicy: 'untrusted' });
    // An absent one asks on request.
    expect(meetPermissions({ approvalPolicy: 'never' }, {})).toEqual({ approvalPolicy: 'on-request' });
  });

  test('what two allow is never more than either, however they are put together', () => {
    for (const one of ALL) {
      for (const other of ALL) {
        const both = meetPermissions(one, other);
        expect(meetPermissions(other, one)).toEqual(both);
        for (const side of [one, other]) {
          const [had, has] = [RANK.indexOf(side.profile ?? '?'), RANK.indexOf(both.profile ?? '?')];
          if (had >= 0 && has >= 0) expect(has).toBeLessThanOrEqual(had);
          expect(
            both.profile === side.profile || both.profile === ':read-only' || side.profile === ':danger-full-access' || had > has,
          ).toBe(true);
        }
      }
    }
  });
});

describe('Who answers', () => {
  const git: NonNullable<ApprovalPolicy['rules']>[number] = { decision: 'accept', command: 'git status' };
  const rm: NonNullable<ApprovalPolicy['rules']>[number] = { decision: 'decline', command: 'rm' };

  test('accepts without a person only what both accept', () => {
    expect(meetPolicies({ mode: 'auto' }, { mode: 'ask' })).toEqual({ mode: 'ask' });
    expect(meetPolicies({ mode: 'ask', rules: [git] }, { mode: 'ask' })).toEqual({ mode: 'ask' });
    expect(meetPolicies({ mode: 'ask', rules: [git] }, { mode: 'ask', rules: [{ ...git }] })).toEqual({ mode: 'ask', rules: [git] });
    expect(meetPolicies({ mode: 'ask', rules: [git] }, { mode: 'auto' })).toEqual({ mode: 'ask', rules: [git] });
  });

  test('declines what either declines, and looks at that first', () => {
    expect(meetPolicies({ mode: 'ask', rules: [git] }, { mode: 'ask', rules: [git, rm] })).toEqual({ mode: 'ask', rules: [rm, git] });
    expect(meetPolicies({ mode: 'deny' }, { mode: 'ask' })).toEqual({ mode: 'deny' });
  });

  test('never accepts everything because its rules have gone', () => {
    expect(meetPolicies({ mode: 'auto', rules: [git] }, { mode: 'auto', rules: [{ decision: 'accept', command: 'ls' }] })).toEqual({
      mode: 'ask',
    });
  });

  test('waits no longer than either', () => {
    expect(meetPolicies({ mode: 'ask', deadlineSeconds: 60 }, { mode: 'ask', deadlineSeconds: 5 })).toEqual({
      mode: 'ask',
      deadlineSeconds: 5,
    });
  });
});

test('no ceiling leaves the other one, and only full access without questions is unlimited', () => {
  const full = { permissions: { profile: ':danger-full-access', approvalPolicy: 'never' }, approvals: { mode: 'ask' } } as const;
  expect(meetCeilings(null, full)).toBe(full);
  expect(meetCeilings(full, null)).toBe(full);
  expect([isUnlimited(null), isUnlimited(full), isUnlimited({ ...full, permissions: { profile: ':workspace' } })]).toEqual([
    true,
    true,
    false,
  ]);
});
