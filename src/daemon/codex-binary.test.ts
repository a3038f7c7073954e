import { chmod, mkdir, readdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { codexBinary, type TempHome, tempHome } from '../testing/index.js';
import { codexOf, installCodex } from './codex-binary.js';

/** An `npm` that makes a package whose launcher says this version, or fails with these words. */
async function fakeNpm(home: TempHome, says: { version?: string; fails?: string }): Promise<string> {
  const folder = home.join('bin');
  const script =
    says.fails !== undefined
      ? `echo "npm error ${says.fails}" >&2; exit 1`
      : `bin="$3/node_modules/@openai/codex/bin"; mkdir -p "$bin"; printf '#!/bin/sh\\necho codex-cli ${says.version}\\n' > "$bin/codex.js"; chmod +x "$bin/codex.js"`;
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'npm'), `#!/bin/sh\n${script}\n`);
  await chmod(join(folder, 'npm'), 0o755);
  return folder;
}

const envOf = (home: TempHome, bin: string, more: object = {}) => ({
  SPOOL_HOME: home.join('spool'),
  PATH: `${bin}:/usr/bin:/bin`,
  ...more,
});

test('a Codex that is there and new enough is kept, and npm is not asked', async () => {
  await using home = await tempHome();
  const bin = await fakeNpm(home, { fails: 'was asked' });
  const env = envOf(home, bin, { SPOOL_CODEX_BIN: codexBinary() });
  expect(await installCodex(env)).toMatchObject({ path: codexBinary(), installed: false, hiddenBy: undefined });
});

test('a version that is named is installed into the home, and it is said that another one is used before it', async () => {
  await using home = await tempHome();
  const env = envOf(home, await fakeNpm(home, { version: '0.200.0' }));
  const found = await installCodex(env, '0.200.0');
  expect(found).toMatchObject({ version: '0.200.0', installed: true, hiddenBy: codexOf(env) });
  expect(found.path.startsWith(home.join('spool', 'codex'))).toBe(true);
});

test('an install that fails or brings one that is too old leaves the old one as it was', async () => {
  await using home = await tempHome();
  const good = await installCodex(envOf(home, await fakeNpm(home, { version: '0.200.0' })), '0.200.0');
  const failing = envOf(home, await fakeNpm(home, { fails: '404 no such version' }));
  await expect(installCodex(failing, '9.9.9')).rejects.toMatchObject({
    code: 'runtime-failed',
    message: expect.stringContaining('404 no such') as string,
  });
  const old = envOf(home, await fakeNpm(home, { version: '0.1.0' }));
  await expect(installCodex(old, '0.1.0')).rejects.toMatchObject({ code: 'runtime-too-old' });
  expect(await readdir(dirname(home.join('spool', 'codex')))).toEqual(['codex']);
  expect(codexOf({ ...failing, SPOOL_CODEX_BIN: good.path })).toBe(good.path);
});

test('a machine without npm is told what to do', async () => {
  await using home = await tempHome();
  const env = { SPOOL_HOME: home.join('spool'), PATH: home.join('empty') };
  await expect(installCodex({ ...env, SPOOL_CODEX_BIN: home.join('nothing') })).rejects.toMatchObject({ code: 'runtime-missing' });
});
