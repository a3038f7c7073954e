import { describe, expect, test } from 'vitest';
import { asked, question, VERSIONS } from '../../../test/support/codex-questions.js';

const COMMAND = 'item/commandExecution/requestApproval';
const PLAIN = 0;
const ESCALATED = 1;
const WITH_PERMISSIONS = 2;

describe.each(VERSIONS)('a command of Codex %s', (version) => {
  test('asks with its text, what a yes means and the rule that may be written down', () => {
    const { params } = question(version, COMMAND, PLAIN);
    expect(asked(COMMAND, params).ask).toEqual({
      kind: 'command',
      title: "Run /bin/bash -lc 'touch a1 && echo made'?",
      item: 'call_1_0',
      command: "/bin/bash -lc 'touch a1 && echo made'",
      cwd: '/lab/work',
      amendments: [
        {
          id: 'command',
          kind: 'command',
          title:
            'From now on run commands that begin with `touch a1` without asking and outside of the sandbox, in every session of this CODEX_HOME (written to its rules/default.rules)',
          prefix: ['touch', 'a1'],
          action: 'allow',
          permanent: true,
        },
      ],
      effect:
        'A yes does not keep the command in the sandbox: what the sandbox denies is run again outside of it, without another question.',
      decisions: ['accept', 'acceptForSession', 'decline', 'cancel'],
    });
    expect(asked(COMMAND, question(version, COMMAND, ESCALATED).params).ask.reason).toBe('fake wants it');
  });

  test('takes every decision by its name, and the rule as Codex proposed it', () => {
    const { reply } = asked(COMMAND, question(version, COMMAND, ESCALATED).params);
    expect(reply({ decision: 'acceptForSession' })).toEqual({ decision: 'acceptForSession' });
    expect(reply({ decision: 'accept', amendment: 'command' })).toEqual({
      decision: { acceptWithExecpolicyAmendment: { execpolicy_amendment: ['touch', expect.stringMatching(/^\/lab\/esc\d$/)] } },
    });
    expect(reply({ decision: 'decline', amendment: 'command' })).toEqual({ decision: 'decline' });
    expect(reply({ decision: 'accept', amendment: 'another' })).toEqual({ decision: 'accept' });
  });

  test('shows the permissions that it asks for beside, and no rule that Codex does not take then', () => {
    const { params } = question(version, COMMAND, WITH_PERMISSIONS);
    const { ask } = asked(COMMAND, params);
    expect(ask.permissions).toEqual(params['additionalPermissions']);
    expect(ask.effect).toMatch(/^A yes gives the command the permissions/);
    expect(ask.amendments).toBeUndefined();
  });
});

describe('a command', () => {
  const { params } = question('0.169.0', COMMAND, PLAIN);

  test('that waits for the network names the host, and may have it allowed or refused for good', () => {
    const { ask, reply } = asked(COMMAND, {
      ...params,
      networkApprovalContext: { host: 'example.com', protocol: 'https' },
      proposedExecpolicyAmendment: null,
      proposedNetworkPolicyAmendments: [
        { host: 'example.com', action: 'allow' },
        { host: 'example.com', action: 'deny' },
      ],
      availableDecisions: null,
    });
    expect(ask).toMatchObject({
      title: 'Allow network access to example.com?',
      network: { host: 'example.com', protocol: 'https' },
      effect: 'A yes lets what waits connect to example.com.',
    });
    expect(ask.amendments?.map(({ id, kind, host, action }) => [id, kind, host, action])).toEqual([
      ['network:example.com:allow', 'network', 'example.com', 'allow'],
      ['network:example.com:deny', 'network', 'example.com', 'deny'],
    ]);
    expect(reply({ decision: 'accept', amendment: 'network:example.com:deny' })).toEqual({
      decision: { applyNetworkPolicyAmendment: { network_policy_amendment: { host: 'example.com', action: 'deny' } } },
    });
  });

  test('that already runs is typed into', () => {
    const { ask } = asked(COMMAND, { ...params, kind: 'writeStdin', command: 'python3' });
    expect(ask).toMatchObject({
      tool: 'write_stdin',
      title: 'Type into the running command python3?',
      effect: expect.stringMatching(/already runs/),
    });
    expect(asked(COMMAND, { ...params, kind: 'writeStdin', command: null }).ask.title).toBe('Type into a running command?');
  });

  test('with words that have spaces in them shows where each ends', () => {
    const { ask } = asked(COMMAND, { ...params, proposedExecpolicyAmendment: ['git', 'commit', '-m', 'two words'] });
    expect(ask.amendments?.[0]?.title).toContain('`git commit -m "two words"`');
  });
});
