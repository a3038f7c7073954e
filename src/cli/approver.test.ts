/** Questions that nobody can be asked: each is denied, and each is told once. */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ContractHost } from '../../test/support/contract-host.js';
import { type Ran, spool } from '../../test/support/spool.js';
import type { Approval } from '../contract/approval.js';

const AT = '2026-01-01T00:00:02.000Z';
const NOTE = 'denied: there is no terminal to ask at (--approve auto allows)';
const id = (n: number): string => `apr_00000000000000000000000001_${n}`;

let host: ContractHost;
let home: string;

const cli = (...args: string[]): Promise<Ran> => spool(args, { env: { SPOOL_HOME: home, SPOOL_URL: host.url, SPOOL_TOKEN: host.token } });

/** One question after the other; behind the last one the turn completes. */
function ask(session: string, turn: string, n: number, last: number): void {
  if (n > last) {
    host.append(session, { type: 'turn.completed', turn, at: AT, data: { finalText: 'I went on without.', usage: null } });
    return;
  }
  const decisions: Approval['decisions'] = ['accept', 'decline'];
  const about = { session, turn, kind: 'command', title: 'Run it', command: `rm -rf ${n}`, decisions } as const;
  const approval: Approval = { ...about, decisions, id: id(n), status: 'pending', askedAt: AT };
  host.approvals.set(id(n), approval);
  host.append(session, { type: 'approval.asked', turn, at: AT, data: { approval, ref: String(n) } });
}

beforeEach(async () => {
  host = await new ContractHost().start();
  home = mkdtempSync(join(tmpdir(), 'spool-cli-'));
  host.onTurn = (session, { id: turn }) => ask(session, turn, 1, 2);
  host.onAnswer = ({ session, turn, id: answered }) => ask(session, turn, Number(answered.slice(-1)) + 1, 2);
});

afterEach(async () => {
  await host[Symbol.asyncDispose]();
  rmSync(home, { recursive: true });
});

test('run without a terminal denies each question, says so once for each, and the turn goes on', async () => {
  // A reader that is cut off sees some of the events anew; a question among them is no second one.
  host.faults.push({ cutAfter: 2 });
  const { status, stdout, stderr } = await cli('run', 'Clean up');
  expect({ status, stdout }).toEqual({ status: 0, stdout: 'I went on without.\n' });
  expect(stderr.split(NOTE)).toHaveLength(3);
  expect([1, 2].map((n) => host.approvals.get(id(n))?.answer?.decision)).toEqual(['decline', 'decline']);
});

test('run with --json shows the questions and their answers among the events, and the notes on stderr alone', async () => {
  const { status, stdout, stderr } = await cli('run', 'Clean up', '--json');
  expect({ status, stderr }).toEqual({ status: 0, stderr: `${NOTE}\n${NOTE}\n` });
  const events = stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as { type: string; data: { approval: { id: string } | string; answer?: { decision: string } } });
  const questions = events
    .filter(({ type }) => type.startsWith('approval.'))
    .map(({ type, data: { approval, answer } }) => [type, typeof approval === 'string' ? approval : approval.id, answer?.decision]);
  expect(questions).toEqual(
    [1, 2].flatMap((n) => [
      ['approval.asked', id(n), undefined],
      ['approval.answered', id(n), 'decline'],
    ]),
  );
});
