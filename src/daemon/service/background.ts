/**
 * A host in the background without a service manager: started on its own, known by the file that it writes of itself, stopped by a
 * signal. A pid alone is never believed: another process may have it by now.
 */

import { existsSync, readFileSync, renameSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { type Clock, systemClock } from '../../base/clock.js';
import { SpoolError } from '../../base/errors.js';
import type { HomePaths } from '../../base/home-paths.js';
import { makePrivateFolder, writePrivateFile } from '../../base/private-files.js';
import { processStart, startOnItsOwn } from '../../base/process.js';
import type { Environment } from '../environment.js';
import { type HostFile, readHostFile } from '../host-file.js';
import { SCRIPT } from './script.js';

const LOOK_EVERY_MS = 50;
/** A long log and many sessions take their time. */
const MOST_START_MS = 60_000;
const MOST_STOP_MS = 60_000;
const ANSWER_MS = 5_000;
const TAIL_LINES = 20;

/** The host of this home, as long as its process lives. */
export async function liveHost(paths: HomePaths): Promise<HostFile | undefined> {
  const file = readHostFile(paths.hostFile);
  if (file === undefined) return undefined;
  const start = await processStart(file.pid);
  return start !== undefined && (file.start === undefined || file.start === start) ? file : undefined;
}

/** Whether the host answers at its address. */
export async function answers(url: string): Promise<boolean> {
  try {
    return (await fetch(`${url}/healthz`, { signal: AbortSignal.timeout(ANSWER_MS) })).ok;
  } catch {
    // Nobody there, or nobody who answers: both mean no.
    return false;
  }
}

/** Starts a host on its own; resolves once it answers. Rejects with `runtime-failed` and the end of what it said when it does not come up. */
export async function startInBackground(env: Environment, paths: HomePaths, flags: readonly string[]): Promise<HostFile> {
  makePrivateFolder(dirname(paths.diagnostics));
  makePrivateFolder(paths.run);
  keepLast(paths.diagnostics);
  const child = await startOnItsOwn({
    command: process.execPath,
    args: [SCRIPT, 'serve', ...flags],
    env,
    // Where sessions work of which nobody says it; the folder that we stand in may be gone tomorrow.
    cwd: homedir(),
    output: paths.diagnostics,
  });
  const host = await ready(paths, async () => child.exit !== undefined);
  if (host === undefined || host.pid !== child.pid) throw notReady(paths.diagnostics, child.exit === undefined);
  writePrivateFile(flagsFile(paths), `${JSON.stringify({ pid: host.pid, flags })}\n`);
  return host;
}

/** Resolves with the host once it answers, or with undefined when it is gone before or takes too long. */
export async function ready(paths: HomePaths, gone: () => Promise<boolean>, clock: Clock = systemClock): Promise<HostFile | undefined> {
  const until = clock.now() + MOST_START_MS;
  while (clock.now() < until) {
    const host = await liveHost(paths);
    if (host !== undefined && (await answers(host.url))) return host;
    if (await gone()) return undefined;
    await pause(clock);
  }
  return undefined;
}

/** Ends a host as Ctrl-C would; its running turns go on. Rejects with `timeout` when it does not end. */
export async function stopHost({ pid, start }: HostFile, clock: Clock = systemClock): Promise<void> {
  const until = clock.now() + MOST_STOP_MS;
  const known = start ?? (await processStart(pid));
  process.kill(pid, 'SIGTERM');
  while ((await processStart(pid)) === known) {
    if (clock.now() >= until) {
      throw new SpoolError('timeout', `the host (pid ${pid}) was told to stop and still runs after ${MOST_STOP_MS / 1000} s`, {
        hint: `kill -9 ${pid} ends it; what was acknowledged is in the log`,
      });
    }
    await pause(clock);
  }
}

/** The flags that a host was started with in the background; undefined when it was started otherwise. */
export function flagsOf(paths: HomePaths, host: HostFile): string[] | undefined {
  try {
    const kept: unknown = JSON.parse(readFileSync(flagsFile(paths), 'utf8'));
    if (typeof kept !== 'object' || kept === null || !('pid' in kept) || kept.pid !== host.pid || !('flags' in kept)) return undefined;
    return Array.isArray(kept.flags) ? kept.flags.map(String) : undefined;
  } catch {
    // None was kept: it runs in a terminal, or under a service manager.
    return undefined;
  }
}

/** The last lines that a host in the background said. */
export function tailOf(diagnostics: string): string {
  return existsSync(diagnostics) ? readFileSync(diagnostics, 'utf8').trimEnd().split('\n').slice(-TAIL_LINES).join('\n') : '';
}

function notReady(diagnostics: string, alive: boolean): SpoolError {
  return new SpoolError(
    'runtime-failed',
    `the host ${alive ? 'does not answer yet' : 'did not start'}; the end of ${diagnostics}:\n${tailOf(diagnostics)}`,
    {
      hint: '"spool serve" shows the same in this terminal, "spool doctor" what is missing',
    },
  );
}

function flagsFile(paths: HomePaths): string {
  return join(paths.run, 'background.json');
}

/** A file of its own for each start, and the one before it. */
function keepLast(diagnostics: string): void {
  if (existsSync(diagnostics) && statSync(diagnostics).size > 0) renameSync(diagnostics, `${diagnostics}.old`);
}

function pause(clock: Clock): Promise<void> {
  return new Promise((resolve) => clock.after(LOOK_EVERY_MS, resolve));
}
