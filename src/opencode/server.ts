/**
 * One `opencode serve` process: on loopback, at a port that nobody else has, behind a password that is made for it. It leads a process group
 * of its own and is stopped with all that it started. It does not outlive the host; one that a killed host has left is found by its state
 * file and stopped.
 */

import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { z } from 'zod';
import type { Clock } from '../base/clock.js';
import { SpoolError } from '../base/errors.js';
import { makePrivateFolder, writePrivateFile } from '../base/private-files.js';
import { type PipedProcess, type ProcessExit, startProcess, stopPid } from '../base/process.js';
import { redact } from '../base/redact.js';
import { Api } from './api.js';
import { xdgFolders } from './folders.js';
import { filesIn, PLUGIN, type ServerSettings, serverEnv } from './settings.js';

export interface ServerParts {
  /** Holds a folder for each server that runs, and what OpenCode keeps besides its data. */
  readonly runDir: string;
  /** What every process of an agent gets of the host's environment. */
  readonly env: Readonly<Record<string, string>>;
  readonly clock: Clock;
  readonly startTimeoutMs?: number;
}

export interface Server {
  readonly pid: number;
  readonly version: string;
  readonly api: Api;
  readonly exited: Promise<ProcessExit>;
  readonly exit: ProcessExit | undefined;
  /** Its last words, without secrets. */
  stderrTail(): string;
  /** Stops it with all that it started. Twice is fine. */
  stop(): Promise<void>;
}

/** It may also be compiled for the first time, on a machine with other work to do. */
const START_MS = 60_000;
const STOP_GRACE_MS = 2_000;
const STARTS = 3;
const LAST_WORDS_MS = 100;
const STATE = 'process.json';
const KEPT_OUTPUT = 8 * 1024;

/** Rejects with `runtime-failed` and what it said when it ends before it listens, `timeout` when it does not listen in time. */
export async function startServer(binary: string, version: string, settings: ServerSettings, parts: ServerParts): Promise<Server> {
  for (let start = 1; ; start++) {
    try {
      return await startAt(await freePort(), { binary, version, settings, parts });
    } catch (error) {
      // Between our look and its start somebody else may have taken the port.
      if (start >= STARTS || !(error instanceof PortTaken)) throw error;
    }
  }
}

interface Start {
  readonly binary: string;
  readonly version: string;
  readonly settings: ServerSettings;
  readonly parts: ServerParts;
}

async function startAt(port: number, { binary, version, settings, parts }: Start): Promise<Server> {
  const folder = join(parts.runDir, `${settings.key}.${randomBytes(4).toString('hex')}`);
  makePrivateFolder(parts.runDir);
  prepareConfigFolder(join(parts.runDir, 'config', 'opencode'));
  mkdirSync(folder, { mode: 0o700 });
  mkdirSync(settings.home, { recursive: true, mode: 0o700 });
  const files = filesIn(folder, settings.instructions);
  writeFileSync(files.plugin, PLUGIN, { mode: 0o600 });
  if (files.instructions !== undefined) writeFileSync(files.instructions, settings.instructions ?? '', { mode: 0o600 });
  const password = randomBytes(32).toString('hex');
  const env = { ...parts.env, ...serverEnv(settings, password, files), ...xdgFolders(settings.home, parts.runDir) };
  let running: PipedProcess | undefined;
  try {
    // With port 0 it would take 4096, where anybody looks for it.
    const args = ['serve', '--hostname', '127.0.0.1', '--port', String(port)];
    running = await startProcess({ command: binary, args, cwd: folder, env });
    running.stdin.end();
    if (running.start !== undefined) {
      writePrivateFile(join(folder, STATE), JSON.stringify({ pid: running.pid, start: running.start }), { derived: true });
    }
    const url = await listening(running, parts);
    return new RunningServer(running, folder, version, new Api(url, password));
  } catch (error) {
    await running?.stop({ graceMs: 0 });
    rmSync(folder, { recursive: true, force: true });
    throw error;
  }
}

/**
 * OpenCode would fetch a package for authors of plugins into each folder of configuration, and wait for it; to a folder in which it stands
 * already, by the word of the lock file, it does nothing.
 */
function prepareConfigFolder(folder: string): void {
  mkdirSync(join(folder, 'node_modules'), { recursive: true, mode: 0o700 });
  const lock = { lockfileVersion: 3, packages: { '': { dependencies: { '@opencode-ai/plugin': '*' } } } };
  writeFileSync(join(folder, 'package-lock.json'), JSON.stringify(lock), { mode: 0o600 });
}

class RunningServer implements Server {
  readonly version: string;
  readonly api: Api;
  readonly #running: PipedProcess;
  readonly #folder: string;

  constructor(running: PipedProcess, folder: string, version: string, api: Api) {
    this.#running = running;
    this.#folder = folder;
    this.version = version;
    this.api = api;
  }

  get pid(): number {
    return this.#running.pid;
  }

  get exited(): Promise<ProcessExit> {
    return this.#running.exited;
  }

  get exit(): ProcessExit | undefined {
    return this.#running.exit;
  }

  stderrTail(): string {
    return redact(this.#running.stderrTail()).trim();
  }

  async stop(): Promise<void> {
    await this.#running.stop({ graceMs: STOP_GRACE_MS });
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

class PortTaken extends SpoolError {}

/** The address that it says it listens at. */
function listening(running: PipedProcess, { clock, startTimeoutMs = START_MS }: ServerParts): Promise<string> {
  return new Promise((resolve, reject) => {
    let said = '';
    let listens = false;
    const words = (): string => redact(`${said}\n${running.stderrTail()}`).trim();
    const timer = clock.after(startTimeoutMs, () => {
      reject(new SpoolError('timeout', `the OpenCode server did not listen within ${startTimeoutMs} ms: ${words()}`));
    });
    running.stdout.on('data', (chunk: Buffer) => {
      // Read on afterwards too: a full pipe would hold it up.
      said = (said + chunk.toString('utf8')).slice(-KEPT_OUTPUT);
      const url = /listening on (http:\/\/127\.0\.0\.1:\d+)/.exec(said)?.[1];
      if (url === undefined || listens) return;
      listens = true;
      timer[Symbol.dispose]();
      resolve(url);
    });
    void running.exited.then(({ code, signal }) => {
      timer[Symbol.dispose]();
      if (listens) return;
      // Its last words lie in the pipes, and are read only now.
      clock.after(LAST_WORDS_MS, () => {
        const text = words();
        // It says no more of a port that is taken.
        const Kind = /ServeError|EADDRINUSE/.test(text) ? PortTaken : SpoolError;
        reject(new Kind('runtime-failed', `the OpenCode server ended before it listened (${signal ?? `status ${code}`}): ${text}`));
      });
    });
  });
}

/** A port that is free right now. */
function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}

const State = z.object({ pid: z.number().int().positive(), start: z.string() });

/** Stops what an earlier host has left running, and clears away its files. Resolves with how many processes there were. */
export async function stopLeftovers(runDir: string): Promise<number> {
  const names = await readdir(runDir).catch(() => []);
  let stopped = 0;
  for (const name of names.filter((one) => /^[0-9a-f]{12}\.[0-9a-f]{8}$/.test(one))) {
    const left = stateIn(join(runDir, name, STATE));
    if (left !== undefined) {
      await stopPid(left.pid, left.start, { graceMs: STOP_GRACE_MS });
      stopped += 1;
    }
    rmSync(join(runDir, name), { recursive: true, force: true });
  }
  return stopped;
}

function stateIn(file: string): z.infer<typeof State> | undefined {
  try {
    return State.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch {
    // The host died before it had started one, or while it wrote this down.
    return undefined;
  }
}
