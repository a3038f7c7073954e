/**
 * The route table: the HTTP API in one place. The router, the typed client and the OpenAPI document are all made from it, so they
 * cannot disagree. Streams (SSE, WebSocket) and static faces (metrics) are described here too, with `answer` telling their kind.
 */

import { z } from 'zod';
import { CreateAgent, UpdateAgent } from './agent-config.js';
import { AgentPrompt } from './agent-prompt.js';
import { AnswerApproval, Approval } from './approval.js';
import { CarriedResult, Consumed, ConsumeResults, Restored, RestoreResults } from './carried-result.js';
import { EventSchema } from './events.js';
import { ProducedFile } from './file.js';
import { AgentInfo, HostCapabilities, HostStatus, ModelInfo } from './host.js';
import { MessagePage } from './message.js';
import {
  CompactSession,
  ForkSession,
  InterruptAccepted,
  InterruptSession,
  MoveTurn,
  OpenSession,
  RequestTurn,
  ReviewSession,
  Session,
  Turn,
  TurnAccepted,
  UpdateSession,
} from './session.js';
import { TASK_ROUTES } from './task-routes.js';
import { OpenTerminal, Terminal, TerminalCommand } from './terminal.js';
import { SessionStatus } from './words.js';

/**
 * `open` needs no token; `view` reads; `tasks` reads tasks; `work` takes part in them and uses tools; `operate` changes sessions; `own`
 * changes the host.
 */
export type Right = 'open' | 'view' | 'tasks' | 'work' | 'operate' | 'own';

export interface Route {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  /** With `{name}` for parameters. */
  readonly path: string;
  readonly summary: string;
  readonly right: Right;
  readonly query?: z.ZodObject;
  readonly body?: z.ZodType;
  readonly status: 200 | 201 | 202;
  readonly result: z.ZodType;
  /** `json` unless said; `events` answers SSE when asked for with Accept, else a JSON page; `text` is not JSON; `file` is bytes with a type of their own, over HTTP only. */
  readonly answer?: 'json' | 'events' | 'text' | 'file';
}

const cursor = z.string().optional().describe('`next` of the page before');
const limit = z.coerce.number().int().min(1).max(1000).default(100);

function page<T extends z.ZodType>(items: T) {
  return z.object({ items: z.array(items), next: z.string().nullable().describe('cursor of the next page, null on the last') });
}

const Ready = z.object({ ok: z.literal(true) });
const EventPage = z.object({
  events: z.array(EventSchema),
  next: z.number().int().nullable().describe('pass as `after`; null when there is no more yet'),
});

export const ROUTES = {
  healthz: { method: 'GET', path: '/healthz', summary: 'Is the process alive', right: 'open', status: 200, result: Ready },
  readyz: { method: 'GET', path: '/readyz', summary: 'Can it take work (its log is writable)', right: 'view', status: 200, result: Ready },
  metrics: { method: 'GET', path: '/metrics', summary: 'Prometheus text', right: 'view', status: 200, result: z.string(), answer: 'text' },
  openapi: { method: 'GET', path: '/openapi.json', summary: 'This document', right: 'view', status: 200, result: z.looseObject({}) },
  capabilities: {
    method: 'GET',
    path: '/v1/capabilities',
    summary: 'What this host and its runtimes can do',
    right: 'view',
    status: 200,
    result: HostCapabilities,
  },
  status: {
    method: 'GET',
    path: '/v1/status',
    summary: 'The host, its load and its runtime processes',
    right: 'view',
    status: 200,
    result: HostStatus,
  },

  openSession: {
    method: 'POST',
    path: '/v1/sessions',
    summary: 'Open a session',
    right: 'operate',
    body: OpenSession,
    status: 201,
    result: Session,
  },
  listSessions: {
    method: 'GET',
    path: '/v1/sessions',
    summary: 'Sessions, the last changed first',
    right: 'view',
    query: z.object({ agent: z.string().optional(), status: SessionStatus.optional(), limit, cursor }),
    status: 200,
    result: page(Session),
  },
  session: { method: 'GET', path: '/v1/sessions/{id}', summary: 'One session', right: 'view', status: 200, result: Session },
  archiveSession: {
    method: 'POST',
    path: '/v1/sessions/{id}/archive',
    summary: 'Archive a session: it is kept and takes no more turns',
    right: 'operate',
    status: 200,
    result: Session,
  },
  updateSession: {
    method: 'PATCH',
    path: '/v1/sessions/{id}',
    summary: 'Give a session another title',
    right: 'operate',
    body: UpdateSession,
    status: 200,
    result: Session,
  },
  forkSession: {
    method: 'POST',
    path: '/v1/sessions/{id}/fork',
    summary: 'Open a session that goes on from a copy of this conversation',
    right: 'operate',
    body: ForkSession,
    status: 201,
    result: Session,
  },
  compactSession: {
    method: 'POST',
    path: '/v1/sessions/{id}/compact',
    summary: 'Have the conversation made shorter, as a turn of its own; behind others it waits its turn',
    right: 'operate',
    body: CompactSession,
    status: 202,
    result: TurnAccepted,
  },
  reviewSession: {
    method: 'POST',
    path: '/v1/sessions/{id}/review',
    summary: 'Have changes reviewed, as a turn of its own; behind others it waits its turn',
    right: 'operate',
    body: ReviewSession,
    status: 202,
    result: TurnAccepted,
  },
  requestTurn: {
    method: 'POST',
    path: '/v1/sessions/{id}/turns',
    summary: 'Ask for a turn; 202 means it is recorded durably',
    right: 'operate',
    body: RequestTurn,
    status: 202,
    result: TurnAccepted,
  },
  listTurns: {
    method: 'GET',
    path: '/v1/sessions/{id}/turns',
    summary: 'The turns of a session, oldest first',
    right: 'view',
    query: z.object({ limit, cursor }),
    status: 200,
    result: page(Turn),
  },
  turn: { method: 'GET', path: '/v1/sessions/{id}/turns/{turn}', summary: 'One turn', right: 'view', status: 200, result: Turn },
  cancelTurn: {
    method: 'DELETE',
    path: '/v1/sessions/{id}/turns/{turn}',
    summary: 'Take a turn back that has not begun; 409 once it has (interrupt it then)',
    right: 'operate',
    status: 200,
    result: Turn,
  },
  moveTurn: {
    method: 'POST',
    path: '/v1/sessions/{id}/turns/{turn}/move',
    summary: 'Give a queued turn another place in the queue',
    right: 'operate',
    body: MoveTurn,
    status: 200,
    result: Turn,
  },
  interrupt: {
    method: 'POST',
    path: '/v1/sessions/{id}/interrupt',
    summary: 'Interrupt the running turn; queued turns stay',
    right: 'operate',
    body: InterruptSession,
    status: 202,
    result: InterruptAccepted,
  },
  openTerminal: {
    method: 'POST',
    path: '/v1/sessions/{id}/terminal',
    summary: "Let the runtime's own terminal interface join a session; 422 where the runtime has none",
    right: 'operate',
    body: OpenTerminal,
    status: 201,
    result: Terminal,
  },
  terminalCommand: {
    method: 'GET',
    path: '/v1/sessions/{id}/terminal/command',
    summary: "The command with which a person goes on with the conversation in the runtime's own terminal interface, between turns",
    right: 'own',
    status: 200,
    result: TerminalCommand,
  },

  events: {
    method: 'GET',
    path: '/v1/sessions/{id}/events',
    summary: 'The events of a session behind `after`: replay, then live, as SSE; or one JSON page',
    right: 'view',
    query: z.object({ after: z.coerce.number().int().min(0).default(0), limit: z.coerce.number().int().min(1).max(10_000).default(1000) }),
    status: 200,
    result: EventPage,
    answer: 'events',
  },
  allEvents: {
    method: 'GET',
    path: '/v1/events',
    summary: 'Events of all sessions, live, as SSE',
    right: 'view',
    status: 200,
    result: z.string(),
    answer: 'events',
  },

  messages: {
    method: 'GET',
    path: '/v1/sessions/{id}/messages',
    summary: 'The conversation as chat messages, the oldest first',
    right: 'view',
    query: z.object({ after: z.coerce.number().int().min(0).default(0).describe('position of the last message that is known'), limit }),
    status: 200,
    result: MessagePage,
  },

  listFiles: {
    method: 'GET',
    path: '/v1/sessions/{id}/files',
    summary: 'Files that turns produced, the oldest first',
    right: 'view',
    query: z.object({ limit, cursor }),
    status: 200,
    result: page(ProducedFile),
  },
  file: {
    method: 'GET',
    path: '/v1/sessions/{id}/files/{file}',
    summary: 'The bytes of a file that a turn produced',
    right: 'view',
    status: 200,
    result: z.string(),
    answer: 'file',
  },

  listResults: {
    method: 'GET',
    path: '/v1/sessions/{id}/results',
    summary: 'The results of tools that the conversation carries, and those that were taken out of it, the oldest first',
    right: 'view',
    status: 200,
    result: page(CarriedResult),
  },
  consumeResults: {
    method: 'POST',
    path: '/v1/sessions/{id}/consume',
    summary: 'Take results of tools out of the conversation, so that the model is not shown them again; 409 while a turn is open',
    right: 'operate',
    body: ConsumeResults,
    status: 200,
    result: Consumed,
  },
  restoreResults: {
    method: 'POST',
    path: '/v1/sessions/{id}/restore',
    summary: 'Put back what was taken out of the conversation; 409 while a turn is open',
    right: 'operate',
    body: RestoreResults,
    status: 200,
    result: Restored,
  },

  listApprovals: {
    method: 'GET',
    path: '/v1/approvals',
    summary: 'Approvals, the oldest first',
    right: 'view',
    query: z.object({ status: z.enum(['pending']).default('pending'), session: z.string().optional() }),
    status: 200,
    result: page(Approval),
  },
  approval: { method: 'GET', path: '/v1/approvals/{id}', summary: 'One approval', right: 'view', status: 200, result: Approval },
  answerApproval: {
    method: 'POST',
    path: '/v1/approvals/{id}',
    summary: 'Answer an approval; the first answer wins, a later one is 409 and shows who answered',
    right: 'operate',
    body: AnswerApproval,
    status: 200,
    result: Approval,
  },

  listAgents: {
    method: 'GET',
    path: '/v1/agents',
    summary: 'The agents of this host',
    right: 'view',
    status: 200,
    result: page(AgentInfo),
  },
  agent: { method: 'GET', path: '/v1/agents/{alias}', summary: 'One agent', right: 'view', status: 200, result: AgentInfo },
  createAgent: {
    method: 'POST',
    path: '/v1/agents',
    summary: 'Make an agent; 409 when there is one of this alias',
    right: 'own',
    body: CreateAgent,
    status: 201,
    result: AgentInfo,
  },
  updateAgent: {
    method: 'PATCH',
    path: '/v1/agents/{alias}',
    summary: 'Change an agent: what is absent stays, null takes a field away',
    right: 'own',
    body: UpdateAgent,
    status: 200,
    result: AgentInfo,
  },
  removeAgent: {
    method: 'DELETE',
    path: '/v1/agents/{alias}',
    summary: 'Remove an agent; its sessions can still be read, its CODEX_HOME is kept',
    right: 'own',
    status: 200,
    result: AgentInfo,
  },
  models: {
    method: 'GET',
    path: '/v1/agents/{alias}/models',
    summary: 'The models that the agent can be told to use, and what efforts each takes',
    right: 'operate',
    status: 200,
    result: page(ModelInfo),
  },
  prompt: {
    method: 'GET',
    path: '/v1/agents/{alias}/prompt',
    summary: 'What the model of the agent would be shown before the first message of a new session',
    right: 'operate',
    query: z.object({ cwd: z.string().min(1).optional().describe("absolute path; default: the agent's, else the host's") }),
    status: 200,
    result: AgentPrompt,
  },
  ...TASK_ROUTES,
} as const satisfies Record<string, Route>;

export type RouteId = keyof typeof ROUTES;
export type RouteResult<R extends RouteId> = z.infer<(typeof ROUTES)[R]['result']>;
export type RouteBody<R extends RouteId> = (typeof ROUTES)[R] extends { body: infer B extends z.ZodType } ? z.input<B> : undefined;
export type RouteQuery<R extends RouteId> = (typeof ROUTES)[R] extends { query: infer Q extends z.ZodObject } ? z.input<Q> : undefined;
