/** Runs the built `spool` as a process of its own, with nothing of our environment but the PATH. */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

export const MAIN = join(import.meta.dirname, '../../dist/cli/main.js');

export interface Ran {
  /** Null when a signal ended it. */
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunningSpool {
  readonly child: ChildProcess;
  readonly ended: Promise<Ran>;
  /** Resolves when `text` has come on stdout or stderr; rejects when the process ends without. */
  printed(text: string): Promise<void>;
}

export interface SpoolOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** What stdin says; it is closed behind it. */
  readonly stdin?: string;
}

export function startSpool(args: readonly string[], options: SpoolOptions = {}): RunningSpool {
  const env = { PATH: process.env['PATH'] ?? '', ...options.env };
  const child = spawn(process.execPath, [MAIN, ...args], {
    env,
    stdio: 'pipe',
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
  });
  const said = { stdout: '', stderr: '' };
  const listeners = new Set<() => void>();
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text: string) => {
      said[name] += text;
      for (const listener of listeners) listener();
    });
  }
  child.stdin.end(options.stdin ?? '');
  const ended = once(child, 'close').then(([status]: unknown[]): Ran => ({ status: typeof status === 'number' ? status : null, ...said }));
  const printed = (text: string): Promise<void> =>
    new Promise((resolve, reject) => {
      const look = (): void => {
        if (said.stdout.includes(text) || said.stderr.includes(text)) resolve();
      };
      listeners.add(look);
      look();
      void ended.then((ran) => reject(new Error(`it ended without saying ${JSON.stringify(text)}: ${JSON.stringify(ran)}`)));
    });
  return { child, ended, printed };
}

export function spool(args: readonly string[], options?: SpoolOptions): Promise<Ran> {
  return startSpool(args, options).ended;
}
