/** Where Codex's own record of a thread lies, the rollout: by the day on which the thread began, or among those that were put away. */

import { type Dirent, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

const DAY_MS = 86_400_000;
const VERSION_7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** The path of a thread's rollout, or undefined when it has none (yet). Looks where a running thread has it. */
export function findRollout(home: string, threadId: string): string | undefined {
  const [first] = VERSION_7.test(threadId) ? inDaysOf(home, threadId) : inFolder(join(home, 'sessions'), threadId);
  return first;
}

/** Whether a process can go on with the thread. One that was killed at its very beginning leaves a record with nothing in it, which Codex refuses. */
export function canBeResumed(home: string, threadId: string): boolean {
  const file = findRollout(home, threadId);
  return file !== undefined && (statSync(file, { throwIfNoEntry: false })?.size ?? 0) > 0;
}

/** Every record of the thread that there is, wherever it lies: more than one where somebody has copied it. */
export function findRollouts(home: string, threadId: string): readonly string[] {
  return [...inFolder(join(home, 'sessions'), threadId), ...inFolder(join(home, 'archived_sessions'), threadId)];
}

/** Folders are named by the local day on which a thread began, and an id of version 7 begins with that moment. */
function inDaysOf(home: string, threadId: string): string[] {
  const began = Number.parseInt(threadId.replaceAll('-', '').slice(0, 12), 16);
  const days = [began, began - DAY_MS, began + DAY_MS].map((ms) => new Date(ms).toISOString().slice(0, 10));
  return days.flatMap((day) => inFolder(join(home, 'sessions', ...day.split('-')), threadId));
}

function inFolder(folder: string, threadId: string): string[] {
  return entriesOf(folder)
    .filter((entry) => entry.isFile() && entry.name.startsWith('rollout-') && entry.name.endsWith(`-${threadId}.jsonl`))
    .map((entry) => join(entry.parentPath, entry.name));
}

function entriesOf(folder: string): Dirent[] {
  try {
    return readdirSync(folder, { recursive: true, withFileTypes: true });
  } catch {
    // There is none, as when no thread began on that day.
    return [];
  }
}
