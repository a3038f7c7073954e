/** The built `spool` program, as its users have it: commands that run to their end, and hosts that are started and stopped. */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, openSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { type Client, connect } from '../src/client/index.js';
import { Unmet } from './ladder.js';
import { within } from './until.js';

/** The folder of the project, from the source as well as from what was built of it. */
export const ROOT = rootOf(import.meta.dirname);
export const CLI = join(ROOT, 'dist', 'cli', 'main.js');

function rootOf(folder: string): string {
  return existsSync(join(folder, 'package.json')) ? folder : rootOf(dirname(folder));
}

export type Env = Readonly<Record<string, string>>;

export interface Ran {
  /** Null when a signal ended it. */
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

const COMMAND_MS = 30_000;
const READY_MS = 30_000;
const STOP_MS = 20_000;

/** Runs `spool` with these arguments to its end. */
export async function runSpool(env: Env, args: readonly string[]): Promise<Ran> {
  return await run(process.execPath, [CLI, ...args], env);
}

/** Runs a program to its end; what it reads is empty. */
export async function run(command: string, args: readonly string[], env: Env, cwd?: string): Promise<Ran> {
  const child = spawn(command, args, { env, stdio: ['ignore', 'pipe', 'pipe'], ...(cwd === undefined ? {} : { cwd }) });
  const said = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text: string) => {
      said[name] += text;
    });
  }
  const timer = setTimeout(() => child.kill('SIGKILL'), COMMAND_MS);
  const [status] = (await once(child, 'close')) as [number | null];
  clearTimeout(timer);
  return { status, ...said };
}

export interface Served {
  readonly url: string;
  readonly pid: number;
  readonly token: string;
  readonly tokenFile: string;
  readonly client: Client;
  /** Sends the signal and resolves to the exit status when the process is gone; null when the signal ended it. */
  end(signal: NodeJS.Signals): Promise<number | null>;
}

export interface ServePlace {
  readonly env: Env;
  /** The file that gets what it says on stderr. */
  readonly log: string;
}

/** Starts a program that prints one line of JSON with `url` and `token` or `tokenFile` when it is ready, as `spool serve --json` does. */
export async function startHost({ env, log }: ServePlace, argv: readonly string[]): Promise<Served> {
  const errors = openSync(log, 'a');
  const child = spawn(process.execPath, [...argv], { env, stdio: ['ignore', 'pipe', errors] });
  closeSync(errors);
  const line = await within(READY_MS, 'the host is ready', firstLine(child)).catch((error: unknown) => {
    child.kill('SIGKILL');
    throw error;
  });
  if (line === undefined) {
    throw new Unmet(
      `the host ended with ${child.exitCode ?? child.signalCode} before it was ready: ${readFileSync(log, 'utf8').slice(-600)}`,
    );
  }
  const ready = JSON.parse(line) as { readonly url: string; readonly token?: string; readonly tokenFile?: string };
  const tokenFile = ready.tokenFile ?? '';
  const token = ready.token ?? readFileSync(tokenFile, 'utf8').trim();
  const { url } = ready;
  return { url, token, tokenFile, pid: child.pid ?? 0, client: connect({ url, token }), end: (signal) => end(child, signal) };
}

export function serve(place: ServePlace, ...flags: readonly string[]): Promise<Served> {
  return startHost(place, [CLI, 'serve', '--json', '--port', '0', ...flags]);
}

async function firstLine(child: ChildProcess): Promise<string | undefined> {
  if (child.stdout === null) return undefined;
  const lines = createInterface({ input: child.stdout });
  return await Promise.race([
    new Promise<string>((resolve) => lines.once('line', resolve)),
    once(child, 'exit').then((): undefined => undefined),
  ]);
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<number | null> {
  if (child.exitCode === null && child.signalCode === null) {
    const exited = once(child, 'exit');
    child.kill(signal);
    const timer = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
    await exited;
    clearTimeout(timer);
  }
  return child.exitCode;
}
