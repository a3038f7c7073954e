/** Spool's block in a config.toml, with the real Codex beside it that reads and changes the same file, and with several writers. */

import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { checkReal, serversOf } from '../../scripts/config-real.js';
import { editConfig, removeManaged } from '../../src/codex/config-file/edit-config.js';
import type { ManagedConfig } from '../../src/codex/config-file/managed-config.js';
import { readManaged } from '../../src/codex/config-file/plan-config.js';
import { readToml } from '../../src/codex/config-file/toml-read.js';
import { codexBinary, tempHome } from '../../src/testing/index.js';

const run = promisify(execFile);

test('twenty odd configurations are read by the real Codex as before, with the servers of Spool among them', async () => {
  const files = Array.from({ length: 20 }, (_, file) => file);
  const checked = await Promise.all(files.map(async (file) => await checkReal(codexBinary(), 2, file)));
  expect(checked.filter(({ readable }) => readable)).toHaveLength(20);
}, 60_000);

test('the real Codex says when it cannot read a configuration', async () => {
  await using home = await tempHome();
  for (const text of ['x = = 1', '[mcp_servers.a]\ncommand = "a"\n[mcp_servers.a]\ncommand = "a"\n', 'model = 1']) {
    await writeFile(home.join('config.toml'), text);
    expect(await serversOf(codexBinary(), home.path)).toBeUndefined();
  }
});

// What Codex takes for granted (`enabled`) or writes otherwise (20.0) is among them: it leaves it out when it changes any server.
const DOCS = {
  path: ['mcp_servers', 'docs'],
  values: { command: 'd', args: ['x'], env: { B: '2', A: '1' }, enabled: true, startup_timeout_sec: 20 },
};
const PLUGIN = { path: ['plugins', 'x@market'], values: { enabled: true } };
const TOP = { default_permissions: ':workspace' };

const USERS = {
  nothing: '',
  servers: 'model = "x"\n\n# mine\n[mcp_servers.mine]\ncommand = "m" # c\n',
  'other tables': '[tui]\ntheme = "a"\n',
};
const WISHES: Readonly<Record<string, ManagedConfig>> = {
  all: { topLevel: TOP, tables: [DOCS, PLUGIN] },
  tables: { tables: [DOCS, PLUGIN] },
  servers: { tables: [DOCS] },
  keys: { topLevel: TOP },
};
const CASES = Object.entries(USERS).flatMap(([has, text]) =>
  Object.entries(WISHES).map(([wants, managed]) => ({ has, text, wants, managed })),
);

test.each(CASES)(
  'where the user has $has and Spool writes $wants, what Codex then adds, changes and drops is kept and the block is found again',
  async ({ text, managed }) => {
    await using home = await tempHome();
    const file = home.join('config.toml');
    const codex = async (...args: string[]): Promise<void> => {
      await run(codexBinary(), args, { env: { CODEX_HOME: home.path, HOME: home.path } });
    };
    const read = async () => readToml(await readFile(file, 'utf8'));
    await writeFile(file, text);
    await editConfig(file, managed);
    await codex('mcp', 'add', 'added', '--', 'cmd');
    await codex('features', 'enable', 'apps');
    const before = await read();
    const { ownWins } = await editConfig(file, managed);
    expect(ownWins).toEqual([]);
    expect(await editConfig(file, managed)).toMatchObject({ changed: false, movedOut: [] });
    expect(await read()).toMatchObject({ ...before, mcp_servers: { added: { command: 'cmd' } }, features: { apps: true } });
    expect(readManaged(await readFile(file, 'utf8'))).toEqual({ topLevel: {}, tables: [], ...managed });
    await removeManaged(file);
    const own = readToml(text);
    const servers = { ...(own['mcp_servers'] as object | undefined), added: { command: 'cmd' } };
    expect(await read()).toEqual({ ...own, mcp_servers: servers, features: { apps: true } });
  },
  60_000,
);

test('a server of Spool’s that is taken out through Codex, marks and all, is written anew, and what is the user’s stays', async () => {
  await using home = await tempHome();
  const file = home.join('config.toml');
  await writeFile(file, USERS.servers);
  await editConfig(file, { tables: [DOCS, PLUGIN] });
  await run(codexBinary(), ['mcp', 'remove', 'docs'], { env: { CODEX_HOME: home.path, HOME: home.path } });
  expect(readToml(await readFile(file, 'utf8'))).toEqual({ ...readToml(USERS.servers), plugins: { 'x@market': { enabled: true } } });
  expect(await editConfig(file, { tables: [DOCS, PLUGIN] })).toMatchObject({ ownWins: [], movedOut: [] });
  expect(Object.keys(readToml(await readFile(file, 'utf8'))['mcp_servers'] ?? {})).toEqual(['mine', 'docs']);
});

/** Adds servers one by one, each to what it finds. */
const ADDER = `
const [, edit, plan, file, name] = process.argv;
const { editConfig } = await import(edit);
const { readManaged } = await import(plan);
for (let index = 0; index < 15; index += 1) {
  const table = { path: ['mcp_servers', name + index], values: { command: name } };
  await editConfig(file, (text) => ({ tables: [...(readManaged(text)?.tables ?? []), table] }));
}
`;

test('two processes that write at the same time lose nothing of each other', async () => {
  await using home = await tempHome();
  const file = home.join('config.toml');
  await writeFile(file, USERS.servers);
  const room = join(import.meta.dirname, '../../dist/codex/config-file');
  const modules = [join(room, 'edit-config.js'), join(room, 'plan-config.js')];
  const add = (name: string): Promise<unknown> =>
    run(process.execPath, ['--input-type=module', '-e', ADDER, ...modules, file, name], { env: {} });
  await Promise.all([add('a'), add('b'), add('c')]);
  const names = readManaged(await readFile(file, 'utf8'))?.tables?.map(({ path }) => path[1]) ?? [];
  expect(names.toSorted()).toEqual(
    ['a', 'b', 'c'].flatMap((name) => Array.from({ length: 15 }, (_, index) => `${name}${index}`)).toSorted(),
  );
  await removeManaged(file);
  expect(await readFile(file, 'utf8')).toBe(USERS.servers);
}, 60_000);
