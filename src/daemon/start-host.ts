/** A host with its doors open: what `spool serve` runs and what a program may start inside itself. */

import { homedir } from 'node:os';
import { resolve } from 'node:path';
import { SpoolError } from '../base/errors.js';
import { homePaths } from '../base/home-paths.js';
import { Stack } from '../base/stack.js';
import { codexdDoor } from '../doors/codexd/codexd.js';
import { startHttp } from '../doors/http/server.js';
import { wsDoor } from '../doors/ws/ws.js';
import type { Host } from '../host/face.js';
import { compose, type Environment } from './compose.js';
import { removeHostFile, writeHostFile } from './host-file.js';
import { ownerToken } from './token.js';

export const DEFAULT_PORT = 4319;

export interface StartHostOptions {
  /** Settings (SPOOL_HOME, SPOOL_LOG, SPOOL_CODEX_BIN, CODEX_HOME, ...); usually `process.env`. */
  readonly env: Environment;
  /** 0 picks a free one. Default 4319. */
  readonly port?: number | undefined;
  /** Default 127.0.0.1. */
  readonly bind?: string | undefined;
  /** Lets everybody in who can reach the port; refused on anything but loopback. */
  readonly insecureNoAuth?: boolean | undefined;
  /** Overrides SPOOL_HOME. */
  readonly home?: string | undefined;
  /** Overrides SPOOL_LOG. */
  readonly logLevel?: string | undefined;
  readonly keepRunningTurns?: boolean | undefined;
}

export interface RunningHost extends AsyncDisposable {
  readonly url: string;
  /** Null with `insecureNoAuth`. */
  readonly token: string | null;
  readonly tokenFile: string;
  readonly home: string;
  readonly version: string;
  readonly pid: number;
  readonly host: Host;
  /** Closes the doors, then the host. Twice is fine. */
  stop(): Promise<void>;
}

/** Starts a host. Rejects with `home-locked`, `port-in-use`, `log-too-new`, `invalid-input`; then nothing is left running. */
export async function startHost(options: StartHostOptions): Promise<RunningHost> {
  const stack = new Stack();
  try {
    return await start(options, stack);
  } catch (error) {
    await stack[Symbol.asyncDispose]();
    throw error;
  }
}
