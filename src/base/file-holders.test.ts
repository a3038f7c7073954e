import { mkdtempSync, openSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { holdersOf, shortCommand } from './file-holders.js';
import { startProcess } from './process.js';

const folder = mkdtempSync(join(tmpdir(), 'spool-holders-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('who has a file open is found with its command, also by another name of the file', async () => {
  const file = join(folder, 'lock');
  writeFileSync(file, '');
  const before = await holdersOf(file);
  if (process.platform !== 'linux') return expect(before).toBeUndefined();
  expect(before).toEqual([]);
  const child = await startProcess({ command: '/bin/sh', args: ['-c', `exec 9<"${file}"; echo open; read x`], env: {} });
  try {
    await new Promise((resolve) => child.stdout.once('data', resolve));
    symlinkSync(file, join(folder, 'alias'));
    expect(await holdersOf(join(folder, 'alias'))).toEqual([{ pid: child.pid, command: expect.stringMatching(/^sh -c exec 9</) }]);
    openSync(file, 'r');
    expect((await holdersOf(file))?.map(({ pid }) => pid)).toContain(process.pid);
  } finally {
    await child.stop({ graceMs: 0 });
  }
  expect(await holdersOf(join(folder, 'none'))).toEqual([]);
});

test('a system that does not tell says so', async () => {
  expect(await holdersOf(join(folder, 'lock'), 'darwin')).toBeUndefined();
});

test('a command is shown short, on one line and without keys', () => {
  expect(shortCommand(['/usr/bin/codex', 'resume', '--key\n', 'sk-abcdefghijklmnop'])).toBe('codex resume --key [redacted]');
  expect(shortCommand(['/usr/bin/codex', 'x'.repeat(200)])).toHaveLength(80);
  expect(shortCommand([])).toBe('unknown');
});
