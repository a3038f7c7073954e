/**
 * Tries the package as a user gets it: packed, installed into an empty folder, and used from there with nothing but Node and npm on the
 * PATH. Codex is not in it; it is installed on request. Says what it did, and fails with what went wrong.
 */

import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join, resolve } from 'node:path';

const root = resolve(import.meta.dirname, '../..');
const folder = mkdtempSync(join(tmpdir(), 'spool-package-'));
try {
  tryPackage(folder);
  process.stdout.write('the package works from an empty folder\n');
} finally {
  rmSync(folder, { recursive: true, force: true });
}

function tryPackage(empty: string): void {
  const packed = JSON.parse(run('npm', ['pack', '--json', '--pack-destination', empty], root)) as readonly {
    filename: string;
    size: number;
  }[];
  const [tarball] = packed;
  if (tarball === undefined) throw new Error('npm packed nothing');
  say(`packed ${tarball.filename}, ${Math.round(tarball.size / 1024)} KB`);

  const user = join(empty, 'user');
  mkdirSync(user);
  writeFileSync(join(user, 'package.json'), '{"private":true,"type":"module"}\n');
  run('npm', ['install', '--no-audit', '--no-fund', join(empty, tarball.filename)], user);
  const installed = readdirSync(join(user, 'node_modules'));
  demand(!installed.includes('@openai'), 'Codex must not come with the package');
  demand(!scripted(user), 'no package that is installed with it may run a script');
  say(`installed ${installed.length} packages`);

  const spool = (...args: string[]): string => run(join(user, 'node_modules/.bin/spool'), args, user);
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
  demand(spool('version').trim() === version, 'spool version says another version');
  const imports =
    "const s = await import('spool'); await import('spool/client'); await import('spool/contract'); await import('spool/testing'); if (typeof s.openHost !== 'function') throw new Error('no openHost');";
  run(process.execPath, ['--input-type=module', '--eval', imports], user);
  say('spool runs, and its four faces can be imported');

  const { path } = JSON.parse(spool('codex', 'install', '--json')) as { path: string };
  demand(path.startsWith(join(user, 'home')), `Codex was installed elsewhere: ${path}`);
  demand(spool('codex', 'install', '--json').includes('"installed":false'), 'Codex was installed a second time');
  say(`Codex was installed at ${path.slice(user.length + 1)}`);
  const events = spool('demo', '--json')
    .split('\n')
    .filter((line) => line.includes('"turn.completed"'));
  demand(events.length > 0, 'the demo completed no turn');
  say('the demo ran');
}

function scripted(user: string): boolean {
  const lock = JSON.parse(readFileSync(join(user, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, { hasInstallScript?: boolean }>;
  };
  return Object.values(lock.packages).some(({ hasInstallScript }) => hasInstallScript === true);
}

/** With nothing of this checkout on the PATH, and a home of its own. */
function run(command: string, args: readonly string[], cwd: string): string {
  const path = [dirname(process.execPath), '/usr/local/bin', '/usr/bin', '/bin'].join(delimiter);
  const env = { ...process.env, PATH: path, SPOOL_HOME: join(folder, 'user', 'home'), NO_COLOR: '1' };
  return execFileSync(command, [...args], {
    cwd,
    env,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
    maxBuffer: 64 * 1024 * 1024,
  });
}

function demand(holds: boolean, otherwise: string): void {
  if (!holds) throw new Error(otherwise);
}

function say(what: string): void {
  process.stdout.write(`- ${what}\n`);
}
