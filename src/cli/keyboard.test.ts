/** Questions answered at a terminal: what stands on it, which keys answer, and what is left when somebody else was faster. */

import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { AskingHost, SESSION } from '../../test/support/asking-host.js';
import { Terminal } from '../../test/support/terminal.js';
import type { Amendment } from '../contract/approval.js';

let asking: AskingHost;
let terminal: Terminal;

/** The last lines of the terminal. */
const tail = (screen: string, lines: number): string[] => screen.split('\n').slice(-lines);
/** A prompt of keys waits at the end of the screen. */
const waits = (screen: string): boolean => /›$/.test(screen);

const rule: Amendment = {
  id: 'command',
  kind: 'command',
  title: 'From now on run commands that begin with `npm test` without asking, in every session of this CODEX_HOME',
  action: 'allow',
  permanent: true,
};

beforeEach(async () => {
  asking = await new AskingHost().start();
  terminal = new Terminal(['attach', SESSION], { env: asking.env });
  await terminal.shows('Ctrl-C leaves');
});

afterEach(async () => {
  await terminal[Symbol.asyncDispose]();
  await asking[Symbol.asyncDispose]();
});

describe('a key', () => {
  test('answers once what it means stands there, with what a yes means', async () => {
    const id = asking.ask({ command: 'rm -rf build', cwd: '/srv', effect: 'A yes lets it leave the sandbox.' });
    expect(tail(await terminal.shows(waits), 5)).toEqual([
      '? May the agent run this command?',
      '    rm -rf build',
      '    in /srv',
      '    A yes lets it leave the sandbox.',
      '  y yes / n no / s yes, for this session ›',
    ]);
    await terminal.press('s');
    expect(tail(await terminal.shows('by owner'), 3)).toEqual([
      '  y yes / n no / s yes, for this session › s',
      '✓ allowed for the whole session by owner',
      '… thinking',
    ]);
    expect(asking.answerTo(id)).toEqual({ decision: 'acceptForSession' });
  });

  test('of its own writes a rule down for good, and says so before', async () => {
    const id = asking.ask({ command: 'npm test', amendments: [rule] });
    expect(tail(await terminal.shows(waits), 6)).toEqual([
      '  y  yes',
      '  n  no',
      '  s  yes, for this session',
      '  a  yes, for good. From now on run commands that begin with `npm test` without',
      '     asking, in every session of this CODEX_HOME',
      '  ›',
    ]);
    await terminal.press('a');
    await terminal.shows('✓ allowed for good by owner');
    expect(asking.answerTo(id)).toEqual({ decision: 'accept', amendment: 'command' });
  });

  test('a number names one of several rules, also one that forbids', async () => {
    const forbids: Amendment = { id: 'no', kind: 'network', title: 'From now on refuse example.com', action: 'deny', permanent: true };
    const id = asking.ask({ network: { host: 'example.com' }, amendments: [{ ...rule, id: 'yes' }, forbids] });
    expect(await terminal.shows(waits)).toContain('  2  no, for good. From now on refuse example.com\n');
    await terminal.press('2');
    await terminal.shows('⊘ declined for good by owner');
    expect(asking.answerTo(id)).toEqual({ decision: 'accept', amendment: 'no' });
  });

  test('says that a page has been opened, whose whole address stands there', async () => {
    const url = `https://example.com/${'a'.repeat(120)}?end`;
    const id = asking.ask({ kind: 'elicitation', server: 'fk', url, decisions: ['accept', 'decline', 'cancel'] });
    expect((await terminal.shows(waits)).replaceAll('\n', '')).toContain(url);
    expect(tail(await terminal.screen(), 1)).toEqual(['  y done, go on / n no ›']);
    await terminal.press('y');
    await terminal.shows('✓ answered by owner');
    expect(asking.answerTo(id)).toEqual({ decision: 'accept' });
  });

  test('Ctrl-C leaves the question to others', async () => {
    const id = asking.ask({ command: 'ls' });
    await terminal.shows(waits);
    await terminal.press('C-c');
    expect(tail(await terminal.shows('[exit'), 2)).toEqual(['  y yes / n no / s yes, for this session › ^C', '[exit 130]']);
    expect(asking.answerTo(id)).toBeUndefined();
  });
});

describe('an answer in words', () => {
  const questions = [
    {
      id: 'db',
      header: 'Storage',
      question: 'Which database should it be?',
      options: [{ label: 'Postgres', description: 'the big one' }, { label: 'SQLite' }],
    },
    { id: 'name', question: 'What is it called?' },
    { id: 'pw', question: 'And its password?', secret: true },
  ];

  test('is chosen, typed, or typed unseen', async () => {
    const id = asking.ask({ kind: 'userInput', decisions: ['accept', 'decline'], questions });
    expect(tail(await terminal.shows('something else'), 7)).toEqual([
      '? The agent asks you something. · Esc for no answer',
      '│',
      '◆  Storage: Which database should it be?',
      '│  ● Postgres (the big one)',
      '│  ○ SQLite',
      '│  ○ something else',
      '└',
    ]);
    await terminal.press('Down', 'Enter');
    await terminal.shows('called?');
    await terminal.press('Enter');
    await terminal.shows('an answer is wanted');
    await terminal.type('the "db" of $HOME');
    await terminal.press('Enter');
    await terminal.shows('password?');
    await terminal.type('geheim');
    await terminal.press('Enter');
    const screen = await terminal.shows('✓ answered by owner');
    expect(screen).not.toContain('geheim');
    expect(asking.answerTo(id)).toEqual({ decision: 'accept', value: { db: 'SQLite', name: 'the "db" of $HOME', pw: 'geheim' } });
  });

  test('may be another one than those that are offered', async () => {
    const id = asking.ask({ kind: 'userInput', decisions: ['accept', 'decline'], questions: questions.slice(0, 1) });
    await terminal.shows('something else');
    await terminal.press('Up', 'Enter');
    await terminal.shows('In your own words');
    await terminal.type('a file');
    await terminal.press('Enter');
    await terminal.shows('✓ answered');
    expect(asking.answerTo(id)).toEqual({ decision: 'accept', value: { db: 'a file' } });
  });

  test('may be refused: Esc asks whether that is meant', async () => {
    const id = asking.ask({ kind: 'userInput', decisions: ['accept', 'decline'], questions: questions.slice(1, 2) });
    await terminal.shows('called?');
    await terminal.press('Escape');
    await terminal.shows('b back to the question / n no answer ›');
    await terminal.press('b');
    await terminal.shows((screen) => screen.split('What is it called?').length === 3);
    await terminal.press('Escape');
    await terminal.shows((screen) => screen.split('n no answer ›').length === 3 && waits(screen));
    await terminal.press('n');
    await terminal.shows('⊘ declined by owner');
    expect(asking.answerTo(id)).toEqual({ decision: 'decline' });
  });

  test('that the host does not take is told and asked for again', async () => {
    asking.host.refuse = (_, { value }) => (JSON.stringify(value) === '{"name":"x"}' ? 'x is no name' : undefined);
    const id = asking.ask({ kind: 'userInput', decisions: ['accept', 'decline'], questions: questions.slice(1, 2) });
    await terminal.shows('called?');
    await terminal.type('x');
    await terminal.press('Enter');
    await terminal.shows(/· x is no name\n│\n◆ {2}What is it called\?\n/);
    await terminal.type('y');
    await terminal.press('Enter');
    await terminal.shows('✓ answered');
    expect(asking.answerTo(id)).toEqual({ decision: 'accept', value: { name: 'y' } });
  });

  test('is the result of a tool', async () => {
    const id = asking.ask({ kind: 'dynamicTool', tool: 'look_up', arguments: { q: 'x' }, decisions: ['accept', 'decline'] });
    expect(await terminal.shows('What does look_up answer?')).toContain('    {\n      "q": "x"\n    }\n');
    await terminal.type('42');
    await terminal.press('Enter');
    await terminal.shows('✓ answered');
    expect(asking.answerTo(id)).toEqual({ decision: 'accept', value: '42' });
  });
});

test('Ctrl-C in a menu takes it away and leaves the question to others', async () => {
  const id = asking.ask({ kind: 'userInput', decisions: ['accept', 'decline'], questions: [{ id: 'a', question: 'First?' }] });
  await terminal.shows('First?');
  await terminal.press('C-c');
  expect(tail(await terminal.shows('[exit'), 2)).toEqual(['? The agent asks you something. · Esc for no answer', '[exit 130]']);
  expect(asking.answerTo(id)).toBeUndefined();
});

describe('a form', () => {
  const ask = (properties: object, required: string[]): string =>
    asking.ask({
      kind: 'elicitation',
      server: 'fk',
      title: 'About the release',
      decisions: ['accept', 'decline', 'cancel'],
      schema: { type: 'object', properties, required },
    });

  test('is filled in field by field, and what is wrong is said at once', async () => {
    const id = ask(
      {
        name: { type: 'string', title: 'Name', description: 'of the release', minLength: 3 },
        note: { type: 'string' },
        count: { type: 'integer', maximum: 9, default: 3 },
        ready: { type: 'boolean', default: true },
      },
      ['name', 'count', 'ready'],
    );
    expect(tail(await terminal.shows('Name'), 7)).toEqual([
      '? The MCP server fk asks you something. · Esc for no answer',
      '    About the release',
      '│',
      '◆  Name',
      '│  of the release',
      '│  _',
      '└',
    ]);
    await terminal.type('ab');
    await terminal.press('Enter');
    await terminal.shows('└  at least 3 characters');
    await terminal.type('c');
    await terminal.press('Enter');
    await terminal.shows('◆  note (may be left out)');
    await terminal.press('Enter');
    await terminal.shows('◆  count\n│  3');
    await terminal.type('0');
    await terminal.press('Enter');
    await terminal.shows('└  at most 9');
    await terminal.press('BSpace', 'BSpace');
    await terminal.type('7');
    await terminal.press('Enter');
    await terminal.shows('│  ● Yes / ○ No');
    await terminal.press('n');
    await terminal.shows('✓ answered');
    expect(asking.answerTo(id)).toEqual({ decision: 'accept', value: { name: 'abc', count: 7, ready: false } });
  });

  test('has choices, of which some may be left out', async () => {
    const id = ask(
      {
        kind: { type: 'string', enum: ['a', 'b'], enumNames: ['Alpha', 'Beta'], default: 'b' },
        other: { type: 'string', enum: ['c'] },
        maybe: { type: 'boolean' },
        tags: { type: 'array', items: { type: 'string', enum: ['x', 'y'] }, maxItems: 1 },
      },
      ['kind'],
    );
    await terminal.shows('│  ○ Alpha\n│  ● Beta\n└');
    await terminal.press('Enter');
    await terminal.shows('│  ○ leave it out\n└');
    await terminal.press('Up', 'Enter');
    await terminal.shows('◆  maybe');
    await terminal.press('Down', 'Enter');
    await terminal.shows('◆  tags');
    await terminal.press('Space', 'Down', 'Space', 'Enter');
    await terminal.shows('choose at most 1');
    await terminal.press('Space', 'Enter');
    await terminal.shows('✓ answered');
    expect(asking.answerTo(id)).toEqual({ decision: 'accept', value: { kind: 'b', maybe: false, tags: ['y'] } });
  });

  test('that is none is answered with JSON', async () => {
    const id = asking.ask({ kind: 'elicitation', server: 'fk', schema: { anyOf: [] }, decisions: ['accept', 'decline'] });
    await terminal.shows('The answer, as JSON');
    await terminal.type('{"a": 1}');
    await terminal.press('Enter');
    await terminal.shows('✓ answered');
    expect(asking.answerTo(id)).toEqual({ decision: 'accept', value: { a: 1 } });
  });
});

describe('permissions', () => {
  const permissions = { network: { enabled: true }, fileSystem: { write: ['/srv/a', '/srv/b'] } };

  test('may be given whole, for the turn or the session', async () => {
    for (const [key, decision] of [
      ['y', 'accept'],
      ['s', 'acceptForSession'],
      ['n', 'decline'],
    ] as const) {
      const id = asking.ask({ kind: 'permissions', permissions, decisions: ['accept', 'acceptForSession', 'decline'] });
      expect(tail(await terminal.shows(waits), 1)).toEqual(['  y yes, all of it / n no / s yes, for this session / p a part of it ›']);
      await terminal.press(key);
      await terminal.shows((screen) => /by owner\n/.test(screen));
      expect(asking.answerTo(id)).toEqual({ decision });
      await terminal.clear();
    }
  });

  test('may be given in part, and for how long', async () => {
    const id = asking.ask({ kind: 'permissions', permissions, decisions: ['accept', 'acceptForSession', 'decline'] });
    await terminal.shows(waits);
    await terminal.press('p');
    await terminal.shows('│  ◻ fileSystem.write: /srv/b');
    await terminal.press('Down', 'Space', 'Enter');
    await terminal.shows('For how long?');
    await terminal.press('Down', 'Enter');
    await terminal.shows('✓ allowed in part for the whole session by owner');
    expect(asking.answerTo(id)).toEqual({ decision: 'acceptForSession', value: { fileSystem: { write: ['/srv/a'] } } });
  });

  test('a part is no must: Esc leads back to the keys', async () => {
    const id = asking.ask({ kind: 'permissions', permissions, decisions: ['accept', 'decline'] });
    await terminal.shows(waits);
    await terminal.press('p');
    await terminal.shows('What may it have?');
    await terminal.press('Escape');
    await terminal.shows((screen) => screen.split('p a part of it ›').length === 3 && waits(screen));
    await terminal.press('n');
    await terminal.shows('⊘ declined');
    expect(asking.answerTo(id)).toEqual({ decision: 'decline' });
  });
});

test('a paste answers one question only', async () => {
  const questions = [
    { id: 'a', question: 'First?' },
    { id: 'b', question: 'Second?' },
  ];
  asking.ask({ kind: 'userInput', decisions: ['accept', 'decline'], questions });
  await terminal.shows('First?');
  await terminal.type('one\ntwo\n');
  expect(await terminal.shows('Second?')).toMatch(/First\?\n│ {2}one two\n/);
});
