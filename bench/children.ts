/**
 * The processes of the benchmarks. Whatever happens to a benchmark, nothing that it started is left running: each process is known
 * here from its start on, and what is still there when this program ends is killed.
 */

import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const running = new Set<ChildProcess>();
const lastDuties = new Set<() => void>();

process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
  for (const duty of [...lastDuties].reverse()) duty();
});
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => process.exit(130));

/** Does this when the program ends before the result is disposed, last given first, once all processes are killed. It must be synchronous. */
export function atTheLatest(duty: () => void): Disposable {
  lastDuties.add(duty);
  return { [Symbol.dispose]: () => lastDuties.delete(duty) };
}

/** Starts a process that does not outlive this one. */
export function start(command: string, args: readonly string[], options: SpawnOptions): ChildProcess {
  const child = spawn(command, args, options);
  running.add(child);
  child.once('exit', () => running.delete(child));
  child.once('error', () => running.delete(child));
  return child;
}

/** Signals the process and waits for its end; kills it when that takes more than `graceMs`. Twice is fine. */
export async function stop(child: ChildProcess, signal: NodeJS.Signals = 'SIGTERM', graceMs = 5000): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
  const exited = once(child, 'exit');
  child.kill(signal);
  const timer = setTimeout(() => child.kill('SIGKILL'), graceMs);
  await exited;
  clearTimeout(timer);
}

/** The first line that a process prints on stdout. Rejects with what it said on stderr when it ends before. */
export async function firstLine(child: ChildProcess): Promise<string> {
  const { stdout, stderr } = child;
  if (stdout === null || stderr === null) throw new Error('a process was started without pipes');
  let errors = '';
  stderr.setEncoding('utf8').on('data', (text: string) => {
    errors = (errors + text).slice(-4000);
  });
  const lines = createInterface({ input: stdout });
  const line = new Promise<string>((resolve) => lines.once('line', resolve));
  const gone = once(child, 'exit').then(() => undefined);
  const first = await Promise.race([line, gone]);
  if (first === undefined) throw new Error(`${child.spawnargs.slice(0, 4).join(' ')} ended at once: ${errors}`);
  return first;
}

/** One of our own processes, spoken with in messages. */
export interface Worker<In, Out extends { readonly type: string }> extends AsyncDisposable {
  readonly pid: number;
  send(message: In): void;
  /** Every message from now on; the result stops it. */
  listen(listener: (message: Out) => void): () => void;
  /** The next message of this type that comes after the call. Rejects when the process ends first. */
  next<T extends Out['type']>(type: T): Promise<Extract<Out, { type: T }>>;
}

/** Starts a file of this folder as a process of its own. `file` is its name without ending. */
export function startWorker<In extends object, Out extends { readonly type: string }>(
  file: string,
  args: readonly string[] = [],
): Worker<In, Out> {
  const path = fileURLToPath(new URL(`./${file}.js`, import.meta.url));
  const child = start(process.execPath, [path, ...args], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  const listen = (listener: (message: Out) => void): (() => void) => {
    child.on('message', listener);
    return () => child.off('message', listener);
  };
  return {
    pid: child.pid ?? 0,
    send: (message) => void child.send(message),
    listen,
    next: (type) =>
      new Promise((resolve, reject) => {
        const gone = (): void => reject(new Error(`${file} ended in the middle of the benchmark`));
        child.once('exit', gone);
        const off = listen((message) => {
          if (message.type !== type) return;
          off();
          child.off('exit', gone);
          resolve(message as Extract<Out, { type: typeof type }>);
        });
      }),
    [Symbol.asyncDispose]: () => stop(child),
  };
}
