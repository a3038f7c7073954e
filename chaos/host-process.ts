/** The host under test: `spool serve` in a process of its own, which is killed and started again. */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, openSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { startedWith } from '../bench/processes.js';
import { Broken } from './broken.js';

export interface Address {
  readonly url: string;
  readonly token: string;
  /** How many hosts were started on this home before this one. */
  readonly life: number;
}

export interface HostPlace {
  /** The compiled `cli/main.js`. */
  readonly cli: string;
  readonly env: NodeJS.ProcessEnv;
  /** SPOOL_HOME. */
  readonly home: string;
  /** What the host says on stderr is added to this file. */
  readonly stderr: string;
  /** Where it listens; a free port, another one each time, unless given. */
  readonly port?: number | undefined;
  /** How long a host may take that is told to stop; then it is killed. */
  readonly stopMs?: number | undefined;
  /** Called when a host ends that nobody ended. */
  readonly onCrash: (error: Error) => void;
}

const READY_MS = 60_000;
const STOP_MS = 30_000;

export class HostProcess {
  readonly #place: HostPlace;
  #child: ChildProcess | undefined;
  #address: Address | undefined;
  #lives = 0;
  #ending = false;
  #waiting: ((address: Address) => void)[] = [];
  #failed: ((error: Error) => void)[] = [];

  constructor(place: HostPlace) {
    this.#place = place;
  }

  get lives(): number {
    return this.#lives;
  }

  /** Where the host is now, or as soon as one is up. */
  up(): Promise<Address> {
    const address = this.#address;
    if (address !== undefined) return Promise.resolve(address);
    return new Promise((resolve, reject) => {
      this.#waiting.push(resolve);
      this.#failed.push(reject);
    });
  }

  /** Starts a host; `quietly` tells nobody, for one that is to be killed at once. */
  async start(quietly = false): Promise<void> {
    const { cli, env, stderr, port = 0, onCrash } = this.#place;
    const life = this.#lives++;
    const errors = openSync(stderr, 'a');
    const child = spawn(process.execPath, [cli, 'serve', '--json', '--port', String(port)], { env, stdio: ['ignore', 'pipe', errors] });
    closeSync(errors);
    this.#child = child;
    this.#ending = false;
    const line = await firstLine(child);
    if (line === undefined) {
      const error = new Broken(
        'a host can always be started again',
        `it ended with ${child.exitCode ?? child.signalCode}: ${tail(stderr)}`,
      );
      for (const fail of this.#failed.splice(0)) fail(error);
      throw error;
    }
    child.once('exit', (code, signal) => {
      if (!this.#ending) onCrash(new Broken('a host ends only when it is told to', `it ended with ${code ?? signal}: ${tail(stderr)}`));
    });
    if (quietly) return;
    const { url, tokenFile } = JSON.parse(line) as { url: string; tokenFile: string };
    const address: Address = { url, token: readFileSync(tokenFile, 'utf8').trim(), life };
    this.#address = address;
    this.#failed = [];
    for (const tell of this.#waiting.splice(0)) tell(address);
  }

  /** Signals the host and resolves to how it ended. */
  async end(signal: NodeJS.Signals): Promise<{ code: number | null; signal: NodeJS.Signals | null }> {
    const child = this.#child;
    this.#address = undefined;
    this.#ending = true;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) {
      return { code: child?.exitCode ?? null, signal: child?.signalCode ?? null };
    }
    const exited = once(child, 'exit');
    child.kill(signal);
    const timer = setTimeout(() => child.kill('SIGKILL'), this.#place.stopMs ?? STOP_MS);
    await exited;
    clearTimeout(timer);
    return { code: child.exitCode, signal: child.signalCode };
  }

  /** The Codex processes that this home's state files name; a number that is somebody else's by now is left out. */
  codexPids(): number[] {
    const folder = join(this.#place.home, 'run', 'codex');
    if (!existsSync(folder)) return [];
    const files = readdirSync(folder).filter((name) => name.endsWith('.json'));
    const ours = new Set(this.left());
    return files.flatMap((name) => pidIn(join(folder, name))).filter((pid) => ours.has(pid));
  }

  /** Processes that have this home in their arguments. */
  left(): number[] {
    return startedWith(this.#place.home);
  }

  /** Kills whatever has this folder in its arguments; how many there were. */
  sweep(folder: string): number {
    return startedWith(folder).filter(kill).length;
  }

  /** Kills whatever is left of a run that broke. */
  async clear(folder: string): Promise<void> {
    await this.end('SIGKILL');
    this.sweep(folder);
  }
}

/** Kills a process at once; false when it is gone already. */
export function kill(pid: number): boolean {
  try {
    process.kill(pid, 'SIGKILL');
    return true;
  } catch {
    return false;
  }
}

function pidIn(file: string): number[] {
  try {
    return [(JSON.parse(readFileSync(file, 'utf8')) as { pid: number }).pid];
  } catch {
    // It is just being cleared away.
    return [];
  }
}

async function firstLine(child: ChildProcess): Promise<string | undefined> {
  const { stdout } = child;
  if (stdout === null) return undefined;
  const timer = setTimeout(() => child.kill('SIGKILL'), READY_MS);
  const lines = createInterface({ input: stdout });
  const line = await Promise.race([
    new Promise<string>((resolve) => lines.once('line', resolve)),
    once(child, 'exit').then((): undefined => undefined),
  ]);
  clearTimeout(timer);
  return line;
}

function tail(file: string): string {
  return readFileSync(file, 'utf8').slice(-1000);
}
