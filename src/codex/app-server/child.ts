/**
 * The Codex process of one home. It listens on a socket and outlives us where its version can; a state file in the run directory
 * lets a later host find it again. A process that cannot be reached, or is none of ours any more, is replaced.
 */

import { createHash, randomBytes } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import type { Clock } from '../../base/clock.js';
import { messageOf, SpoolError } from '../../base/errors.js';
import {
  type PipedProcess,
  processStart,
  type RunningProcess,
  startOnItsOwn,
  startProcess,
  stopPid,
  stopWithArgument,
} from '../../base/process.js';
import { redact } from '../../base/redact.js';
import type { RuntimeStatus } from '../../contract/host.js';
import type { Logger } from '../../ports/logger.js';
import { stdioTransport } from '../wire/stdio.js';
import type { Transport } from '../wire/transport.js';
import { connectWebSocket, type WebSocketOptions } from '../wire/websocket.js';
import { childEnvironment, type Environment } from './child-env.js';
import {
  type ChildFiles,
  type ChildState,
  childFiles,
  logTail,
  makeRunDir,
  readChildState,
  removeChildFiles,
  writeChildState,
} from './child-files.js';

export type TransportKind = Exclude<RuntimeStatus['transport'], 'http'>;

export interface ChildExit {
  readonly exitCode: number | null;
  readonly signal: string | null;
}

/** A running Codex process. Whoever got it stops it, or leaves it running on purpose. */
export interface Child {
  readonly pid: number;
  readonly version: string;
  /** When it was started, in milliseconds since 1970. */
  readonly born: number;
  readonly transport: TransportKind;
  /** Where other programs can reach it, and the private file with the token that they need; undefined where only we can. */
  readonly endpoint?: { readonly address: string; readonly tokenFile: string } | undefined;
  /** Whether it goes on when we exit. */
  readonly outlivesUs: boolean;
  /** Makes a connection. Rejects with `runtime-failed` (and the process's last words) when it is gone or cannot be reached. */
  connect(): Promise<Transport>;
  /** How it ended, as soon as it has; undefined when it is still there after `withinMs`. */
  exit(withinMs: number): Promise<ChildExit | undefined>;
  /** Its last words, without secrets. */
  logTail(): Promise<string>;
  /** Stops it with all that it started, and forgets it. It may take `graceMs` to end by itself. Twice is fine. */
  stop(graceMs?: number): Promise<void>;
}

export interface ChildParts {
  readonly runDir: string;
  /** The host's environment, of which a closed list is handed on. */
  readonly env: Environment;
  /** Handed on beside it. */
  readonly extraEnv: Environment;
  /** Whether a connection asks for signs of life; see `WebSocketOptions`. */
  readonly heartbeat?: WebSocketOptions['heartbeat'];
  readonly clock: Clock;
  readonly logger: Logger;
}

const READY_MS = 20_000;
const LOOK_MS = 15;
/** An idle Codex ends within 100 ms of a SIGTERM. */
const STOP_GRACE_MS = 3_000;

/** The process that an earlier host left running for this home, if it lives; what is left of a dead one is cleared away. */
export async function findChild(home: string, parts: ChildParts): Promise<Child | undefined> {
  const files = childFiles(parts.runDir, home);
  const state = await readChildState(files.state, home);
  if (state !== undefined && (await processStart(state.pid)) === state.processStart) {
    return new SocketChild(state, files, undefined, parts);
  }
  // A host that was killed right behind the start of a process had no time to write it down; nobody would ever speak with that one.
  await stopWithArgument(addressOf(files), { graceMs: 0 });
  await removeChildFiles(files);
  return undefined;
}

/** Starts a process for the home. */
export async function startChild(
  home: string,
  codex: { readonly binary: string; readonly version: string },
  transport: TransportKind,
  parts: ChildParts,
): Promise<Child> {
  await Promise.all([makeRunDir(parts.runDir), mkdir(home, { recursive: true, mode: 0o700 })]);
  const files = childFiles(parts.runDir, home);
  const env = childEnvironment(parts.env, home, parts.extraEnv);
  const born = parts.clock.now();
  if (transport === 'stdio') {
    const running = await startProcess({ command: codex.binary, args: ['app-server'], env });
    return new StdioChild(running, codex.version, born, parts.clock);
  }
  await removeChildFiles(files);
  // Also what bounds the log: it begins anew with each process.
  await writeFile(files.log, '', { mode: 0o600 });
  const token = transport === 'websocket' ? randomBytes(32).toString('hex') : undefined;
  const running = await startOnItsOwn({ command: codex.binary, args: listenArgs(files, token), env, output: files.log });
  const state: ChildState = {
    home,
    pid: running.pid,
    processStart: running.start ?? '',
    born,
    version: codex.version,
    binary: codex.binary,
    transport,
    address: `unix:${files.socket}`,
    ...(token === undefined ? {} : { token }),
  };
  try {
    const address = token === undefined ? state.address : await listenedAt(running, files, parts.clock);
    const child = new SocketChild({ ...state, address }, files, running, parts);
    await writeChildState(files.state, { ...state, address });
    if (token !== undefined) await writeFile(files.token, token, { mode: 0o600 });
    return child;
  } catch (error) {
    await running.stop({ graceMs: 0 });
    throw error;
  }
}

function addressOf(files: ChildFiles): string {
  return `unix://${files.socket}`;
}

function listenArgs(files: ChildFiles, token: string | undefined): string[] {
  if (token === undefined) return ['app-server', '--listen', addressOf(files)];
  const digest = createHash('sha256').update(token).digest('hex');
  return ['app-server', '--listen', 'ws://127.0.0.1:0', '--ws-auth', 'capability-token', '--ws-token-sha256', digest];
}

/** The URL with the real port, which only the banner on stderr tells. */
async function listenedAt(running: RunningProcess, files: ChildFiles, clock: Clock): Promise<string> {
  const url = await tryUntil(clock, async () => {
    const banner = /listening on: (ws:\/\/127\.0\.0\.1:\d+)/.exec(await readFile(files.log, 'utf8'))?.[1];
    return banner ?? (running.exit === undefined ? undefined : 'gone');
  });
  if (url === undefined || url === 'gone') throw await startFailure(files, url === 'gone' ? 'ended at once' : 'did not begin to listen');
  return url;
}

async function startFailure(files: ChildFiles, what: string, cause?: unknown): Promise<SpoolError> {
  const tail = await logTail(files.log);
  const reason = cause === undefined ? '' : ` (${messageOf(cause)})`;
  return new SpoolError('runtime-failed', `the Codex app-server ${what}${reason}${tail === '' ? '' : `: ${tail}`}`, { cause });
}

/** Looks again and again until there is something, or the time is up. */
async function tryUntil<T>(clock: Clock, look: () => Promise<T | undefined>): Promise<T | undefined> {
  const end = clock.now() + READY_MS;
  for (;;) {
    const found = await look();
    if (found !== undefined || clock.now() >= end) return found;
    await pause(clock, LOOK_MS);
  }
}

function pause(clock: Clock, ms: number): Promise<void> {
  return new Promise((resolve) => {
    clock.after(ms, resolve);
  });
}

class SocketChild implements Child {
  readonly pid: number;
  readonly version: string;
  readonly born: number;
  readonly transport: TransportKind;
  readonly outlivesUs = true;
  readonly endpoint: Child['endpoint'];
  readonly #state: ChildState;
  readonly #files: ChildFiles;
  /** Undefined for a process that an earlier host started. */
  readonly #running: RunningProcess | undefined;
  readonly #clock: Clock;
  readonly #heartbeat: WebSocketOptions['heartbeat'];

  constructor(state: ChildState, files: ChildFiles, running: RunningProcess | undefined, parts: Pick<ChildParts, 'clock' | 'heartbeat'>) {
    this.pid = state.pid;
    this.version = state.version;
    this.born = state.born;
    this.transport = state.transport;
    this.endpoint = state.token === undefined ? undefined : { address: state.address, tokenFile: files.token };
    this.#state = state;
    this.#files = files;
    this.#running = running;
    this.#clock = parts.clock;
    this.#heartbeat = parts.heartbeat;
  }

  async connect(): Promise<Transport> {
    let last: unknown;
    const transport = await tryUntil(this.#clock, async () => {
      try {
        return await this.#dial();
      } catch (error) {
        last = error;
        if (this.#running === undefined) throw await startFailure(this.#files, 'cannot be reached', error);
        if (this.#running.exit !== undefined) throw await startFailure(this.#files, 'ended at once');
        return undefined;
      }
    });
    if (transport === undefined) throw await startFailure(this.#files, 'did not begin to listen', last);
    return transport;
  }

  #dial(): Promise<Transport> {
    const { address, token } = this.#state;
    return connectWebSocket({ address, token, heartbeat: this.#heartbeat, clock: this.#clock });
  }

  async exit(withinMs: number): Promise<ChildExit | undefined> {
    const running = this.#running;
    if (running !== undefined) {
      const exit = await Promise.race([running.exited, pause(this.#clock, withinMs)]);
      return exit === undefined ? undefined : { exitCode: exit.code, signal: exit.signal };
    }
    const end = this.#clock.now() + withinMs;
    // Not our child, so nobody tells us how it ended.
    while ((await processStart(this.pid)) === this.#state.processStart) {
      if (this.#clock.now() >= end) return undefined;
      await pause(this.#clock, LOOK_MS);
    }
    return { exitCode: null, signal: null };
  }

  logTail(): Promise<string> {
    return logTail(this.#files.log);
  }

  async stop(graceMs = STOP_GRACE_MS): Promise<void> {
    const options = { graceMs };
    if (this.#running === undefined) await stopPid(this.pid, this.#state.processStart, options);
    else await this.#running.stop(options);
    const left = await readChildState(this.#files.state, this.#state.home);
    if (left === undefined || left.pid === this.pid) await removeChildFiles(this.#files);
  }
}

class StdioChild implements Child {
  readonly pid: number;
  readonly version: string;
  readonly born: number;
  readonly transport = 'stdio';
  readonly outlivesUs = false;
  readonly #running: PipedProcess;
  readonly #clock: Clock;

  constructor(running: PipedProcess, version: string, born: number, clock: Clock) {
    this.pid = running.pid;
    this.version = version;
    this.born = born;
    this.#running = running;
    this.#clock = clock;
  }

  connect(): Promise<Transport> {
    return Promise.resolve(stdioTransport(this.#running, { clock: this.#clock }));
  }

  async exit(): Promise<ChildExit | undefined> {
    // Its pipes close with it, so it is gone or about to be.
    const { code, signal } = await this.#running.exited;
    return { exitCode: code, signal };
  }

  logTail(): Promise<string> {
    return Promise.resolve(redact(this.#running.stderrTail()).trim());
  }

  async stop(graceMs = STOP_GRACE_MS): Promise<void> {
    await this.#running.stop({ graceMs });
  }
}
