/** Logs in through the real Codex, which knows how, in a home that is gone when it is done. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Clock, isoTime } from '../../base/clock.js';
import { SpoolError } from '../../base/errors.js';
import { type PipedProcess, startProcess } from '../../base/process.js';
import { redact } from '../../base/redact.js';
import { childEnvironment, type Environment } from '../app-server/child-env.js';
import { type FreshLogin, readLogin } from './auth-file.js';
import { makeLoginHome, sweepLoginHomes } from './login-home.js';

export type LoginMethod =
  | { readonly kind: 'browser' }
  /** With a code that is typed in on another device. `issuer`: another login service than OpenAI's. */
  | { readonly kind: 'device'; readonly issuer?: string | undefined }
  | { readonly kind: 'apiKey'; readonly key: string; readonly baseUrl?: string | undefined };

export interface LoginParts {
  /** The Codex executable. */
  readonly binary: string;
  /** A folder for throwaway homes that holds nothing else. */
  readonly folder: string;
  readonly env: Environment;
  /** Handed on to Codex beside the closed list. */
  readonly extraEnv: Environment;
  readonly clock: Clock;
  /** Gets what Codex says to the person, as it says it. */
  readonly say: (text: string) => void;
  /** Ends the login. */
  readonly signal: AbortSignal;
}

/** What a browser is found and opened with. Commands of agents never get it. */
const DESKTOP = [
  'DISPLAY',
  'WAYLAND_DISPLAY',
  'XAUTHORITY',
  'XDG_RUNTIME_DIR',
  'XDG_CURRENT_DESKTOP',
  'DBUS_SESSION_BUS_ADDRESS',
  'BROWSER',
];
const STOP_GRACE_MS = 1_000;

/**
 * Resolves with what the login gave; nothing of it is left on the disk. Rejects with `cancelled` by the signal, and `runtime-failed` with
 * Codex's own words; `details` name the step that failed and the method.
 */
export async function loginWithCodex(parts: LoginParts, method: LoginMethod): Promise<FreshLogin> {
  const { binary, folder, env, extraEnv, clock, say, signal } = parts;
  await sweepLoginHomes(folder);
  signal.throwIfAborted();
  using home = await makeLoginHome(folder);
  const desktop = Object.fromEntries(DESKTOP.map((name) => [name, env[name]]));
  const codex = await startProcess({
    command: binary,
    args: argumentsOf(method),
    env: childEnvironment(env, home.path, { ...desktop, ...extraEnv }),
    onStderr: say,
  });
  try {
    home.usedBy(codex);
    await finished(codex, method, say, signal);
  } finally {
    await codex.stop({ graceMs: STOP_GRACE_MS });
  }
  const { credential, label } = readLogin(readAuthFile(home.path, method), isoTime(clock));
  const withUrl = method.kind === 'apiKey' && method.baseUrl !== undefined && credential.kind === 'apiKey';
  return { label, credential: withUrl ? { ...credential, baseUrl: method.baseUrl } : credential };
}

function argumentsOf(method: LoginMethod): string[] {
  // Otherwise the login might go to the keyring of the system, where it would stay.
  const common = ['login', '-c', 'cli_auth_credentials_store="file"'];
  if (method.kind === 'browser') return common;
  if (method.kind === 'apiKey') return [...common, '--with-api-key'];
  return [...common, '--device-auth', ...(method.issuer === undefined ? [] : ['--experimental_issuer', method.issuer])];
}

async function finished(codex: PipedProcess, method: LoginMethod, say: LoginParts['say'], signal: AbortSignal): Promise<void> {
  codex.stdin.end(method.kind === 'apiKey' ? method.key : '');
  codex.stdout.setEncoding('utf8').on('data', say);
  const aborted = new Promise<'aborted'>((resolve) => {
    signal.addEventListener('abort', () => resolve('aborted'), { once: true });
    if (signal.aborted) resolve('aborted');
  });
  const exit = await Promise.race([codex.exited, aborted]);
  if (exit === 'aborted') throw new SpoolError('cancelled', 'the login was cancelled; what was there before is as it was');
  if (exit.code === 0) return;
  const last = redact(codex.stderrTail()).trim().split('\n').at(-1) ?? '';
  const how = exit.signal === null ? `status ${exit.code}` : exit.signal;
  throw failure('login', method, `codex login ended with ${how}${last === '' ? '' : `: ${last}`}`);
}

function readAuthFile(home: string, method: LoginMethod): string {
  try {
    return readFileSync(join(home, 'auth.json'), 'utf8');
  } catch (error) {
    throw failure('read', method, 'codex login said that it went well, and left no login behind', error);
  }
}

function failure(step: string, { kind: method }: LoginMethod, message: string, cause?: unknown): SpoolError {
  const other = method === 'browser' ? ', or log in from another device: spool login codex --device' : '';
  return new SpoolError('runtime-failed', message, {
    hint: `try again${other}`,
    details: { step, method },
    ...(cause === undefined ? {} : { cause }),
  });
}
