/** What is wrong is named, with what to do about it, and nothing is lost: the real host and the real Codex. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import Database from 'libsql';
import { expect, test } from 'vitest';
import type { Event } from '../../src/contract/events.js';
import { installScriptedCodex } from '../../src/testing/index.js';
import { CLI, eventOf, type Served, type World, world } from './rig.js';

async function failureOfTurn(w: World, host: Served): Promise<Event<'turn.failed'>> {
  const session = await host.client.sessions.open({ cwd: w.work });
  await host.client.turns.request(session.id, { input: 'hi' });
  return eventOf(host.client, session.id, (event): event is Event<'turn.failed'> => event.type === 'turn.failed');
}

async function refusedServe(env: NodeJS.ProcessEnv, ...flags: string[]): Promise<{ code: number | null; said: string }> {
  const child = spawn(process.execPath, [CLI, 'serve', ...flags], { env, stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, said };
}

test('without a Codex binary the turn fails and says how to install one', async () => {
  await using w = await world();
  w.env['SPOOL_CODEX_BIN'] = '/no/such/codex';
  const failed = await failureOfTurn(w, await w.serve());
  expect(failed.data.message).toContain('/no/such/codex');
});

test('a Codex that is too old is named with its version and the oldest that works', async () => {
  await using w = await world();
  w.env['SPOOL_CODEX_BIN'] = await installScriptedCodex(w.home.join('old'), [], { version: '0.100.0' });
  const failed = await failureOfTurn(w, await w.serve());
  expect(failed.data.message).toMatch(/0\.100\.0.*0\.130\.0.*npm install -g @openai\/codex/s);
});

test('a broken config.toml fails the turn with the words of Codex, and a mended one works without a restart', async () => {
  await using w = await world();
  const config = w.home.join('codex', 'config.toml');
  const good = await readFile(config, 'utf8');
  await writeFile(config, `${good}\n[model_providers.broken\n`);
  const host = await w.serve();
  const failed = await failureOfTurn(w, host);
  expect(failed.data.message).toContain('failed to load configuration');
  expect(failed.data.message).toContain('config.toml');
  await writeFile(config, good);
  const { turn } = await host.client.turns.request(failed.session, { input: '[[text:mended]]' });
  expect(await host.client.wait(failed.session, turn.id)).toMatchObject({ status: 'completed', finalText: 'mended' });
});

test('a port that is taken is named, with the way out', async () => {
  await using w = await world();
  const taken = createServer().listen(0, '127.0.0.1');
  await once(taken, 'listening');
  const { port } = taken.address() as { port: number };
  const refused = await refusedServe(w.env, '--port', String(port));
  taken.close();
  expect(refused.code).toBe(5);
  expect(refused.said).toContain(String(port));
  expect(refused.said).toContain('--port');
});

test('a home that another host uses is refused with who has it', async () => {
  await using w = await world();
  const host = await w.serve();
  const refused = await refusedServe(w.env, '--port', '0');
  expect(refused.code).toBe(5);
  expect(refused.said).toContain(String(host.pid));
  expect(refused.said).toContain(host.url);
});

test('a log that a newer program wrote is left alone', async () => {
  await using w = await world();
  const host = await w.serve();
  await host.kill('SIGTERM');
  const database = new Database(w.home.join('spool', 'log', 'log.db'));
  database.exec('PRAGMA user_version = 9999');
  database.close();
  const refused = await refusedServe(w.env, '--port', '0');
  expect(refused.code).toBe(1);
  expect(refused.said).toMatch(/9999/);
});
