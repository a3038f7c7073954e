/** Pages of an agent's tasks. The hub lists them by other words than clients do, so what does not fit is passed over. */

import { type Task as A2aTask, type ListTasksRequest, type ListTasksResponse, TaskState } from '@a2a-js/sdk';
import { RequestMalformedError } from '@a2a-js/sdk/errors';
import type { Task } from '../../contract/task.js';
import type { Principal } from '../../host/face.js';
import type { Hub } from '../../network/face.js';
import { stateOf } from './task-shape.js';

export interface ListParts {
  readonly hub: Hub;
  readonly by: Principal;
  readonly alias: string;
  readonly shape: (task: Task) => Promise<A2aTask>;
}

const PAGE = 50;
const MOST = 100;
/** How many tasks are looked at to tell how many there are. */
const COUNTED = 5000;

type Wish = Pick<ListTasksRequest, 'contextId' | 'status' | 'statusTimestampAfter'>;

export async function listTasks(parts: ListParts, request: ListTasksRequest): Promise<ListTasksResponse> {
  const { pageSize = PAGE, pageToken, includeArtifacts = false } = request;
  check(request, pageSize);
  const { tasks, next } = await page(parts, request, pageSize, pageToken === '' ? undefined : pageToken);
  const whole = pageToken === '' && next === null;
  const totalSize = whole ? tasks.length : (await page(parts, request, COUNTED, undefined)).tasks.length;
  const shaped = await Promise.all(tasks.map((task) => parts.shape(task)));
  return {
    tasks: includeArtifacts ? shaped : shaped.map((task) => ({ ...task, artifacts: [] })),
    nextPageToken: next ?? '',
    pageSize,
    totalSize,
  };
}

function check({ statusTimestampAfter, status }: ListTasksRequest, pageSize: number): void {
  if (!Number.isInteger(pageSize) || pageSize < 1 || pageSize > MOST) {
    throw new RequestMalformedError(`pageSize: found ${pageSize}, wanted a whole number from 1 to ${MOST}`);
  }
  if (status === TaskState.UNRECOGNIZED) throw new RequestMalformedError('status: wanted a state of tasks');
  if (statusTimestampAfter !== undefined && Number.isNaN(Date.parse(statusTimestampAfter))) {
    throw new RequestMalformedError('statusTimestampAfter: wanted an ISO 8601 time');
  }
}

async function page(
  { hub, by, alias }: ListParts,
  wish: Wish,
  size: number,
  from: string | undefined,
): Promise<{ tasks: Task[]; next: string | null }> {
  const tasks: Task[] = [];
  const context = wish.contextId === '' ? undefined : wish.contextId;
  let cursor = from;
  for (;;) {
    const { items, next } = await hub.listTasks({ to: alias, context, limit: size - tasks.length, cursor }, by);
    tasks.push(...items.filter((task) => fits(task, wish)));
    if (next === null || tasks.length >= size) return { tasks, next };
    cursor = next;
  }
}

function fits(task: Task, { status, statusTimestampAfter }: Wish): boolean {
  if (status !== TaskState.TASK_STATE_UNSPECIFIED && stateOf(task) !== status) return false;
  return statusTimestampAfter === undefined || Date.parse(task.endedAt ?? task.updatedAt) >= Date.parse(statusTimestampAfter);
}
