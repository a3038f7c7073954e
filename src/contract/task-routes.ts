/** The routes of tasks, of those who take part in them, of schedules and webhooks: a part of the route table. */

import { z } from 'zod';
import { ChangeSchedule, CreateSchedule, Schedule } from './schedule.js';
import {
  AdmitOutsideAgent,
  AdmittedAgent,
  ChangeTask,
  FailTask,
  Leased,
  LeaseTask,
  Node,
  OutsideAgent,
  Presence,
  ReplyTask,
  ReportProgress,
  SendTask,
  Task,
  TaskStatus,
} from './task.js';
import { CreatedWebhook, CreateWebhook, DeadLetter, Redeliver, Webhook } from './webhook.js';

const cursor = z.string().optional().describe('`next` of the page before');
const limit = z.coerce.number().int().min(1).max(1000).default(100);
const page = <T extends z.ZodType>(items: T) =>
  z.object({ items: z.array(items), next: z.string().nullable().describe('cursor of the next page, null on the last') });

const TaskEventSchema = z
  .looseObject({ position: z.number().int(), task: z.string(), at: z.iso.datetime(), type: z.string(), data: z.unknown() })
  .meta({ id: 'TaskEvent' });

const change = { right: 'work', body: ChangeTask, status: 200, result: Task } as const;

export const TASK_ROUTES = {
  sendTask: {
    method: 'POST',
    path: '/v1/tasks',
    summary: 'Send a task to an agent, or to a person; 202 means it is recorded durably',
    right: 'work',
    body: SendTask,
    status: 202,
    result: Task,
  },
  listTasks: {
    method: 'GET',
    path: '/v1/tasks',
    summary: 'Tasks, the newest first',
    right: 'tasks',
    query: z.object({
      to: z.string().optional(),
      status: z
        .union([TaskStatus, z.literal('open')])
        .optional()
        .describe('"open": all that have not ended'),
      root: z.string().optional().describe('those of one chain'),
      limit,
      cursor,
    }),
    status: 200,
    result: page(Task),
  },
  leaseTask: {
    method: 'POST',
    path: '/v1/tasks/lease',
    summary: 'Take the next task, as an agent from elsewhere; asking is a sign of presence',
    right: 'work',
    body: LeaseTask,
    status: 200,
    result: Leased,
  },
  task: {
    method: 'GET',
    path: '/v1/tasks/{id}',
    summary: 'One task; with `wait`, once it has ended or after so many seconds',
    right: 'tasks',
    query: z.object({ wait: z.coerce.number().min(0).max(60).optional().describe('seconds') }),
    status: 200,
    result: Task,
  },
  cancelTask: { method: 'POST', path: '/v1/tasks/{id}/cancel', summary: 'Call a task off, and those that it has sent', ...change },
  holdTask: {
    method: 'POST',
    path: '/v1/tasks/{id}/hold',
    summary: 'Keep a task from being begun until a person lets it go',
    ...change,
    right: 'operate',
  },
  approveTask: {
    method: 'POST',
    path: '/v1/tasks/{id}/approve',
    summary: 'Let a held task go, or have one done again that may have been done in part',
    ...change,
    right: 'operate',
  },
  reportProgress: {
    method: 'POST',
    path: '/v1/tasks/{id}/progress',
    summary: 'Say how far the task is; a sign of life also without words',
    ...change,
    body: ReportProgress,
  },
  replyTask: {
    method: 'POST',
    path: '/v1/tasks/{id}/reply',
    summary: 'Answer a task, which closes it; 409 when it has ended',
    ...change,
    body: ReplyTask,
  },
  failTask: { method: 'POST', path: '/v1/tasks/{id}/fail', summary: 'Say that the task cannot be done', ...change, body: FailTask },
  taskEvents: {
    method: 'GET',
    path: '/v1/tasks/{id}/events',
    summary: 'All that happened to a task behind `after`: replay, then live, as SSE; or one JSON page',
    right: 'tasks',
    query: z.object({ after: z.coerce.number().int().min(0).default(0), limit: z.coerce.number().int().min(1).max(10_000).default(1000) }),
    status: 200,
    result: z.object({
      events: z.array(TaskEventSchema),
      next: z.number().int().nullable().describe('pass as `after`; null when there is no more yet'),
    }),
    answer: 'events',
  },
  nodes: {
    method: 'GET',
    path: '/v1/nodes',
    summary: 'The hosts of the network, their agents and load',
    right: 'tasks',
    status: 200,
    result: page(Node),
  },
  listOutsideAgents: {
    method: 'GET',
    path: '/v1/outside-agents',
    summary: 'Agents from elsewhere that may come in',
    right: 'view',
    status: 200,
    result: page(OutsideAgent),
  },
  admitOutsideAgent: {
    method: 'POST',
    path: '/v1/outside-agents',
    summary: 'Admit an agent whose process is none of this host; answers its token, this once',
    right: 'own',
    body: AdmitOutsideAgent,
    status: 201,
    result: AdmittedAgent,
  },
  dismissOutsideAgent: {
    method: 'DELETE',
    path: '/v1/outside-agents/{alias}',
    summary: 'Let an agent from elsewhere in no more; tasks for it stay',
    right: 'own',
    status: 200,
    result: OutsideAgent,
  },
  present: {
    method: 'POST',
    path: '/v1/outside-agents/{alias}/presence',
    summary: 'A sign of life of an agent from elsewhere, which counts for a while',
    right: 'work',
    body: Presence,
    status: 200,
    result: OutsideAgent,
  },

  createSchedule: {
    method: 'POST',
    path: '/v1/schedules',
    summary: 'Have a task sent at a time, or again and again',
    right: 'operate',
    body: CreateSchedule,
    status: 201,
    result: Schedule,
  },
  listSchedules: {
    method: 'GET',
    path: '/v1/schedules',
    summary: 'Schedules, the oldest first',
    right: 'view',
    status: 200,
    result: page(Schedule),
  },
  schedule: { method: 'GET', path: '/v1/schedules/{id}', summary: 'One schedule', right: 'view', status: 200, result: Schedule },
  removeSchedule: {
    method: 'DELETE',
    path: '/v1/schedules/{id}',
    summary: 'Send nothing more by it; tasks that it has sent stay',
    right: 'operate',
    status: 200,
    result: Schedule,
  },
  pauseSchedule: {
    method: 'POST',
    path: '/v1/schedules/{id}/pause',
    summary: 'Let its times pass until it is resumed',
    right: 'operate',
    body: ChangeSchedule,
    status: 200,
    result: Schedule,
  },
  resumeSchedule: {
    method: 'POST',
    path: '/v1/schedules/{id}/resume',
    summary: 'Let it send again; what came in between is not made up for',
    right: 'operate',
    body: ChangeSchedule,
    status: 200,
    result: Schedule,
  },
  runSchedule: {
    method: 'POST',
    path: '/v1/schedules/{id}/run',
    summary: 'Send its task now, besides its times',
    right: 'operate',
    body: ChangeSchedule,
    status: 202,
    result: Task,
  },

  createWebhook: {
    method: 'POST',
    path: '/v1/webhooks',
    summary: 'Have events posted to an address; answers the secret that signs them, this once',
    right: 'own',
    body: CreateWebhook,
    status: 201,
    result: CreatedWebhook,
  },
  listWebhooks: {
    method: 'GET',
    path: '/v1/webhooks',
    summary: 'Webhooks, the oldest first',
    right: 'view',
    status: 200,
    result: page(Webhook),
  },
  webhook: {
    method: 'GET',
    path: '/v1/webhooks/{id}',
    summary: 'One webhook, and how it is doing',
    right: 'view',
    status: 200,
    result: Webhook,
  },
  removeWebhook: {
    method: 'DELETE',
    path: '/v1/webhooks/{id}',
    summary: 'Post nothing more to it; its dead letters go with it',
    right: 'own',
    status: 200,
    result: Webhook,
  },
  deadLetters: {
    method: 'GET',
    path: '/v1/webhooks/{id}/dead-letters',
    summary: 'What nobody took, the oldest first',
    right: 'view',
    query: z.object({ limit, cursor }),
    status: 200,
    result: page(DeadLetter),
  },
  redeliver: {
    method: 'POST',
    path: '/v1/webhooks/{id}/redeliver',
    summary: 'Post dead letters again',
    right: 'own',
    body: Redeliver,
    status: 202,
    result: Webhook,
  },
} as const;
