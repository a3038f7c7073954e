import { describe, expect, test } from 'vitest';
import { rulesOf, toolPrefix } from './permissions.js';

describe('What a conversation may do', () => {
  test('in its folder it edits, and asks before it runs a command, leaves the folder or goes to the network', () => {
    expect(rulesOf({})).toMatchObject({ '*': 'ask', edit: 'allow', bash: 'ask', webfetch: 'ask', external_directory: { '*': 'ask' } });
    expect(rulesOf({})).toEqual(rulesOf({ profile: ':workspace', approvalPolicy: 'on-request' }));
  });

  test('whoever trusts nothing is asked about edits too, also with full access', () => {
    expect(rulesOf({ approvalPolicy: 'untrusted' })).toMatchObject({ '*': 'ask', edit: 'ask', bash: 'ask' });
    expect(rulesOf({ profile: ':danger-full-access', approvalPolicy: 'untrusted' })).toMatchObject({
      '*': 'ask',
      edit: 'ask',
      bash: 'ask',
    });
  });

  test('where nobody is to be asked, what would be asked about is denied', () => {
    const rules = rulesOf({ profile: ':workspace', approvalPolicy: 'never' });
    expect(rules).toMatchObject({ '*': 'deny', edit: 'allow', bash: 'deny', external_directory: { '*': 'deny' } });
    expect(JSON.stringify(rules)).not.toContain('"ask"');
  });

  test('who may only read changes nothing, and a command is still asked about', () => {
    expect(rulesOf({ profile: ':read-only' })).toMatchObject({ edit: 'deny', bash: 'ask', read: { '*': 'allow' } });
    expect(rulesOf({ profile: ':read-only', approvalPolicy: 'never' })).toMatchObject({ edit: 'deny', bash: 'deny' });
  });

  test('with full access everything is allowed', () => {
    const rules = rulesOf({ profile: ':danger-full-access' });
    expect(rules).toMatchObject({ '*': 'allow', edit: 'allow', bash: 'allow', external_directory: { '*': 'allow' } });
    expect(rulesOf({ profile: ':danger-full-access', approvalPolicy: 'never' })).toEqual(rules);
  });

  test('the rule for all stands before the others, which count more the later they come', () => {
    expect(Object.keys(rulesOf({}))[0]).toBe('*');
    expect(Object.keys(rulesOf({})['external_directory'] ?? {})[0]).toBe('*');
  });

  test('further folders may be written in the workspace, and what is hidden is read nowhere', () => {
    const setup = { writableRoots: ['/more'], unreadable: ['/more/secret'] };
    const rules = rulesOf({}, setup);
    expect(Object.entries(rules['external_directory'] ?? {})).toEqual([
      ['*', 'ask'],
      ['/more/*', 'allow'],
      ['/more/secret', 'deny'],
      ['/more/secret/*', 'deny'],
    ]);
    expect(rules['read']).toMatchObject({ '/more/secret': 'deny', '/more/secret/*': 'deny' });
    expect(rulesOf({ profile: ':read-only' }, setup)['external_directory']).not.toHaveProperty('/more/*');
  });

  test("the host's own tools are never asked about, and those of others are", () => {
    const rules = rulesOf({}, { mcpServers: { 'my host': { url: 'http://h', ours: true }, other: { url: 'http://o' } } });
    expect(rules[`${toolPrefix('my host')}*`]).toBe('allow');
    expect(Object.keys(rules).filter((name) => name.startsWith('other'))).toEqual([]);
  });

  test('a profile that it cannot keep to is refused', () => {
    expect(() => rulesOf({ profile: 'mine' })).toThrow('knows no profile mine');
  });
});
