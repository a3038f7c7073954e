/**
 * What clients of A2A may ask of one agent, answered from the hub. The SDK's own request handler is left aside: it runs the agent itself and
 * keeps tasks and their listeners in its process, so both would be there twice and gone with a restart. Here a task is the hub's task, its
 * updates are the events in the log, and whoever comes back after a restart goes on where it was.
 */

import { randomUUID } from 'node:crypto';
import type {
  Task as A2aTask,
  AgentCard,
  CancelTaskRequest,
  GetTaskRequest,
  ListTasksRequest,
  ListTasksResponse,
  Message,
  SendMessageRequest,
  StreamResponse,
  SubscribeToTaskRequest,
} from '@a2a-js/sdk';
import {
  PushNotificationNotSupportedError,
  RequestMalformedError,
  TaskNotCancelableError,
  TaskNotFoundError,
  UnsupportedOperationError,
} from '@a2a-js/sdk/errors';
import type { A2ARequestHandler } from '@a2a-js/sdk/server';
import { SpoolError } from '../../base/errors.js';
import type { Task } from '../../contract/task.js';
import { isTaskId, parseTaskEvent, type TaskEventType } from '../../contract/task-events.js';
import type { Host, Principal } from '../../host/face.js';
import type { Hub } from '../../network/face.js';
import { answerTask, checkMessage } from './answers.js';
import { told, toldAll } from './errors.js';
import { listTasks } from './list.js';
import { inputOf } from './parts.js';
import type { PublicAgent } from './public-agents.js';
import { firstMessage, taskOf } from './task-shape.js';
import { Updates } from './updates.js';

export interface HandlerParts {
  readonly host: Host;
  readonly hub: Hub;
  readonly agent: PublicAgent;
  readonly card: AgentCard;
  readonly by: Principal;
  /** Aborted when the client is gone or the host stops. */
  readonly signal: AbortSignal;
}

interface Taken {
  readonly task: Task;
  /** Where it was when it was given an answer, whose effect comes behind. */
  readonly after: number | undefined;
}

/** What makes a task stand still. */
const STILL: ReadonlySet<string> = new Set<TaskEventType>([
  'task.waiting',
  'task.replied',
  'task.failed',
  'task.cancelled',
  'task.expired',
]);

export class HubHandler implements A2ARequestHandler {
  readonly #parts: HandlerParts;

  constructor(parts: HandlerParts) {
    this.#parts = parts;
  }

  getAgentCard(): Promise<AgentCard> {
    return Promise.resolve(this.#parts.card);
  }

  getAuthenticatedExtendedAgentCard(): Promise<AgentCard> {
    return Promise.reject(new UnsupportedOperationError('there is one card, for everybody'));
  }

  sendMessage(request: SendMessageRequest): Promise<A2aTask> {
    return told(async () => {
      const taken = await this.#take(request);
      const { returnImmediately = false, historyLength } = request.configuration ?? {};
      const task = returnImmediately ? taken.task : await this.#settled(taken);
      return await this.#shape(task, historyLength);
    });
  }

  sendMessageStream(request: SendMessageRequest): AsyncGenerator<StreamResponse, void, undefined> {
    const open = async function* (handler: HubHandler): AsyncGenerator<StreamResponse> {
      const { task } = await handler.#take(request);
      yield* handler.#updates(task, request.configuration?.historyLength);
    };
    return toldAll(() => open(this));
  }

  getTask({ id, historyLength }: GetTaskRequest): Promise<A2aTask> {
    return told(async () => this.#shape(await this.#task(id), historyLength));
  }

  listTasks(request: ListTasksRequest): Promise<ListTasksResponse> {
    const { hub, agent, by } = this.#parts;
    const shape = (task: Task): Promise<A2aTask> => this.#shape(task, request.historyLength);
    return told(() => listTasks({ hub, by, alias: agent.alias, shape }, request));
  }

  cancelTask({ id }: CancelTaskRequest): Promise<A2aTask> {
    return told(async () => {
      const { hub, by } = this.#parts;
      const task = await this.#task(id);
      if (task.status === 'cancelled') return await this.#shape(task);
      try {
        return await this.#shape(await hub.cancelTask(id, {}, by));
      } catch (error) {
        const { code, message } = SpoolError.from(error);
        if (code === 'conflict') throw new TaskNotCancelableError({ message, cause: error });
        throw error;
      }
    });
  }

  resubscribe({ id }: SubscribeToTaskRequest): AsyncGenerator<StreamResponse, void, undefined> {
    const open = async function* (handler: HubHandler): AsyncGenerator<StreamResponse> {
      const task = await handler.#task(id);
      if (task.endedAt !== undefined) throw new UnsupportedOperationError(`task ${id} has ended: ${task.status} (get it instead)`);
      yield* handler.#updates(task);
    };
    return toldAll(() => open(this));
  }

  createTaskPushNotificationConfig(): Promise<never> {
    return Promise.reject(noPush());
  }

  getTaskPushNotificationConfig(): Promise<never> {
    return Promise.reject(noPush());
  }

  listTaskPushNotificationConfigs(): Promise<never> {
    return Promise.reject(noPush());
  }

  deleteTaskPushNotificationConfig(): Promise<never> {
    return Promise.reject(noPush());
  }

  /** A message without a task begins one; one that names a task answers what it waits for. */
  async #take({ message: given, configuration }: SendMessageRequest): Promise<Taken> {
    const message = checkMessage(given);
    if (configuration?.taskPushNotificationConfig !== undefined) throw noPush();
    if (message.taskId === '') return { task: await this.#send(message), after: undefined };
    const task = await this.#task(message.taskId);
    const after = await answerTask(this.#parts, task, message);
    return { task: await this.#task(message.taskId), after };
  }

  async #send({ parts, contextId, messageId: commandId }: Message): Promise<Task> {
    const { hub, agent, by } = this.#parts;
    const input = inputOf(parts, agent);
    // A repeat of a message that named no context meets the task of the first one, and so its context.
    const context = contextId === '' ? randomUUID() : contextId;
    try {
      return await hub.sendTask({ to: agent.alias, input, session: 'pair', context, commandId }, by);
    } catch (error) {
      // What a rule did not let pass is a task all the same: a rejected one.
      const { code, details } = SpoolError.from(error);
      if (code === 'forbidden' && typeof details?.['task'] === 'string') return await hub.task(details['task'], by);
      throw error;
    }
  }

  /** Rejects with `TaskNotFoundError` for a task of another agent too. */
  async #task(id: string): Promise<Task> {
    const { hub, agent, by } = this.#parts;
    const task = isTaskId(id) ? await hub.task(id, by) : undefined;
    if (task?.to === agent.alias) return task;
    throw new TaskNotFoundError(`there is no task ${id} of ${agent.alias}`);
  }

  /** The task once it has ended or waits for somebody. Rejects when nobody can be told any more. */
  async #settled({ task, after }: Taken): Promise<Task> {
    const { hub, by, signal } = this.#parts;
    // One that was just answered still says that it waits.
    if (task.endedAt !== undefined || (task.waiting !== undefined && after === undefined)) return task;
    for await (const { events } of hub.follow({ task: task.id, after: after ?? task.position, signal }, by)) {
      if (!events.some(({ type }) => STILL.has(type))) continue;
      const now = await hub.task(task.id, by);
      if (now.endedAt !== undefined || now.waiting !== undefined) return now;
    }
    throw new SpoolError('unavailable', 'the host is stopping, and the task goes on when it is back', {
      hint: 'send the same message again',
    });
  }

  async *#updates(task: Task, historyLength?: number): AsyncGenerator<StreamResponse> {
    const { hub, by, signal } = this.#parts;
    const updates = new Updates(task);
    for await (const { events } of hub.follow({ task: task.id, after: 0, signal }, by)) {
      for (const { position, body } of events) {
        const heard = updates.hear(parseTaskEvent(task.id, position, body));
        if (position > task.position) yield* heard;
        else if (position === task.position) {
          yield { payload: { $case: 'task', value: await this.#shape(task, historyLength, updates) } };
        }
      }
      if (updates.ended) return;
    }
  }

  async #shape(task: Task, historyLength?: number, updates?: Updates): Promise<A2aTask> {
    if (historyLength !== undefined && (!Number.isInteger(historyLength) || historyLength < 0)) {
      throw new RequestMalformedError('historyLength: wanted a whole number from 0');
    }
    const history = historyLength === 0 ? [] : [firstMessage(task, await this.#messageId(task.id))];
    return taskOf(task, history, updates?.artifacts);
  }

  /** The client's own id of the message is the command with which the task was sent. */
  async #messageId(task: string): Promise<string> {
    const { hub, by } = this.#parts;
    const enough = new AbortController();
    try {
      for await (const { commandId } of hub.follow({ task, after: 0, signal: enough.signal }, by)) return commandId ?? task;
      return task;
    } finally {
      enough.abort();
    }
  }
}

function noPush(): PushNotificationNotSupportedError {
  return new PushNotificationNotSupportedError('push notifications are not supported (subscribe to the task)');
}
