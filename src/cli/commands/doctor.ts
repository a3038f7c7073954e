/** `spool doctor` */

import { accessSync, constants, existsSync, statSync } from 'node:fs';
import { createServer } from 'node:net';
import { dirname } from 'node:path';
import { SpoolError } from '../../base/errors.js';
import type { Check } from '../../daemon/check-codex.js';
import { command } from '../command.js';
import { clientOf, HOST_FLAGS, type HostArgs } from '../connect.js';
import type { Io } from '../output.js';
import { oneLine } from '../render/printable.js';

export const doctor = command({
  about:
    'Checks what a host needs on this machine, and says the command that mends what is missing. Changes nothing; exits 1 when something needed is missing.',
  args: HOST_FLAGS,
  async run(args, io) {
    const { checkCodex } = await import('../../daemon/check-codex.js');
    const { checkRuntimes } = await import('../../daemon/check-runtimes.js');
    const { checkService } = await import('../../daemon/service/check-service.js');
    const { checkEnvironment, withVault } = await import('../../daemon/check-surroundings.js');
    const codex = await withVault(await checkCodex(io.env), io.places);
    const checks = [
      checkNode(),
      ...codex,
      ...(await checkRuntimes(io.env, io.places)),
      checkEnvironment(io.env),
      ...checkPlaces(io),
      await checkHost(args, io),
      ...checkService(io.env),
    ];
    const ok = checks.every(({ state }) => state !== 'bad');
    if (args.json) io.json({ ok, checks });
    else print(checks, io);
    return ok ? 0 : 1;
  },
});

function print(checks: readonly Check[], io: Io): void {
  const ink = io.ink(io.stdout);
  const marks = { good: ink.green('✓'), warning: ink.yellow('!'), bad: ink.red('✗') };
  const width = Math.max(...checks.map(({ name }) => name.length));
  for (const { name, state, says, mend } of checks) {
    io.data(`${marks[state]} ${ink.bold(name.padEnd(width))}  ${oneLine(says)}`);
    if (mend !== undefined) io.data(`  ${' '.repeat(width)}  ${ink.cyan(mend)}`);
  }
}

function checkNode(): Check {
  const { node } = process.versions;
  const [major = 0, minor = 0] = node.split('.').map(Number);
  const fits = (major === 20 && minor >= 19) || (major === 22 && minor >= 14) || major > 22;
  if (!fits) return { name: 'node', state: 'bad', says: `${node} is not supported: 20.19 or 22.14 is the least`, mend: 'nvm install 24' };
  return { name: 'node', state: 'good', says: node };
}

/** The home must be ours to write and nobody else's to read: it holds the owner's token. */
function checkPlaces(io: Io): Check[] {
  const { config, data, run, token, home } = io.places;
  for (const folder of new Set([config, data, run])) {
    const there = nearestFolder(folder);
    try {
      accessSync(there, constants.W_OK | constants.X_OK);
    } catch {
      return [{ name: 'home', state: 'bad', says: `${there} is not yours to write`, mend: `sudo chown -R "$USER" ${there}` }];
    }
  }
  const open = [config, data, run, token].filter((path) => existsSync(path) && (statSync(path).mode & 0o077) !== 0);
  if (open.length > 0 && process.platform !== 'win32') {
    return [{ name: 'home', state: 'warning', says: `others can look into ${open[0]}`, mend: `chmod go= ${[...new Set(open)].join(' ')}` }];
  }
  return [{ name: 'home', state: 'good', says: existsSync(home) ? home : `${home} (made at the first start)` }];
}

function nearestFolder(path: string): string {
  return existsSync(path) || dirname(path) === path ? path : nearestFolder(dirname(path));
}

async function checkHost(args: HostArgs, io: Io): Promise<Check> {
  const client = clientOf(args, io);
  try {
    const { version, pid } = await client.status();
    return { name: 'host', state: 'good', says: `spool ${version} answers at ${client.url} (pid ${pid})` };
  } catch (error) {
    const { code, message } = SpoolError.from(error);
    if (code === 'unauthorized') {
      return {
        name: 'host',
        state: 'warning',
        says: `a host answers at ${client.url}, and does not know our token`,
        mend: 'pass --token, or set SPOOL_HOME to its home',
      };
    }
    if (code !== 'unavailable') return { name: 'host', state: 'warning', says: `${client.url}: ${message}`, mend: 'spool serve --port 0' };
  }
  const { hostname, port } = new URL(client.url);
  const free = await portIsFree(hostname, Number(port));
  if (free) return { name: 'host', state: 'good', says: `none runs, and port ${port} is free for one (spool serve)` };
  return { name: 'host', state: 'warning', says: `none runs, and something else has port ${port}`, mend: 'spool serve --port 0' };
}

function portIsFree(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code !== 'EADDRINUSE'));
    server.listen(port, host, () => server.close(() => resolve(true)));
  });
}
