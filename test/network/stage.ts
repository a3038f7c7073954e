/** A host with its hub over a memory log, agents that follow a script, and helpers that wait for facts of tasks. */

import type { AgentInfo } from '../../src/contract/host.js';
import type { SendTask, Task, TaskSettings, TaskStatus } from '../../src/contract/task.js';
import type { TaskEvent, TaskEventType } from '../../src/contract/task-events.js';
import { parseTaskEvent } from '../../src/contract/task-events.js';
import type { Principal } from '../../src/host/face.js';
import type { Hub } from '../../src/network/face.js';
import { fixedAgents, MOCK, OWNER, type Rig, type RigOptions, rig } from '../host/rig.js';

/** An agent of this host that takes part in tasks. */
export function agent(alias: string, tasks: TaskSettings | undefined = {}, more: Partial<AgentInfo> = {}): AgentInfo {
  return { ...MOCK, alias, ...(tasks === undefined ? {} : { tasks }), ...more };
}

export const by = (alias: string): Principal => ({ name: alias, role: 'agent' });

export interface Stage extends Rig {
  send(command: SendTask, as?: Principal): Promise<Task>;
  /** Resolves with the n-th event of this type of the task, waiting for it if need be. */
  taskEvent<T extends TaskEventType>(task: string, type: T, n?: number): Promise<TaskEvent<T>>;
  /** Resolves once the task is that. */
  becomes(task: string, status: TaskStatus): Promise<Task>;
  history(task: string): Promise<string[]>;
}

export function stage(agents: readonly AgentInfo[], options: RigOptions = {}): Stage {
  const directory = fixedAgents({ get: (alias) => agents.find((one) => one.alias === alias), list: () => agents });
  const built = rig({ agents: directory, ...options });
  const { hub } = built;
  return {
    ...built,
    send: (command, as = OWNER) => hub.sendTask(command, as),
    taskEvent: (task, type, n = 1) => nthEvent(hub, task, type, n),
    becomes: (task, status) => becomes(hub, task, status),
    history: async (task) => (await hub.events(task, { after: 0, limit: 10_000 }, OWNER)).events.map(({ type }) => type),
    [Symbol.asyncDispose]: () => built[Symbol.asyncDispose](),
  };
}

export async function nthEvent<T extends TaskEventType>(hub: Hub, task: string, type: T, n = 1): Promise<TaskEvent<T>> {
  let seen = 0;
  for await (const event of eventsOf(hub, task)) if (event.type === type && ++seen === n) return event as TaskEvent<T>;
  throw new Error(`the stream ended before event ${n} of type ${type}`);
}

/** Resolves once the task is that. */
export async function becomes(hub: Hub, task: string, status: TaskStatus): Promise<Task> {
  for await (const _ of eventsOf(hub, task)) {
    const now = await hub.task(task, OWNER);
    if (now.status === status) return now;
  }
  throw new Error(`the stream ended before the task was ${status}`);
}

async function* eventsOf(hub: Hub, task: string): AsyncGenerator<TaskEvent> {
  const done = new AbortController();
  try {
    for await (const record of hub.follow({ task, after: 0, signal: done.signal }, OWNER)) {
      for (const { position, body } of record.events) yield parseTaskEvent(task, position, body);
    }
  } finally {
    done.abort();
  }
}
