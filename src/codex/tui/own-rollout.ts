/**
 * Which rollout is that of a conversation: the one that its process has open, or, where the system does not tell or the process is gone, the
 * one that began in its folder, after it was started, with just what it was told. One that fits by half is somebody else's.
 */

import { readdirSync, realpathSync, statSync } from 'node:fs';
import { basename, join, sep } from 'node:path';
import { filesWrittenBy } from '../../base/file-holders.js';
import { entryOf, type Fields, fieldsOf, textIn } from '../rollout/entry.js';
import { linesOf } from '../rollout/lines.js';
import { digestOf } from './record.js';
import { textOfMessage } from './turn-entries.js';

export interface Rollout {
  readonly file: string;
  /** Codex's id of the thread. */
  readonly native: string;
}

export interface Sought {
  /** Where Codex keeps its conversations. */
  readonly home: string;
  readonly cwd: string;
  /** When it was told, in milliseconds since 1970. */
  readonly at: number;
  readonly said: string;
  /** Whether a thread is known to be another one. */
  readonly taken: (native: string) => boolean;
}

const NAME = /^rollout-.*-([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\.jsonl$/;
/** How many entries stand before the first message at most. */
const MOST_BEFORE = 40;
/** Clocks and file times differ by a little. */
const SLACK_MS = 1_000;

/** Undefined as long as it has none. Agents that it starts itself have rollouts of their own, and those of others it may only read. */
export async function rolloutOfProcess(pid: number, { home, at, taken }: Sought): Promise<Rollout | undefined> {
  const sessions = real(join(home, 'sessions')) + sep;
  for (const file of (await filesWrittenBy(pid)) ?? []) {
    const native = file.startsWith(sessions) ? NAME.exec(basename(file))?.[1] : undefined;
    if (native === undefined || taken(native)) continue;
    const meta = await metaOf(file);
    if (isFirst(meta) && beganSince(meta, at)) return { file, native };
  }
  return undefined;
}

/** Undefined when there is none, or more than one that it may be. */
export async function rolloutOfPrompt(sought: Sought): Promise<Rollout | undefined> {
  const found: Rollout[] = [];
  for (const file of filesSince(join(sought.home, 'sessions'), sought.at)) {
    const native = NAME.exec(basename(file))?.[1];
    if (native !== undefined && !sought.taken(native) && (await fits(file, sought))) found.push({ file, native });
  }
  return found.length === 1 ? found[0] : undefined;
}

async function fits(file: string, { cwd, at, said }: Sought): Promise<boolean> {
  let count = 0;
  for await (const line of linesOf(file)) {
    const entry = line.whole ? entryOf(line.bytes.toString('utf8')) : undefined;
    if (entry === undefined) continue;
    if (count === 0) {
      const here = textIn(entry.payload, 'cwd');
      if (!isFirst(entry.type === 'session_meta' ? entry.payload : undefined)) return false;
      if (here === undefined || real(here) !== real(cwd) || !beganSince(entry.payload, at)) return false;
    }
    const text = textOfMessage(entry);
    if (text !== undefined) return digestOf(text) === said;
    count += 1;
    if (count > MOST_BEFORE) return false;
  }
  return false;
}

async function metaOf(file: string): Promise<Fields | undefined> {
  for await (const line of linesOf(file)) {
    const entry = line.whole ? entryOf(line.bytes.toString('utf8')) : undefined;
    return entry?.type === 'session_meta' ? entry.payload : undefined;
  }
  return undefined;
}

/** Whether a person or a host speaks there, and not another agent. */
function isFirst(meta: Fields | undefined): boolean {
  return meta !== undefined && fieldsOf(meta['source']) === undefined && textIn(meta, 'thread_source') !== 'subagent';
}

function beganSince(meta: Fields | undefined, at: number): boolean {
  return Date.parse(textIn(meta, 'timestamp') ?? '') >= at - SLACK_MS;
}

function filesSince(folder: string, at: number): string[] {
  try {
    const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
    const files = entries.filter((entry) => entry.isFile() && NAME.test(entry.name)).map((entry) => join(entry.parentPath, entry.name));
    return files.filter((file) => statSync(file).mtimeMs >= at - SLACK_MS);
  } catch {
    // Nobody has said anything here yet.
    return [];
  }
}

function real(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}
