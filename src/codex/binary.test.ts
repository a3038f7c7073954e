import { chmodSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { codexBinary } from '../testing/codex-binary.js';
import { codexVersion, findCodex, MINIMUM_CODEX, requireCodex } from './binary.js';
import { CODEX_VERSION } from './generated/version.js';

const folder = realpathSync(mkdtempSync(join(tmpdir(), 'spool-binary-')));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** An executable that prints `says` and notes each of its runs in a file beside it. */
function program(path: string, says: string): string {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, `#!/bin/sh\necho run >> "${path}.runs"\necho "${says}"\n`);
  chmodSync(path, 0o755);
  return path;
}

const runs = (path: string): number => readFileSync(`${path}.runs`, 'utf8').split('\n').length - 1;

describe('Finding Codex', () => {
  test('the PATH comes before the package beside us, and its first executable wins', () => {
    const [first, second] = [join(folder, 'first'), join(folder, 'second')];
    mkdirSync(join(first, 'codex'), { recursive: true });
    const found = program(join(second, 'codex'), 'codex-cli 0.150.0');
    expect(findCodex({ path: `relative:${first}:${second}` })).toBe(found);
    expect(findCodex({ path: first })).toBe(codexBinary());
    expect(findCodex({ path: undefined })).toBe(codexBinary());
  });

  test("npm's launcher stands for the native executable behind it, also through a link", () => {
    const bin = join(folder, 'bin');
    mkdirSync(bin);
    symlinkSync(join(process.cwd(), 'node_modules', '@openai', 'codex', 'bin', 'codex.js'), join(bin, 'codex'));
    expect(findCodex({ path: bin })).toBe(codexBinary());
    expect(findCodex({ explicit: join(bin, 'codex'), path: undefined })).toBe(codexBinary());
  });

  test('a launcher without its native executable is used itself', async () => {
    const launcher = program(join(folder, 'alone', 'bin', 'codex.js'), 'codex-cli 0.150.0');
    expect(findCodex({ explicit: launcher, path: undefined })).toBe(launcher);
    expect(await requireCodex(launcher)).toBe('0.150.0');
  });

  test('what the user names is used or refused, and nothing else is tried', () => {
    const mine = program(join(folder, 'mine', 'my-codex'), 'codex-cli 0.150.0');
    expect(findCodex({ explicit: mine, path: undefined })).toBe(mine);
    expect(findCodex({ explicit: 'my-codex', path: dirname(mine) })).toBe(mine);
    for (const explicit of [join(folder, 'no-such'), 'no-such', dirname(mine)]) {
      const attempt = (): string => findCodex({ explicit, path: dirname(codexBinary()) });
      expect(attempt).toThrow(expect.objectContaining({ code: 'runtime-missing', message: expect.stringContaining(explicit) }));
    }
  });
});

describe('Its version', () => {
  test('the installed one says what the generated types are from', async () => {
    expect(await requireCodex(codexBinary())).toBe(CODEX_VERSION);
  });

  test('it is asked once, and again when the file has changed', async () => {
    const path = program(join(folder, 'counted'), 'codex-cli 0.150.0-alpha.2');
    expect(await Promise.all([codexVersion(path), codexVersion(path)])).toEqual(['0.150.0-alpha.2', '0.150.0-alpha.2']);
    expect(await codexVersion(path)).toBe('0.150.0-alpha.2');
    expect(runs(path)).toBe(1);
    program(path, 'codex-cli 0.151.0');
    utimesSync(path, 1, 1);
    expect(await codexVersion(path)).toBe('0.151.0');
    expect(runs(path)).toBe(2);
  });

  test('the oldest that works is let through, and an older one is refused with both versions and what to do', async () => {
    expect(await requireCodex(program(join(folder, 'oldest'), `codex-cli ${MINIMUM_CODEX}`))).toBe(MINIMUM_CODEX);
    expect(await requireCodex(program(join(folder, 'major'), 'codex-cli 1.2.0'))).toBe('1.2.0');
    const old = program(join(folder, 'old'), 'codex-cli 0.99.7');
    await expect(requireCodex(old)).rejects.toMatchObject({
      code: 'runtime-too-old',
      message: expect.stringMatching(/0\.99\.7.*0\.130\.0/),
      hint: expect.stringContaining('npm install -g @openai/codex@latest'),
      details: { found: '0.99.7', minimum: MINIMUM_CODEX },
    });
  });

  test('a file that is gone, or says nothing of a version, is an error that is not remembered', async () => {
    const path = join(folder, 'later');
    await expect(codexVersion(path)).rejects.toMatchObject({ code: 'runtime-missing' });
    program(path, 'hello');
    await expect(codexVersion(path)).rejects.toMatchObject({ code: 'runtime-failed' });
    program(path, 'codex-cli 0.160.0');
    expect(await codexVersion(path)).toBe('0.160.0');
  });
});
