/**
 * The only place that starts runtimes, and with kill-ladder.ts the only one that stops them. Each process leads its own session, so
 * that a Ctrl+C in a terminal does not hit it and all that it starts can be stopped with it.
 */

import { type ChildProcess, type StdioOptions, spawn } from 'node:child_process';
import { closeSync, existsSync, fstatSync, openSync, readSync } from 'node:fs';
import { PassThrough, pipeline, type Readable, type Writable } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';
import { type ErrorCode, messageOf, SpoolError } from './errors.js';
import { killFamily, type StopOptions, signalTo } from './kill-ladder.js';
import { type ProcessTable, procTable, psTable } from './process-table.js';

/** How much of what a process said on stderr is kept, in bytes. */
const TAIL_BYTES = 8 * 1024;

export interface StartProcess {
  /** A path, or a name to be found on the PATH of `env`. */
  readonly command: string;
  readonly args?: readonly string[];
  /** An absolute path; our own working directory when absent. */
  readonly cwd?: string;
  /** The whole environment: nothing of ours is added. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Gets what a process with pipes says on stderr, as it says it. */
  readonly onStderr?: (text: string) => void;
}

export interface ProcessExit {
  /** Null when a signal ended it. */
  readonly code: number | null;
  readonly signal: string | null;
}

export interface RunningProcess {
  readonly pid: number;
  /** Tells this process from a later one with the same pid; see `processStart`. Undefined when it ended before it could be read. */
  readonly start: string | undefined;
  /** Resolves when the process itself is gone; what it started may still be there until `stop`. */
  readonly exited: Promise<ProcessExit>;
  /** How it ended, once it has. */
  readonly exit: ProcessExit | undefined;
  /** The last 8 KiB of what it said on stderr. */
  stderrTail(): string;
  /**
   * Stops it and all that it started, as kill-ladder.ts says. Worth calling also after an exit, for what was left behind. Twice is
   * fine. Resolves with the pids that could not be stopped, normally none.
   */
  stop(options?: StopOptions): Promise<readonly number[]>;
}

/** A process whose stdin and stdout are ours. They take no harm when it ends: writing to it is then without effect. */
export interface PipedProcess extends RunningProcess {
  readonly stdin: Writable;
  readonly stdout: Readable;
  /** Sends a SIGINT to its group, as a Ctrl+C in a terminal would. What it has started in sessions of their own hears nothing of it. */
  interrupt(): void;
}

/** A process that may outlive us. */
export interface StartOnItsOwn extends StartProcess {
  /** The file that gets its stdout and stderr, appended; made with mode 0600. */
  readonly output: string;
}

/**
 * Starts a process that we talk with. Rejects with `runtime-missing` when the command is not there or not executable,
 * `invalid-input` when the folder is not there, `runtime-failed` otherwise. Whoever starts it stops it.
 */
export async function startProcess(options: StartProcess): Promise<PipedProcess> {
  const begun = await startedWithTime(options, ['pipe', 'pipe', 'pipe']);
  const { stdout, stderr } = begun;
  const { stdin } = begun.child;
  if (stdin === null || stdout === null || stderr === null) throw new SpoolError('internal', 'a process was started without its pipes');
  return new PipedChild(begun, { stdin, stdout, stderr }, options.onStderr);
}

/**
 * Starts a process that goes on when we exit, and does not keep us from exiting. Its stdin is empty. Rejects as `startProcess`
 * does. Met again after a restart by its pid and `start`; see `stopPid`.
 */
export async function startOnItsOwn(options: StartOnItsOwn): Promise<RunningProcess> {
  const output = openSync(options.output, 'a', 0o600);
  try {
    const begun = await startedWithTime(options, ['ignore', output, output]);
    begun.child.unref();
    return new Child(begun, () => fileTail(options.output));
  } finally {
    closeSync(output);
  }
}

/** What a short command gave. */
export interface Finished extends ProcessExit {
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a short command to its end. Rejects as `startProcess` does, with `timeout` after `timeoutMs` (then it is stopped). */
export async function runToEnd(options: StartProcess & { readonly timeoutMs: number }): Promise<Finished> {
  const child = await startProcess(options);
  child.stdin.end();
  let stopping: Promise<readonly number[]> | undefined;
  const timer = setTimeout(() => {
    stopping = child.stop({ graceMs: 0 });
  }, options.timeoutMs);
  const stdout = (await bytesOf(child.stdout)).toString('utf8');
  const exit = await child.exited;
  clearTimeout(timer);
  if (stopping === undefined) return { ...exit, stdout, stderr: child.stderrTail() };
  await stopping;
  throw new SpoolError('timeout', `${options.command} did not end within ${options.timeoutMs} ms`);
}

/**
 * Stops a process that an earlier life of ours started on its own, and all that it started. `start` is what `processStart` said of
 * it then: when another process has the pid by now, nothing is touched. The result is that of `RunningProcess.stop`.
 */
export async function stopPid(pid: number, start: string, options?: StopOptions): Promise<readonly number[]> {
  return (await processStart(pid)) === start ? killFamily({ pid, start }, processTable, options) : [];
}

/** Stops all processes that were started with this argument, and all that they started; the result is that of `RunningProcess.stop`. */
export async function stopWithArgument(argument: string, options?: StopOptions): Promise<readonly number[]> {
  const pids = await processTable.withArgument(argument);
  const left = await Promise.all(
    pids.map(async (pid) => {
      const start = await processStart(pid);
      return start === undefined ? [] : await stopPid(pid, start, options);
    }),
  );
  return left.flat();
}

/** When this process was started, as a text for comparing only; undefined when there is none (a zombie is none). */
export async function processStart(pid: number): Promise<string | undefined> {
  const row = await processTable.find(pid);
  return row === undefined || row.zombie ? undefined : row.start;
}

/** What runs on this system. */
export const processTable: ProcessTable = tableOf(process.platform);

function tableOf(platform: string): ProcessTable {
  if (platform === 'linux') return procTable;
  // Windows knows no groups and sessions: there only the process itself is stopped.
  if (platform === 'win32') {
    const none = (): Promise<never[]> => Promise.resolve([]);
    return { list: none, find: () => Promise.resolve(undefined), withArgument: none, memory: () => Promise.resolve(new Map()) };
  }
  return psTable(async (args) => {
    const { stdout } = await started({ command: 'ps', args, env: { PATH: '/bin:/usr/bin' } }, ['ignore', 'pipe', 'ignore']);
    return stdout === null ? '' : (await bytesOf(stdout)).toString('utf8');
  });
}

async function bytesOf(stream: Readable): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

/** A process that the system has agreed to start. */
interface Started {
  readonly child: ChildProcess;
  readonly pid: number;
  readonly start: string | undefined;
  readonly exited: Promise<ProcessExit>;
  readonly stdout: Readable | null;
  readonly stderr: Readable | null;
}

/**
 * Node throws away what a process wrote and nobody has begun to read by the time it exits (`flushStdio`). Ours are read from the first
 * moment on, into a buffer that pushes back when nobody takes it.
 */
function keep(stream: Readable | null): Readable | null {
  // With pipeline, what goes wrong with the pipe comes out of the buffer.
  return stream === null ? null : pipeline(stream, new PassThrough(), () => undefined);
}

async function started(options: StartProcess, stdio: StdioOptions): Promise<Started> {
  const { command, args = [], cwd, env } = options;
  try {
    const child = spawn(command, args, {
      ...(cwd === undefined ? {} : { cwd }),
      env: { ...env },
      stdio,
      detached: true,
      windowsHide: true,
    });
    // Before anything is waited for: a short process may be over by then.
    const [stdout, stderr] = [keep(child.stdout), keep(child.stderr)];
    const exited = new Promise<ProcessExit>((resolve) => {
      child.once('exit', (code, signal) => resolve({ code, signal }));
    });
    await new Promise<void>((resolve, reject) => child.once('spawn', resolve).on('error', reject));
    const pid = child.pid ?? 0;
    return { child, pid, start: undefined, exited, stdout, stderr };
  } catch (error) {
    throw startError(error, options);
  }
}

/** The same with its start time, by which it can be told from a later process with the same pid. */
async function startedWithTime(options: StartProcess, stdio: StdioOptions): Promise<Started> {
  const begun = await started(options, stdio);
  return { ...begun, start: (await processTable.find(begun.pid))?.start };
}

function startError(error: unknown, { command, cwd }: StartProcess): SpoolError {
  const errno = error instanceof Error && 'code' in error ? error.code : undefined;
  // The system says "no such file" of the command also when it means the folder.
  if (errno === 'ENOENT' && cwd !== undefined && !existsSync(cwd)) {
    return new SpoolError('invalid-input', `the folder ${cwd} does not exist`, { cause: error, details: { cwd } });
  }
  const missing: Readonly<Record<string, string>> = {
    ENOENT: `${command} was not found`,
    EACCES: `${command} may not be executed`,
    ENOEXEC: `${command} is not a program for this system`,
  };
  const message = typeof errno === 'string' ? missing[errno] : undefined;
  const code: ErrorCode = message === undefined ? 'runtime-failed' : 'runtime-missing';
  return new SpoolError(code, message ?? `${command} could not be started: ${messageOf(error)}`, { cause: error, details: { command } });
}

class Child implements RunningProcess {
  readonly pid: number;
  readonly start: string | undefined;
  readonly exited: Promise<ProcessExit>;
  readonly #child: ChildProcess;
  readonly #stderrTail: () => string;
  #exit: ProcessExit | undefined;
  #stopping: Promise<readonly number[]> | undefined;

  constructor(started: Started, stderrTail: () => string) {
    this.pid = started.pid;
    this.start = started.start;
    this.#child = started.child;
    this.#stderrTail = stderrTail;
    this.exited = started.exited.then((exit) => {
      this.#exit = exit;
      return exit;
    });
  }

  get exit(): ProcessExit | undefined {
    return this.#exit;
  }

  stderrTail(): string {
    return this.#stderrTail();
  }

  stop(options?: StopOptions): Promise<readonly number[]> {
    this.#stopping ??= this.#stop(options);
    return this.#stopping;
  }

  async #stop(options: StopOptions | undefined): Promise<readonly number[]> {
    if (process.platform === 'win32') this.#child.kill();
    const left = await killFamily(this, processTable, options);
    if (!left.includes(this.pid)) await this.exited;
    return left;
  }
}

class PipedChild extends Child implements PipedProcess {
  readonly stdin: Writable;
  readonly stdout: Readable;

  constructor(
    started: Started,
    pipes: { stdin: Writable; stdout: Readable; stderr: Readable },
    onStderr: StartProcess['onStderr'] = () => undefined,
  ) {
    const tail = new Tail();
    const decoder = new StringDecoder('utf8');
    super(started, () => tail.text());
    this.stdin = pipes.stdin;
    this.stdout = pipes.stdout;
    pipes.stderr.on('data', (chunk: Buffer) => {
      tail.push(chunk);
      onStderr(decoder.write(chunk));
    });
    // Writing to a process that is gone gives EPIPE; that it is gone tells `exited`.
    pipes.stdin.on('error', () => undefined);
  }

  interrupt(): void {
    // As long as nobody has heard of its end its number is its own.
    if (this.exit === undefined) signalTo(-this.pid, 'SIGINT');
  }
}

/** Keeps the end of a stream. */
class Tail {
  #chunks: Buffer[] = [];
  #bytes = 0;

  push(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#bytes += chunk.length;
    while (this.#bytes - (this.#chunks[0]?.length ?? 0) >= TAIL_BYTES) this.#bytes -= this.#chunks.shift()?.length ?? 0;
  }

  text(): string {
    return Buffer.concat(this.#chunks).subarray(-TAIL_BYTES).toString('utf8');
  }
}

function fileTail(path: string): string {
  const file = openSync(path, 'r');
  try {
    const { size } = fstatSync(file);
    const buffer = Buffer.alloc(Math.min(size, TAIL_BYTES));
    const read = readSync(file, buffer, 0, buffer.length, size - buffer.length);
    return buffer.subarray(0, read).toString('utf8');
  } finally {
    closeSync(file);
  }
}
