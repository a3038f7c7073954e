import { mkdtempSync, openSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { filesWrittenBy, holdersOf, shortCommand, writersOf } from './file-holders.js';
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

test('who may write to a file is told from who only reads it', async () => {
  const [written, read] = [join(folder, 'written'), join(folder, 'read')];
  writeFileSync(read, '');
  const child = await startProcess({ command: '/bin/sh', args: ['-c', `exec 8<"${read}" 9>>"${written}"; echo open; read x`], env: {} });
  try {
    await new Promise((resolve) => child.stdout.once('data', resolve));
    if (process.platform !== 'linux') return expect(await filesWrittenBy(child.pid)).toBeUndefined();
    expect(await filesWrittenBy(child.pid)).toEqual([written]);
    expect((await writersOf(written))?.map(({ pid }) => pid)).toEqual([child.pid]);
    expect(await writersOf(read)).toEqual([]);
    expect((await holdersOf(read))?.map(({ pid }) => pid)).toEqual([child.pid]);
  } finally {
    await child.stop({ graceMs: 0 });
  }
  expect(await filesWrittenBy(child.pid)).toEqual([]);
});

test('a system that does not tell says so', async () => {
  expect(await holdersOf(join(folder, 'lock'), 'darwin')).toBeUndefined();
  expect(await writersOf(join(folder, 'lock'), 'darwin')).toBeUndefined();
  expect(await filesWrittenBy(process.pid, 'darwin')).toBeUndefined();
});

test('a command is shown short, on one line and without keys', () => {
  expect(shortCommand(['/usr/bin/codex', 'resume', '--key\n', 'sk-abcdefghijklmnop'])).toBe('codex resume --key [redacted]');
  expect(shortCommand(['/usr/bin/codex', 'x'.repeat(200)])).toHaveLength(80);
  expect(shortCommand([])).toBe('unknown');
});
