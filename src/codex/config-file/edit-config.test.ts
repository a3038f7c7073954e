import { chmod, lstat, mkdir, open, readdir, readFile, readlink, rename, stat, symlink, utimes, writeFile } from 'node:fs/promises';
import { applyPatch } from 'diff';
import { expect, test } from 'vitest';
import { type TempHome, tempHome } from '../../testing/temp-home.js';
import { editConfig, removeManaged } from './edit-config.js';
import type { ManagedConfig, ManagedTable } from './managed-config.js';
import { readManaged } from './plan-config.js';
import type { FileCalls } from './replace-file.js';

const MANAGED: ManagedConfig = { topLevel: { default_permissions: ':workspace' }, tables: [server('docs')] };
const USER = 'model = "x" # mine\n\n[tui]\ntheme = "x"\n';

function server(name: string): ManagedTable {
  return { path: ['mcp_servers', name], values: { command: name } };
}

function alsoServer(name: string): (text: string) => ManagedConfig {
  return (text) => ({ tables: [...(readManaged(text)?.tables ?? []), server(name)] });
}

async function withFile(text: string | Uint8Array = USER): Promise<{ home: TempHome; file: string } & AsyncDisposable> {
  const home = await tempHome();
  const file = home.join('config.toml');
  await writeFile(file, text, { mode: 0o640 });
  return { home, file, [Symbol.asyncDispose]: async () => await home[Symbol.asyncDispose]() };
}

function failing(errno: string, where: 'write' | 'rename'): FileCalls {
  const fail = (): Promise<never> => Promise.reject(Object.assign(new Error(`${errno}: no`), { code: errno }));
  return {
    open: async (...args) => {
      const handle = await open(...args);
      if (where === 'write') handle.writeFile = fail;
      return handle;
    },
    rename: where === 'rename' ? fail : rename,
  };
}

test('a file is written with its mode kept, is as it was after the removal, and nothing is left beside it', async () => {
  await using at = await withFile();
  const change = await editConfig(at.file, MANAGED);
  expect(change).toMatchObject({ file: at.file, before: USER, changed: true, ownWins: [], movedOut: [] });
  expect(await readFile(at.file, 'utf8')).toBe(change.after);
  expect((await stat(at.file)).mode & 0o777).toBe(0o640);
  expect(await readdir(at.home.path)).toEqual(['config.toml']);
  expect(await removeManaged(at.file)).toMatchObject({ changed: true, after: USER });
  expect(await readFile(at.file, 'utf8')).toBe(USER);
});

test('a second run writes nothing', async () => {
  await using at = await withFile();
  await editConfig(at.file, MANAGED);
  await utimes(at.file, 1, 1);
  await utimes(at.home.path, 1, 1);
  expect(await editConfig(at.file, MANAGED)).toMatchObject({ changed: false, diff: '' });
  expect([(await stat(at.file)).mtimeMs, (await stat(at.home.path)).mtimeMs]).toEqual([1000, 1000]);
});

test('a dry run writes nothing, makes nothing, and shows what would be as a patch', async () => {
  await using at = await withFile();
  await utimes(at.home.path, 1, 1);
  const { diff, after, changed } = await editConfig(at.file, MANAGED, { dryRun: true });
  expect(changed).toBe(true);
  expect(diff.startsWith(`--- ${at.file}\n+++ ${at.file}\n@@ `)).toBe(true);
  expect(diff).toContain('\n+default_permissions = ":workspace"\n');
  expect(applyPatch(USER, diff)).toBe(after);
  expect(await readFile(at.file, 'utf8')).toBe(USER);
  expect((await stat(at.home.path)).mtimeMs).toBe(1000);
  await editConfig(at.home.join('none', 'config.toml'), MANAGED, { dryRun: true });
  expect(await readdir(at.home.path)).toEqual(['config.toml']);
});

test('a new file is for its user only, and so is a new folder; nothing to write makes none', async () => {
  await using home = await tempHome();
  const file = home.join('new', 'config.toml');
  await removeManaged(file);
  expect(await readdir(home.path)).toEqual([]);
  await editConfig(file, MANAGED);
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  expect((await stat(home.join('new'))).mode & 0o777).toBe(0o700);
  expect(readManaged(await readFile(file, 'utf8'))).toEqual(MANAGED);
});

test('a link stays a link, and what it leads to is written, be it there or not', async () => {
  await using at = await withFile();
  await mkdir(at.home.join('codex'));
  await symlink('../config.toml', at.home.join('codex', 'config.toml'));
  await symlink('codex/config.toml', at.home.join('link'));
  const { after } = await editConfig(at.home.join('link'), MANAGED);
  expect(await readFile(at.file, 'utf8')).toBe(after);
  expect([await readlink(at.home.join('link')), await readlink(at.home.join('codex', 'config.toml'))]).toEqual([
    'codex/config.toml',
    '../config.toml',
  ]);
  await symlink('codex/later.toml', at.home.join('dangling'));
  await editConfig(at.home.join('dangling'), MANAGED);
  expect((await lstat(at.home.join('dangling'))).isSymbolicLink()).toBe(true);
  expect(readManaged(await readFile(at.home.join('codex', 'later.toml'), 'utf8'))).toEqual(MANAGED);
  expect((await readdir(at.home.join('codex'))).toSorted()).toEqual(['config.toml', 'later.toml']);
});

test.each([
  ['ENOSPC', 'write', 'storage-full'],
  ['EDQUOT', 'write', 'storage-full'],
  ['EROFS', 'rename', 'unavailable'],
  ['EIO', 'write', 'unavailable'],
] as const)(
  'when the disk says %s at the %s, the old file stands, nothing is left, and the error says what to do',
  async (errno, where, code) => {
    await using at = await withFile();
    const told = { code, message: expect.stringContaining(at.file), hint: expect.stringContaining('the file is as it was') };
    await expect(editConfig(at.file, MANAGED, { calls: failing(errno, where) })).rejects.toMatchObject(told);
    expect(await readFile(at.file, 'utf8')).toBe(USER);
    expect(await readdir(at.home.path)).toEqual(['config.toml']);
  },
);

test('a folder that nobody may write is told at once', async () => {
  // Neither may root there, on any system.
  const file = process.platform === 'linux' ? '/proc/config.toml' : '/dev/fd/config.toml';
  await expect(editConfig(file, MANAGED)).rejects.toMatchObject({ code: 'unavailable', message: expect.stringContaining(file) });
});

test('what is no file, or no text, is refused and left alone', async () => {
  await using at = await withFile(Uint8Array.of(0x61, 0xff, 0x0a));
  await expect(editConfig(at.file, MANAGED)).rejects.toMatchObject({ code: 'invalid-input', message: `${at.file} is not text in UTF-8` });
  await expect(editConfig(at.home.path, MANAGED)).rejects.toMatchObject({ code: 'invalid-input', message: `${at.home.path} is a folder` });
  await expect(editConfig('/dev/null', MANAGED)).rejects.toMatchObject({ code: 'invalid-input', message: '/dev/null is not a file' });
  await expect(editConfig(`${at.file}/config.toml`, MANAGED)).rejects.toMatchObject({ code: 'unavailable' });
  await symlink('ring', at.home.join('ring'));
  await expect(editConfig(at.home.join('ring'), MANAGED)).rejects.toMatchObject({
    code: 'unavailable',
    message: expect.stringContaining('ELOOP'),
  });
  expect([...(await readFile(at.file))]).toEqual([0x61, 0xff, 0x0a]);
});

test('a file that is not TOML is told with its name, line and column, and is left alone', async () => {
  await using at = await withFile('a = 1\nb = = 2\n');
  const told = { code: 'invalid-input', message: expect.stringContaining(`${at.file} is not valid TOML at line 2, column 5`) };
  await expect(editConfig(at.file, MANAGED)).rejects.toMatchObject(told);
  await expect(editConfig(at.file, MANAGED, { dryRun: true })).rejects.toMatchObject(told);
  expect(await readFile(at.file, 'utf8')).toBe('a = 1\nb = = 2\n');
  expect(await readdir(at.home.path)).toEqual(['config.toml']);
});

test('writers at the same time all get in what they want', async () => {
  await using at = await withFile();
  const names = Array.from({ length: 12 }, (_, index) => `s${index}`);
  await Promise.all(names.map(async (name) => await editConfig(at.file, alsoServer(name))));
  const tables = readManaged(await readFile(at.file, 'utf8'))?.tables ?? [];
  expect(tables.map(({ path }) => path[1]).toSorted()).toEqual(names.toSorted());
});

test('a change that a program without our lock makes at the last moment is not lost', async () => {
  await using at = await withFile();
  let left = 2;
  const calls: FileCalls = {
    open: async (...args) => {
      const handle = await open(...args);
      if (left > 0) await writeFile(at.file, `# ${left}\n${USER}`);
      left -= 1;
      return handle;
    },
    rename,
  };
  const { before } = await editConfig(at.file, MANAGED, { calls });
  expect(before).toBe(`# 1\n${USER}`);
  expect(await removeManaged(at.file)).toMatchObject({ after: `# 1\n${USER}` });
  expect(await readdir(at.home.path)).toEqual(['config.toml']);
});

test('a lock that somebody holds is waited for and told; one that a dead process left is overtaken, and so is its draft', async () => {
  await using at = await withFile();
  await mkdir(`${at.file}.lock`);
  await writeFile(`${at.file}.0123456789ab.spool-draft`, 'half');
  const told = { code: 'unavailable', message: `${at.file} is being changed by another process` };
  await expect(editConfig(at.file, MANAGED, { lockWaitMs: 1 })).rejects.toMatchObject(told);
  expect(await readFile(at.file, 'utf8')).toBe(USER);
  await utimes(`${at.file}.lock`, 1, 1);
  await editConfig(at.file, MANAGED, { lockWaitMs: 1 });
  expect(await readdir(at.home.path)).toEqual(['config.toml']);
});

test('a file that may only be read is replaced, as its folder allows, and stays so', async () => {
  await using at = await withFile();
  await chmod(at.file, 0o400);
  await editConfig(at.file, MANAGED);
  expect((await stat(at.file)).mode & 0o777).toBe(0o400);
});
