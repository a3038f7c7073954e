/** codex-cli-remote-control: the real terminal of Codex attached directly to the process that a host drives. */

import { execFileSync } from 'node:child_process';
import { mkdir, readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { codexBinary } from '../../src/testing/index.js';
import { Terminal } from '../support/terminal.js';
import { eventOf, type Served, world } from './rig.js';

const AGENT = { alias: 'remote', runtime: 'codex-cli-remote-control', permissions: { approvalPolicy: 'on-request' } } as const;

async function endpointOf({ client }: Served): Promise<{ address: string; token: string }> {
  const { runtimes } = await client.status();
  const found = runtimes.find(({ runtime }) => runtime === AGENT.runtime);
  if (found?.address === undefined || found.tokenFile === undefined) throw new Error('nothing listens');
  return { address: found.address, token: await readFile(found.tokenFile, 'utf8') };
}

test('what a person types in the terminal of Codex is a turn of the session, live and for good; a restart of the host changes nothing for either', async () => {
  await using w = await world();
  const first = await w.serve();
  await first.client.agents.create(AGENT);
  const { id } = await first.client.sessions.open({ agent: 'remote', cwd: w.work });
  const one = await first.client.turns.request(id, { input: '[[text:the first answer]]' });
  await first.client.wait(id, one.turn.id);
  const threadId = (await first.client.sessions.get(id)).threadId ?? '';
  const { address, token } = await endpointOf(first);

  await mkdir(w.home.join('person'));
  const args = ['resume', threadId, '--remote', address, '--remote-auth-token-env', 'CODEX_TOKEN'];
  const env = { HOME: w.home.path, CODEX_HOME: w.home.join('person'), CODEX_TOKEN: token };
  await using terminal = new Terminal(args, { env, program: [codexBinary()], cwd: w.work, columns: 100 });
  await terminal.shows('the first answer');

  await terminal.type('[[text:typed by a person]]');
  // Codex takes an Enter that comes with the text for a part of what was pasted.
  await terminal.shows('[[text:typed by a person]]');
  await terminal.press('Enter');
  const asked = await eventOf(first.client, id, (event) => event.type === 'turn.requested' && event.data.by === 'another client');
  expect(asked.data).toMatchObject({ input: [{ type: 'text', text: '[[text:typed by a person]]' }] });
  expect(await first.client.wait(id, asked.turn ?? '')).toMatchObject({ status: 'completed', finalText: 'typed by a person' });

  await first.kill('SIGKILL');
  const second = await w.serve();
  expect(await endpointOf(second).catch(() => undefined)).toBeUndefined();
  const three = await second.client.turns.request(id, { input: '[[text:asked over HTTP]]' });
  expect(await second.client.wait(id, three.turn.id)).toMatchObject({ status: 'completed', finalText: 'asked over HTTP' });
  expect(await endpointOf(second)).toEqual({ address, token });
  await terminal.shows('asked over HTTP');
  // Nobody reads the token from a list of processes; the terminal of this test is started by tmux, which is told it.
  const lines = execFileSync('ps', ['-eo', 'args'], { encoding: 'utf8' }).split('\n');
  const codexes = lines.filter((line) => line.startsWith(codexBinary()));
  expect(codexes.length).toBeGreaterThan(1);
  expect(codexes.some((line) => line.includes(token))).toBe(false);
}, 60_000);
