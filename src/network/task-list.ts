/** Lists of tasks: what has ended from its snapshots, what is open as it is now, and of all that only what the caller may see. */

import type { Task } from '../contract/task.js';
import { isTaskId } from '../contract/task-events.js';
import { hasEnded, type TaskState, taskView } from '../domain/tasks/state.js';
import type { Page, Principal } from '../host/face.js';
import type { Snapshots } from '../ports/snapshots.js';
import type { TaskQuery } from './face.js';
import type { Shelf } from './shelf.js';

/** An agent sees the tasks that it has something to do with. */
export function maySee({ to, from, chain }: Pick<TaskState, 'to' | 'from' | 'chain'>, by: Principal): boolean {
  return by.role !== 'agent' || to === by.name || from === by.name || chain.includes(by.name);
}

/** How many snapshots are looked at for one page. */
const AT_MOST = 5000;

export async function listTasks(snapshots: Snapshots, shelf: Shelf, query: TaskQuery, by: Principal): Promise<Page<Task>> {
  const { to, status, limit } = query;
  // What is open may have changed since its snapshot; a filter must not miss it.
  for (const writer of shelf.list()) if (!hasEnded(writer.state)) writer.save();
  const items: Task[] = [];
  let cursor = query.cursor;
  for (let looked = 0; looked < AT_MOST; ) {
    const page = await snapshots.list({ agent: to, status: status === 'open' ? undefined : status, limit: limit - items.length, cursor });
    looked += page.items.length;
    for (const { stream, summary } of page.items) {
      // Schedules have their snapshots there too.
      if (!isTaskId(stream)) continue;
      const task = live(shelf.peek(stream)?.state) ?? (JSON.parse(summary.row) as Task);
      if (fits(task, query) && maySee(task, by)) items.push(task);
    }
    cursor = page.next ?? undefined;
    if (cursor === undefined || items.length >= limit) return { items, next: cursor ?? null };
  }
  return { items, next: cursor ?? null };
}

function live(state: TaskState | undefined): Task | undefined {
  return state === undefined ? undefined : taskView(state);
}

function fits(task: Task, { status, root, context }: TaskQuery): boolean {
  if (root !== undefined && task.root !== root) return false;
  if (context !== undefined && task.context !== context) return false;
  return status !== 'open' || !hasEnded(task);
}
