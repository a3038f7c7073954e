/** All that the host tells of the tasks of a soak, read page by page when everything has ended. */

import type { Api } from '../chaos/api.js';
import type { Event } from '../src/contract/events.js';
import type { Task } from '../src/contract/task.js';
import type { TaskEvent } from '../src/contract/task-events.js';

export interface TaskHistory {
  readonly task: Task;
  readonly events: readonly TaskEvent[];
}

/** Every task that there is. */
export async function allTasks(api: Api): Promise<Task[]> {
  const tasks: Task[] = [];
  for (let cursor = ''; ; ) {
    const page = (await api.get(`/v1/tasks?limit=1000${cursor}`)) as unknown as { items: Task[]; next: string | null };
    tasks.push(...page.items);
    if (page.next === null) return tasks;
    cursor = `&cursor=${encodeURIComponent(page.next)}`;
  }
}

export async function openTasks(api: Api): Promise<Task[]> {
  const { items } = (await api.get('/v1/tasks?status=open&limit=1000')) as unknown as { items: Task[] };
  return items;
}

export async function historyOf(api: Api, task: Task): Promise<TaskHistory> {
  return { task, events: await pages<TaskEvent>(api, `/v1/tasks/${task.id}/events`) };
}

export function sessionEvents(api: Api, session: string): Promise<Event[]> {
  return pages<Event>(api, `/v1/sessions/${session}/events`);
}

async function pages<T>(api: Api, path: string): Promise<T[]> {
  const events: T[] = [];
  for (let after = 0; ; ) {
    const page = (await api.get(`${path}?after=${after}&limit=5000`)) as unknown as { events: T[]; next: number | null };
    events.push(...page.events);
    if (page.next === null) return events;
    after = page.next;
  }
}
