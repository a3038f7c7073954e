/** `spool permit`: what it shows of a question, and what it sends as an answer. */

import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { AskingHost, SESSION } from '../../test/support/asking-host.js';
import { type Ran, spool } from '../../test/support/spool.js';
import type { Amendment } from '../contract/approval.js';

let asking: AskingHost;

const permit = (...args: string[]): Promise<Ran> => spool(['permit', ...args], { env: asking.env });
const sent = (): unknown => asking.host.requests.findLast(({ method }) => method === 'POST')?.body;

const rule = (id: string, action: Amendment['action'] = 'allow'): Amendment => ({
  id,
  kind: 'command',
  title: `From now on run ${id} without asking`,
  action,
  permanent: true,
});

beforeEach(async () => {
  asking = await new AskingHost().start();
});

afterEach(async () => {
  await asking[Symbol.asyncDispose]();
});

describe('ls and show', () => {
  test('tell all that is needed to decide, and since when and until when it waits', async () => {
    const now = Date.now();
    const id = asking.ask({
      command: 'npm test',
      effect: 'A yes lets it leave the sandbox.',
      amendments: [rule('npm')],
      askedAt: new Date(now - 5 * 60_000).toISOString(),
      deadline: new Date(now + 3 * 3_600_000 + 30_000).toISOString(),
    });
    asking.ask({ kind: 'fileChange', changes: [{ path: '/home/ann/a.txt', kind: 'add', diff: 'one\ntwo\n' }] });
    const { stdout } = await permit('ls');
    expect(stdout).toContain(`${id} command · 5 min · 3 h 0 min left · session …000001\n`);
    expect(stdout).toContain('      npm test\n');
    expect(stdout).toContain('      A yes lets it leave the sandbox.\n');
    expect(stdout).toContain('      allow --always: yes, for good. From now on run npm without asking\n');
    expect(stdout).toContain('? May the agent change these files?\n      + /home/ann/a.txt  2 lines\n');
  });

  test('show has the changes line by line, the form, the rules by their ids, and the answer', async () => {
    const change = { path: '/home/ann/a.txt', kind: 'update', diff: '@@ -1 +1 @@\n-old\n+new\n' } as const;
    const id = asking.ask({ kind: 'fileChange', changes: [change], amendments: [rule('a'), rule('b', 'deny')] });
    const before = (await permit('show', id.slice(-3))).stdout;
    expect(before).toContain(`${id} fileChange · pending`);
    expect(before).toContain('\n/home/ann/a.txt\n@@ -1 +1 @@\n-old\n+new\n');
    expect(before).toContain('    allow --rule a: yes, for good.');
    expect(before).toContain('    deny --rule b: no, for good.');
    expect(before).toContain('may be answered: accept, acceptForSession, decline, cancel\n');
    await permit('deny', id);
    const after = (await permit('show', id)).stdout;
    expect(after).toContain('⊘ declined by owner\n');
    expect(after).not.toContain('may be answered');
    const form = asking.ask({ kind: 'elicitation', schema: { type: 'object', properties: { name: { type: 'string' } } } });
    expect((await permit('show', form)).stdout).toContain('the form, as a JSON schema:\n{\n  "type": "object"');
    expect(JSON.parse((await permit('show', form, '--json')).stdout)).toMatchObject({ id: form, kind: 'elicitation', session: SESSION });
  });
});

describe('allow and deny', () => {
  test('--always writes down the rule that is offered, and says which', async () => {
    const id = asking.ask({ command: 'npm test', amendments: [rule('npm'), rule('never', 'deny')] });
    expect(await permit('allow', id, '--always')).toEqual({
      status: 0,
      stdout: '',
      stderr: `allowed ${id}, for good. From now on run npm without asking\n`,
    });
    expect(sent()).toEqual({ decision: 'accept', amendment: 'npm' });
  });

  test('deny --always takes the rule that forbids, which an accept takes over', async () => {
    const id = asking.ask({ command: 'npm test', amendments: [rule('npm'), rule('never', 'deny')] });
    expect((await permit('deny', id, '--always')).stderr).toBe(`denied ${id}, for good. From now on run never without asking\n`);
    expect(sent()).toEqual({ decision: 'accept', amendment: 'never' });
  });

  test('--always refuses where nothing is offered, and where several are until one is named', async () => {
    const none = asking.ask({ command: 'ls' });
    expect(await permit('allow', none, '--always')).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('offers no rule to write down'),
    });
    const two = asking.ask({ command: 'ls', amendments: [rule('a'), rule('b')] });
    const refused = await permit('allow', two, '--always');
    expect(refused).toMatchObject({ status: 2, stderr: expect.stringContaining('--rule: a (From now on run a without asking), b (') });
    expect((await permit('allow', two, '--rule', 'c')).stderr).toContain('offers no rule "c"');
    expect(asking.answerTo(two)).toBeUndefined();
    expect((await permit('allow', two, '--rule', 'b')).status).toBe(0);
    expect(sent()).toEqual({ decision: 'accept', amendment: 'b' });
  });

  test('--always and --for-session do not go together', async () => {
    const id = asking.ask({ command: 'ls', amendments: [rule('a')] });
    expect((await permit('allow', id, '--always', '--for-session')).status).toBe(2);
    expect(asking.answerTo(id)).toBeUndefined();
  });

  test('deny cancels what cannot be declined', async () => {
    const id = asking.ask({ command: 'ls', decisions: ['accept', 'cancel'] });
    await permit('deny', id);
    expect(asking.answerTo(id)).toEqual({ decision: 'cancel' });
  });
});

describe('answer', () => {
  test.each([
    [['--json-value', '{"db":"SQLite"}'], { decision: 'accept', value: { db: 'SQLite' } }],
    [['--value', '42'], { decision: 'accept', value: '42' }],
    [['--json-value', '42', '--for-session'], { decision: 'acceptForSession', value: 42 }],
    [['--json-value', 'null'], { decision: 'accept', value: null }],
  ])('%j is sent as it is', async (flags, body) => {
    const id = asking.ask({ kind: 'userInput' });
    expect(await permit('answer', id.slice(-3), ...flags)).toEqual({ status: 0, stdout: '', stderr: `answered ${id}\n` });
    expect(sent()).toEqual(body);
  });

  test('a value may come from stdin', async () => {
    const id = asking.ask({ kind: 'userInput' });
    await spool(['permit', 'answer', id, '--json-value', '-'], { env: asking.env, stdin: '{\n  "a": "b"\n}\n' });
    expect(sent()).toEqual({ decision: 'accept', value: { a: 'b' } });
  });

  test.each([
    [[], 'one value is wanted'],
    [['--value', 'a', '--json-value', '1'], 'one value is wanted'],
    [['--json-value', 'text'], '--json-value is no JSON'],
  ])('%j is a usage error', async (flags, words) => {
    const id = asking.ask({ kind: 'userInput' });
    expect(await permit('answer', id, ...flags)).toMatchObject({ status: 2, stdout: '', stderr: expect.stringContaining(words) });
    expect(asking.answerTo(id)).toBeUndefined();
  });

  test('what the host does not take is told with its words, and what was answered before is a conflict', async () => {
    asking.host.refuse = (_, { value }) => (value === 'x' ? 'x is no name' : undefined);
    const id = asking.ask({ kind: 'userInput' });
    expect(await permit('answer', id, '--value', 'x')).toMatchObject({ status: 2, stderr: 'spool: x is no name\n' });
    asking.answerElsewhere(id, { decision: 'decline' }, 'ann');
    expect(await permit('answer', id, '--value', 'y')).toMatchObject({ status: 5, stderr: expect.stringContaining('answered by ann') });
  });
});
