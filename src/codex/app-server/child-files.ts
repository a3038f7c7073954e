/**
 * What a running Codex process leaves in the run directory, so that a later host finds it again: one state file per CODEX_HOME, its
 * socket, and its log. All are private to the user.
 */

import { createHash, randomBytes } from 'node:crypto';
import { mkdir, open, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { redact } from '../../base/redact.js';

const ChildState = z.object({
  home: z.string(),
  pid: z.number().int().positive(),
  /** When the process began, as the system says it; a pid alone may be somebody else's by now. */
  processStart: z.string(),
  /** Milliseconds since 1970, taken just before the start. */
  born: z.number(),
  version: z.string(),
  binary: z.string(),
  transport: z.enum(['unix', 'websocket']),
  /** `unix:<path of the socket>`, or a `ws://` URL. */
  address: z.string(),
  token: z.string().optional(),
});
export type ChildState = z.infer<typeof ChildState>;

export interface ChildFiles {
  readonly state: string;
  readonly socket: string;
  readonly log: string;
  /** The capability token alone, for programs that read it from a file. */
  readonly token: string;
}

/** The paths for one home. Kept short: a socket's path may have about 100 bytes. */
export function childFiles(runDir: string, home: string): ChildFiles {
  const name = createHash('sha256').update(home).digest('hex').slice(0, 12);
  const at = (ending: string): string => join(runDir, `${name}.${ending}`);
  return { state: at('json'), socket: at('sock'), log: at('log'), token: at('token') };
}

/** Whether the system takes the path of the home's socket: it has room for about 100 bytes. */
export function socketFits(runDir: string, home: string): boolean {
  return Buffer.byteLength(childFiles(runDir, home).socket) <= 100;
}

export async function makeRunDir(runDir: string): Promise<void> {
  await mkdir(runDir, { recursive: true, mode: 0o700 });
}

/** The state that was written, or undefined when there is none that can be read. */
export async function readChildState(file: string, home: string): Promise<ChildState | undefined> {
  try {
    const state = ChildState.parse(JSON.parse(await readFile(file, 'utf8')));
    return state.home === home ? state : undefined;
  } catch {
    // None, half of one from a crash, or one of another version: the process behind it cannot be found and a new one is started.
    return undefined;
  }
}

/** Written aside and moved into place, so that a reader never sees half of it. */
export async function writeChildState(file: string, state: ChildState): Promise<void> {
  const aside = `${file}.${randomBytes(4).toString('hex')}`;
  await writeFile(aside, JSON.stringify(state), { mode: 0o600, flag: 'wx' });
  await rename(aside, file);
}

export async function removeChildFiles(files: ChildFiles): Promise<void> {
  await Promise.all([files.state, files.socket, files.token].map((file) => rm(file, { force: true })));
}

const TAIL_BYTES = 4096;

/** The end of the log, without secrets; empty when there is none. */
export async function logTail(file: string): Promise<string> {
  try {
    await using handle = await open(file, 'r');
    const { size } = await handle.stat();
    const length = Math.min(size, TAIL_BYTES);
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(length), 0, length, size - length);
    return redact(buffer.subarray(0, bytesRead).toString('utf8')).trim();
  } catch {
    // A log that cannot be read must not hide the error that it was to explain.
    return '';
  }
}
