/**
 * Method and path of every route, without the schemas, so that the client stays small enough for a browser. The compiler
 * holds this table to the route table: a route that is missing here, or differs, does not build.
 */

import type { ROUTES, RouteBody, RouteId, RouteQuery } from '../contract/routes.js';

type Paths = { readonly [R in RouteId]: readonly [(typeof ROUTES)[R]['method'], (typeof ROUTES)[R]['path']] };

export const PATHS = {
  healthz: ['GET', '/healthz'],
  readyz: ['GET', '/readyz'],
  metrics: ['GET', '/metrics'],
  openapi: ['GET', '/openapi.json'],
  capabilities: ['GET', '/v1/capabilities'],
  status: ['GET', '/v1/status'],
  openSession: ['POST', '/v1/sessions'],
  listSessions: ['GET', '/v1/sessions'],
  session: ['GET', '/v1/sessions/{id}'],
  archiveSession: ['POST', '/v1/sessions/{id}/archive'],
  updateSession: ['PATCH', '/v1/sessions/{id}'],
  forkSession: ['POST', '/v1/sessions/{id}/fork'],
  compactSession: ['POST', '/v1/sessions/{id}/compact'],
  reviewSession: ['POST', '/v1/sessions/{id}/review'],
  requestTurn: ['POST', '/v1/sessions/{id}/turns'],
  listTurns: ['GET', '/v1/sessions/{id}/turns'],
  turn: ['GET', '/v1/sessions/{id}/turns/{turn}'],
  cancelTurn: ['DELETE', '/v1/sessions/{id}/turns/{turn}'],
  moveTurn: ['POST', '/v1/sessions/{id}/turns/{turn}/move'],
  interrupt: ['POST', '/v1/sessions/{id}/interrupt'],
  openTerminal: ['POST', '/v1/sessions/{id}/terminal'],
  terminalCommand: ['GET', '/v1/sessions/{id}/terminal/command'],
  events: ['GET', '/v1/sessions/{id}/events'],
  allEvents: ['GET', '/v1/events'],
  messages: ['GET', '/v1/sessions/{id}/messages'],
  listFiles: ['GET', '/v1/sessions/{id}/files'],
  file: ['GET', '/v1/sessions/{id}/files/{file}'],
  listResults: ['GET', '/v1/sessions/{id}/results'],
  consumeResults: ['POST', '/v1/sessions/{id}/consume'],
  restoreResults: ['POST', '/v1/sessions/{id}/restore'],
  listApprovals: ['GET', '/v1/approvals'],
  approval: ['GET', '/v1/approvals/{id}'],
  answerApproval: ['POST', '/v1/approvals/{id}'],
  listAgents: ['GET', '/v1/agents'],
  agent: ['GET', '/v1/agents/{alias}'],
  createAgent: ['POST', '/v1/agents'],
  updateAgent: ['PATCH', '/v1/agents/{alias}'],
  removeAgent: ['DELETE', '/v1/agents/{alias}'],
  models: ['GET', '/v1/agents/{alias}/models'],
  prompt: ['GET', '/v1/agents/{alias}/prompt'],
  sendTask: ['POST', '/v1/tasks'],
  listTasks: ['GET', '/v1/tasks'],
  leaseTask: ['POST', '/v1/tasks/lease'],
  task: ['GET', '/v1/tasks/{id}'],
  cancelTask: ['POST', '/v1/tasks/{id}/cancel'],
  holdTask: ['POST', '/v1/tasks/{id}/hold'],
  approveTask: ['POST', '/v1/tasks/{id}/approve'],
  reportProgress: ['POST', '/v1/tasks/{id}/progress'],
  replyTask: ['POST', '/v1/tasks/{id}/reply'],
  failTask: ['POST', '/v1/tasks/{id}/fail'],
  taskEvents: ['GET', '/v1/tasks/{id}/events'],
  nodes: ['GET', '/v1/nodes'],
  listOutsideAgents: ['GET', '/v1/outside-agents'],
  admitOutsideAgent: ['POST', '/v1/outside-agents'],
  dismissOutsideAgent: ['DELETE', '/v1/outside-agents/{alias}'],
  createSchedule: ['POST', '/v1/schedules'],
  listSchedules: ['GET', '/v1/schedules'],
  schedule: ['GET', '/v1/schedules/{id}'],
  removeSchedule: ['DELETE', '/v1/schedules/{id}'],
  pauseSchedule: ['POST', '/v1/schedules/{id}/pause'],
  resumeSchedule: ['POST', '/v1/schedules/{id}/resume'],
  runSchedule: ['POST', '/v1/schedules/{id}/run'],
  createWebhook: ['POST', '/v1/webhooks'],
  listWebhooks: ['GET', '/v1/webhooks'],
  webhook: ['GET', '/v1/webhooks/{id}'],
  removeWebhook: ['DELETE', '/v1/webhooks/{id}'],
  deadLetters: ['GET', '/v1/webhooks/{id}/dead-letters'],
  redeliver: ['POST', '/v1/webhooks/{id}/redeliver'],
  present: ['POST', '/v1/outside-agents/{alias}/presence'],
} as const satisfies Paths;

type Names<P extends string> = P extends `${string}{${infer Name}}${infer Rest}` ? Name | Names<Rest> : never;

/** Names of a route's path parameters. */
export type RouteParams<R extends RouteId> = Names<(typeof PATHS)[R][1]>;

/** What a call of a route takes; a part that the route does not have may not be given. */
export type CallOptions<R extends RouteId> = {
  readonly signal?: AbortSignal | undefined;
  /** Makes a repeat of the same call harmless: it is done once and answered twice. */
  readonly idempotencyKey?: string | undefined;
} & ([RouteParams<R>] extends [never] ? { readonly params?: undefined } : { readonly params: Readonly<Record<RouteParams<R>, string>> }) &
  (RouteQuery<R> extends undefined ? { readonly query?: undefined } : { readonly query?: RouteQuery<R> | undefined }) &
  (RouteBody<R> extends undefined ? { readonly body?: undefined } : { readonly body: RouteBody<R> });

/** Path and query of a call. Parameters are escaped, so an id can never change the path. */
export function pathOf(path: string, params: Readonly<Record<string, string>>, query: Readonly<Record<string, unknown>>): string {
  const filled = path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(params[name] ?? ''));
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) if (value !== undefined) search.set(name, String(value));
  return search.size === 0 ? filled : `${filled}?${search}`;
}
