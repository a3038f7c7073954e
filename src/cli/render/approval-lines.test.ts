import { createColors } from 'picocolors';
import { describe, expect, test } from 'vitest';
import type { Amendment, Approval } from '../../contract/approval.js';
import type { EventData } from '../../contract/events.js';
import { answerLine, questionLines } from './approval-lines.js';

const PLAIN = { ink: createColors(false), columns: 60 };
const ASKED: Approval = {
  id: 'apr_1',
  session: 'ses_1',
  turn: 'trn_1',
  kind: 'command',
  title: 'The title',
  status: 'pending',
  askedAt: '2026-01-01T00:00:00.000Z',
  decisions: ['accept', 'decline'],
};

const lines = (more: Partial<Approval>, menus = false): string[] => questionLines({ ...ASKED, ...more }, { ...PLAIN, menus });

describe('a question', () => {
  test('says in full what a yes means, and what happens without an answer', () => {
    const effect = 'A yes does not keep the command in the sandbox: what the sandbox denies is run again outside of it.';
    expect(lines({ command: 'npm test', cwd: '/srv', effect, deadline: '2026-01-01T00:01:00.000Z' })).toEqual([
      '? May the agent run this command?',
      '    npm test',
      '    in /srv',
      '    declined when nobody answers within 1 min',
      '    A yes does not keep the command in the sandbox: what the',
      '    sandbox denies is run again outside of it.',
    ]);
  });

  test('about the network names the host, one about typing into a command is none about running it', () => {
    expect(lines({ command: 'curl x', network: { host: 'example.com', protocol: 'https' } })).toEqual([
      '? May the agent reach this host?',
      '    example.com (https)',
    ]);
    expect(lines({ command: 'python3', tool: 'write_stdin', title: 'Type into the running command python3?' }).slice(0, 2)).toEqual([
      '? May the agent do this with a command?',
      '    Type into the running command python3?',
    ]);
  });

  test('about permissions lists them, also those that come with a command', () => {
    const permissions = { network: { enabled: true }, fileSystem: { write: ['/srv'] } };
    expect(lines({ kind: 'permissions', permissions })).toEqual([
      '? May the agent have more permissions?',
      '    - network.enabled',
      '    - fileSystem.write: /srv',
    ]);
    expect(lines({ command: 'ls', permissions })).toContain('    with fileSystem.write: /srv');
  });

  test('about a tool shows everything that it would be given', () => {
    expect(
      lines({
        kind: 'elicitation',
        server: 'files',
        tool: 'remove',
        arguments: { path: '/srv' },
        schema: { type: 'object', properties: {} },
      }),
    ).toEqual(['? May the agent use this tool?', '    files.remove', '    {', '      "path": "/srv"', '    }']);
  });

  test('that a tool asks names the server, the page or the fields of the form', () => {
    const schema = {
      type: 'object',
      properties: { name: { type: 'string' }, kind: { type: 'string', enum: ['a', 'b'] } },
      required: ['name'],
    };
    expect(lines({ kind: 'elicitation', server: 'fk', title: 'Who are you?', schema })).toEqual([
      '? The MCP server fk asks you something.',
      '    Who are you?',
      '    - name',
      '    - kind (may be left out): a, b',
    ]);
    expect(lines({ kind: 'elicitation', server: 'fk', title: 'Log in', url: 'https://example.com/a?b=c' })).toEqual([
      '? The MCP server fk wants you to open a page.',
      '    Log in',
      '    https://example.com/a?b=c',
    ]);
  });

  test('is short where menus below it say the rest', () => {
    const questions = [
      { id: 'q', question: 'Which?', options: [{ label: 'A', description: 'the first' }] },
      { id: 'p', question: 'Password?', secret: true },
    ];
    expect(lines({ kind: 'userInput', questions })).toEqual([
      '? The agent asks you something.',
      '    Which?',
      '      - A: the first',
      '    Password? (secret)',
    ]);
    expect(lines({ kind: 'userInput', questions }, true)).toEqual(['? The agent asks you something. · Esc for no answer']);
    expect(lines({ command: 'ls' }, true)).toEqual(lines({ command: 'ls' }));
  });
});

describe('an answer', () => {
  const rule: Amendment = { id: 'r', kind: 'command', title: 'From now on run ls', action: 'allow', permanent: true };
  const line = (data: Partial<EventData<'approval.answered'>>, more: Partial<Approval> = {}, named = false): string =>
    answerLine({ approval: 'apr_1', answer: { decision: 'accept' }, by: 'ann', ...data }, { ...ASKED, ...more }, { ...PLAIN, named });

  test('tells who gave it, and why where nobody did', () => {
    expect(line({})).toBe('✓ allowed by ann');
    expect(line({ by: 'policy', why: 'rule 2 (readOnly) accepts' })).toBe('✓ allowed by the policy: rule 2 (readOnly) accepts');
    expect(line({ answer: { decision: 'decline' }, by: 'deadline', why: 'nobody answered within 60 s' })).toBe(
      '⊘ declined by the deadline: nobody answered within 60 s',
    );
  });

  test('tells how far it goes', () => {
    expect(line({ answer: { decision: 'acceptForSession' } })).toBe('✓ allowed for the whole session by ann');
    expect(line({ answer: { decision: 'accept', amendment: 'r' } }, { amendments: [rule] })).toBe('✓ allowed for good by ann');
    expect(line({ answer: { decision: 'accept', amendment: 'r' } }, { amendments: [{ ...rule, action: 'deny' }] })).toBe(
      '⊘ declined for good by ann',
    );
    expect(line({ answer: { decision: 'acceptForSession', value: {} } }, { kind: 'permissions' })).toBe(
      '✓ allowed in part for the whole session by ann',
    );
  });

  test('in words is no permission', () => {
    for (const kind of ['userInput', 'dynamicTool', 'elicitation'] as const) expect(line({}, { kind })).toBe('✓ answered by ann');
    expect(line({ answer: { decision: 'decline' } }, { kind: 'userInput' })).toBe('⊘ declined by ann');
  });

  test('names its question when others have been asked since', () => {
    expect(line({}, { command: "/bin/bash -lc 'npm test'" }, true)).toBe('✓ allowed by ann · npm test');
  });
});
