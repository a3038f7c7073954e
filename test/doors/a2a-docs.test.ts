/** The program in docs/a2a.md does what it says. It is run here, where the client that it needs is installed. */

import { execFile } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { tempHome } from '../../src/testing/index.js';
import { agent, ends, open, play, says } from './a2a-stage.js';
import { TOKEN } from './house.js';

const root = resolve(import.meta.dirname, '../..');

test("the program with the SDK's client prints the reply", async () => {
  await using h = await open([agent('stargazer', { public: true }), agent('other', { public: true })]);
  await using home = await tempHome();
  mkdirSync(home.join('.config/spool'), { recursive: true });
  writeFileSync(home.join('.config/spool/token'), `${TOKEN}\n`);
  const page = readFileSync(join(root, 'docs/a2a.md'), 'utf8');
  const [, code = ''] = /^```js\n([\s\S]*?)^```$/m.exec(page) ?? [];
  const program = code.replace('http://127.0.0.1:4319', h.server.url);
  const env = { HOME: home.path, PATH: process.env['PATH'] ?? '' };
  const ran = promisify(execFile)(process.execPath, ['--input-type=module', '-e', program], { cwd: root, env });
  await Promise.race([play(h, 1, says('Seven.'), ends), ran]);
  expect(await ran).toEqual({ stdout: 'Seven.\n', stderr: '' });
});
