/** What `spool send` prints is what other commands take: one turn among several of a session. */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ContractHost } from '../../test/support/contract-host.js';
import { type Ran, spool, startSpool } from '../../test/support/spool.js';

const AT = '2026-01-01T00:00:02.000Z';
const SESSION = 'ses_00000000000000000000000001';

let host: ContractHost;
let home: string;
let env: Record<string, string>;
let first: string;
let second: string;

const cli = (...args: string[]): Promise<Ran> => spool(args, { env });

/** The text that `spool send` says comes next, without quotes. */
const nextOf = ({ stderr }: Ran): string[] => /`spool (wait [^`]*)`/.exec(stderr)?.[1]?.split(' ') ?? [];

function completes(turn: string, finalText: string): void {
  host.append(SESSION, { type: 'turn.completed', turn, at: AT, data: { finalText, usage: null } });
}

beforeEach(async () => {
  host = await new ContractHost().start();
  home = mkdtempSync(join(tmpdir(), 'spool-cli-'));
  env = { SPOOL_HOME: home, SPOOL_URL: host.url, SPOOL_TOKEN: host.token };
  host.addSession(SESSION);
  first = (await cli('send', SESSION, 'First question')).stdout.trim();
  completes(first, 'First answer.\nIn two lines.');
  second = (await cli('send', SESSION, 'Second question')).stdout.trim();
});

afterEach(async () => {
  await host[Symbol.asyncDispose]();
  rmSync(home, { recursive: true });
});

test('send says what to type next, and that waits for its turn', async () => {
  const sent = await cli('send', SESSION, 'Third question');
  const third = sent.stdout.trim();
  const next = nextOf(sent);
  expect(next).toEqual(['wait', '000001', '--turn', third.slice(-6)]);
  const waiting = startSpool(next, { env });
  completes(second, 'Not this one.');
  completes(third, 'Third answer.');
  expect(await waiting.ended).toMatchObject({ status: 0, stdout: 'Third answer.\n' });
});

test('wait for one turn does not wait for those behind it', async () => {
  expect(await cli('wait', SESSION, '--turn', first)).toMatchObject({ status: 0, stdout: 'First answer.\nIn two lines.\n' });
  const timed = await cli('wait', SESSION, '--turn', second, '--timeout', '1');
  expect(timed).toMatchObject({ status: 124, stderr: expect.stringContaining('the turn still runs after 1 s') as string });
  expect(await cli('wait', SESSION, '--turn', 'nonsense')).toMatchObject({
    status: 2,
    stderr: expect.stringContaining('spool show 000001'),
  });
});

test('show shows one turn with its whole final text, as JSON too', async () => {
  const { stdout } = await cli('show', SESSION, '--turn', first.slice(-3));
  expect(stdout).toContain(`turn     ${first}\n`);
  expect(stdout).toContain('status   completed\n');
  expect(stdout).toContain('input    First question\n\nFirst answer.\nIn two lines.\n');
  expect(stdout).not.toContain('Second question');
  expect(JSON.parse((await cli('show', SESSION, '--turn', second, '--json')).stdout)).toMatchObject({ id: second, status: 'running' });
});
