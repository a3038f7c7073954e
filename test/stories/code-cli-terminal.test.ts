/** A person goes on in a terminal with what a host has begun with codex-code-cli, and the host behind them. */

import { appendFile, readFile, writeFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { Terminal } from '../support/terminal.js';
import { world } from './rig.js';

test("between two turns of the host the conversation is a person's, with the settings of the session; the host remembers what was said", async () => {
  await using w = await world();
  // Typed by a program, keys come as fast as a paste.
  const config = w.home.join('codex', 'config.toml');
  await writeFile(config, `disable_paste_burst = true\n${await readFile(config, 'utf8')}`);
  await appendFile(config, `\n[projects.${JSON.stringify(w.work)}]\ntrust_level = "trusted"\n`);
  const { client, token } = await w.serve();
  const permissions = { profile: ':workspace', approvalPolicy: 'never' } as const;
  await client.agents.create({ alias: 'typist', runtime: 'codex-code-cli', permissions });
  const { id } = await client.sessions.open({ agent: 'typist', cwd: w.work });
  await expect(client.sessions.terminalCommand(id)).rejects.toMatchObject({ code: 'conflict', hint: 'run a turn in it first' });
  const one = await client.turns.request(id, { input: '[[text:asked by a program]]' });
  expect(await client.wait(id, one.turn.id)).toMatchObject({ status: 'completed', finalText: 'asked by a program' });

  const env = { HOME: w.home.path, SPOOL_HOME: w.home.join('spool') };
  await using screen = new Terminal(['tui', id], { env, columns: 110, cwd: w.work });
  await screen.shows((text) => text.includes('asked by a program') && text.includes('Ask Codex to do anything'));
  await screen.type('[[text:typed by a person]]');
  await screen.shows('[[text:typed by a person]]');
  await screen.press('Enter');
  await screen.shows('• typed by a person');
  // The host's own turn does not write into a conversation that a person has open.
  const busy = await client.turns.request(id, { input: '[[text:too early]]' });
  expect(await client.wait(id, busy.turn.id)).toMatchObject({ status: 'failed', error: { message: expect.stringContaining('open') } });
  await screen.type('/quit');
  await screen.shows('/quit');
  await screen.press('Enter');
  await screen.shows('[exit 0]');

  const two = await client.turns.request(id, { input: '[[text:back at the program]]' });
  expect(await client.wait(id, two.turn.id)).toMatchObject({ status: 'completed', finalText: 'back at the program' });
  // Codex asks for a title beside the turn, so the last request need not be that of the turn.
  const asked = w.model.requests.map(({ body }) => JSON.stringify(body));
  expect(asked.some((body) => body.includes('back at the program') && body.includes('typed by a person'))).toBe(true);
  const { events } = await client.sessions.events(id, { limit: 1000 });
  expect(events.find(({ type }) => type === 'terminal.acted')).toMatchObject({ data: { by: 'owner', method: 'terminal', allowed: true } });
  expect(JSON.stringify(events)).not.toContain(token);
}, 90_000);
