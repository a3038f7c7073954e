/** A hub with agents from elsewhere: helpers to admit them, to ask in their name, and to break the log under them. */

import type { LeaseTask, Task, TaskSettings } from '../../src/contract/task.js';
import { memoryLog } from '../../src/log/memory/memory-log.js';
import type { Log, NewRecord } from '../../src/ports/log.js';
import { OWNER, type RigOptions } from '../host/rig.js';
import { agent, by, type Stage, stage } from './stage.js';

export const SCOUT = by('scout');

export interface OutsideStage extends Stage {
  /** Asks for a task in the name of an agent; `scout` unless another one is named. */
  lease(command?: LeaseTask, signal?: AbortSignal, alias?: string): Promise<Task | null>;
  /** Asks for one that is there. */
  leased(command?: LeaseTask): Promise<Task>;
  /** The last event of a task. */
  last(task: string): Promise<{ readonly type: string; readonly data: unknown }>;
}

/** With an agent `a` of the host, and `scout` from elsewhere, where no other ones are named. */
export async function outsideStage(
  options: RigOptions = {},
  admitted: Readonly<Record<string, TaskSettings>> = { scout: {} },
): Promise<OutsideStage> {
  const s = stage([agent('a')], options);
  const known = s.hub.listOutsideAgents(OWNER).items.map(({ alias }) => alias);
  for (const [alias, tasks] of Object.entries(admitted)) {
    if (!known.includes(alias)) await s.hub.admitOutsideAgent({ alias, tasks }, OWNER);
  }
  const lease: OutsideStage['lease'] = async (command = {}, signal, alias = 'scout') =>
    (await s.hub.leaseTask(command, by(alias), signal)).task;
  return {
    ...s,
    lease,
    async leased(command) {
      const task = await lease(command);
      if (task === null) throw new Error('there was no task');
      return task;
    },
    async last(task) {
      const { events } = await s.hub.events(task, { after: 0, limit: 1000 }, OWNER);
      const last = events.at(-1);
      if (last === undefined) throw new Error('nothing has happened');
      return last;
    },
    [Symbol.asyncDispose]: () => s[Symbol.asyncDispose](),
  };
}

interface Taps {
  readonly before?: () => unknown;
  readonly after?: () => unknown;
  readonly find?: () => unknown;
}

/** A log that calls `before` each record with an event of this type, `after` it once it is written, and `find` before a command is looked for. */
export function tappedLog(type: string, { before, after, find }: Taps, log: Log = memoryLog()): Log {
  const append: Log['append'] = async (stream, record: NewRecord, expected) => {
    const ours = record.events.some((event) => event.type === type);
    if (ours) await before?.();
    const receipt = await log.append(stream, record, expected);
    if (ours) await after?.();
    return receipt;
  };
  return new Proxy(log, {
    get(target, name) {
      if (name === 'append') return append;
      if (name === 'find') find?.();
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });
}
