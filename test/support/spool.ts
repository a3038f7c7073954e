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
  /** What matches on stdout or stderr, once it has come. */
  says(pattern: RegExp): Promise<string>;
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
  const heard = (find: (text: string) => string | undefined, wanted: string): Promise<string> =>
    new Promise((resolve, reject) => {
      const look = (): void => {
        const found = find(said.stdout) ?? find(said.stderr);
        if (found !== undefined) resolve(found);
      };
      listeners.add(look);
      look();
      void ended.then((ran) => reject(new Error(`it ended without saying ${wanted}: ${JSON.stringify(ran)}`)));
    });
  return {
    child,
    ended,
    printed: async (text) => void (await heard((all) => (all.includes(text) ? text : undefined), JSON.stringify(text))),
    says: (pattern) => heard((all) => pattern.exec(all)?.[0], String(pattern)),
  };
}

export function spool(args: readonly string[], options?: SpoolOptions): Promise<Ran> {
  return startSpool(args, options).ended;
}
