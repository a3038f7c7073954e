/** A host as users run it: `spool serve` in a process of its own. */

import type { ChildProcess } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { stopPid } from '../src/base/process.js';
import { atTheLatest, firstLine, start, stop } from './children.js';
import { startedWith } from './processes.js';

export interface ServedHost extends AsyncDisposable {
  readonly url: string;
  readonly pid: number;
  readonly token: string;
  kill(signal: NodeJS.Signals): Promise<void>;
}

export interface ServeOptions {
  readonly cli: string;
  readonly env: NodeJS.ProcessEnv;
  readonly port?: number;
  /** Arguments of Node, as --cpu-prof. */
  readonly node?: readonly string[];
}

/** Starts the process and does not wait for it. */
export function startServe({ cli, env, port = 0, node = [] }: ServeOptions): ChildProcess {
  return start(process.execPath, [...node, cli, 'serve', '--json', '--port', String(port)], { env, stdio: ['ignore', 'pipe', 'pipe'] });
}

/** Starts a host and resolves when it is ready. */
export async function serve(options: ServeOptions): Promise<ServedHost> {
  const child = startServe(options);
  try {
    const { url, pid, tokenFile } = JSON.parse(await firstLine(child)) as { url: string; pid: number; tokenFile: string };
    const kill = (signal: NodeJS.Signals): Promise<void> => stop(child, signal, 10_000);
    return { url, pid, token: readFileSync(tokenFile, 'utf8').trim(), kill, [Symbol.asyncDispose]: () => kill('SIGTERM') };
  } catch (error) {
    await stop(child, 'SIGKILL');
    throw error;
  }
}

/** A Codex process that a host keeps. */
export interface KeptCodex {
  readonly pid: number;
  readonly processStart: string;
  readonly address: string;
}

/** The Codex processes of a SPOOL_HOME. */
export function keptCodex(home: string): KeptCodex[] {
  const folder = join(home, 'run', 'codex');
  try {
    const names = readdirSync(folder).filter((name) => name.endsWith('.json'));
    return names.map((name) => JSON.parse(readFileSync(join(folder, name), 'utf8')) as KeptCodex);
  } catch {
    // No host has been here yet, or it is just clearing away.
    return [];
  }
}

/**
 * Ends what a killed host of this home has left behind, by the home in its arguments: the file that names it may be gone already. It
 * also does so when the program ends without having disposed this.
 */
export function endsKeptCodex(home: string): AsyncDisposable {
  const duty = atTheLatest(() => {
    for (const pid of startedWith(join(home, 'run'))) process.kill(pid, 'SIGKILL');
  });
  return {
    async [Symbol.asyncDispose]() {
      for (const { pid, processStart } of keptCodex(home)) await stopPid(pid, processStart);
      for (const pid of startedWith(join(home, 'run'))) process.kill(pid, 'SIGKILL');
      duty[Symbol.dispose]();
    },
  };
}
