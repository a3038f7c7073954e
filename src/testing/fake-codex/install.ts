/** Writes an executable that can stand in for the codex binary of a host, also as SPOOL_CODEX_BIN: a fake Codex. */

import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { FAKE_VERSION } from './server.js';
import { type FakeCodexSettings, SETTINGS_FILE } from './settings.js';

export interface InstallFakeOptions {
  /** The compiled `fake-codex/program.js`; the one beside this file unless given. */
  readonly program?: string;
}

/** Makes `directory/codex` an executable fake Codex and resolves to its path. */
export async function installFakeCodex(directory: string, options: InstallFakeOptions = {}): Promise<string> {
  await mkdir(directory, { recursive: true });
  const path = join(directory, 'codex');
  const program = options.program ?? fileURLToPath(new URL('./program.js', import.meta.url));
  await writeFile(
    `${path}.mjs`,
    MAIN.replaceAll('PROGRAM', () => JSON.stringify(program)),
  );
  // A shell in between, because a shebang line can neither be long nor hold a path with spaces; and it tells the version in no time.
  const version = `case "$1" in --version|-V) echo 'codex-cli ${FAKE_VERSION}'; exit 0;; esac`;
  await writeFile(path, `#!/bin/sh\n${version}\nexec ${quoted(process.execPath)} ${quoted(`${path}.mjs`)} "$@"\n`);
  await chmod(path, 0o755);
  return path;
}

/** Makes `directory` a CODEX_HOME for a fake Codex with these settings. */
export async function prepareFakeHome(directory: string, settings: FakeCodexSettings = {}): Promise<string> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  await writeFile(join(directory, SETTINGS_FILE), JSON.stringify(settings));
  return directory;
}

function quoted(path: string): string {
  return `'${path.replaceAll("'", "'\\''")}'`;
}

const MAIN = `import { pathToFileURL } from 'node:url';
const { playFakeCodex } = await import(pathToFileURL(PROGRAM).href);
const { FakeCodexServer } = await import(new URL('./server.js', pathToFileURL(PROGRAM)).href);
const { stdin, stdout } = process;
const server = new FakeCodexServer(process.env.CODEX_HOME ?? process.cwd());
playFakeCodex({ args: process.argv.slice(2), server, stdin, stdout, exit: (code) => process.exit(code) });
`;
