/** Tasks at the start: those that are open, and those that ended without everybody having heard of it, are woken and picked up. */

import { isBegun, isCalledOff } from '../domain/tasks/state.js';
import type { FoundStream } from './first-look.js';
import type { Shelf } from './shelf.js';
import type { TaskStore, TaskWriter } from './task-writer.js';

export interface RecoverParts extends TaskStore {
  /** Those of tasks. */
  readonly streams: Promise<readonly FoundStream[]>;
  readonly shelf: Shelf;
  readonly pick: (writer: TaskWriter) => void;
  /** Aborted when the host stops, which cuts it short. */
  readonly stopping: AbortSignal;
}

const AT_ONCE = 32;

/** Resolves when all are awake. Never rejects; what goes wrong is logged. */
export async function recoverTasks(parts: RecoverParts): Promise<void> {
  const { logger, stopping } = parts;
  try {
    const woken = await wake(parts);
    if (woken > 0) logger.info({ tasks: woken }, 'tasks were picked up where they stood');
  } catch (error) {
    if (!stopping.aborted) logger.error({ err: error }, 'picking up the open tasks was cut short');
  }
}

async function wake({ streams: found, snapshots, shelf, logger, pick, stopping }: RecoverParts): Promise<number> {
  const streams = await found;
  if (streams.length === 0) return 0;
  const marks = await snapshots.marks();
  const open = streams.filter(({ id, head }) => {
    const mark = marks.get(id);
    return mark?.settled !== true || mark.position !== head;
  });
  const writers: TaskWriter[] = [];
  for (let i = 0; i < open.length && !stopping.aborted; i += AT_ONCE) {
    const some = await Promise.all(open.slice(i, i + AT_ONCE).map(({ id }) => wakeOne(id, { shelf, logger })));
    for (const writer of some) if (writer !== undefined) writers.push(writer);
  }
  // In the order in which they were sent, so that each queue is as it was; and those first that their agents work on already.
  const [begun, rest] = [writers.filter(({ state }) => isBegun(state)), writers.filter(({ state }) => !isBegun(state))];
  for (const writer of [...begun, ...rest]) {
    if (stopping.aborted) break;
    pick(writer);
    // Of one that was called off whoever stops its turn saves it.
    if (!isCalledOff(writer.state)) writer.save();
  }
  return writers.length;
}

async function wakeOne(id: string, { shelf, logger }: Pick<RecoverParts, 'shelf' | 'logger'>): Promise<TaskWriter | undefined> {
  try {
    return await shelf.get(id);
  } catch (error) {
    logger.error({ task: id, err: error }, 'the task could not be picked up');
    return undefined;
  }
}
