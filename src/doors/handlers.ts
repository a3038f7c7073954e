/**
 * What each route of the table does, for every door that offers routes (HTTP, WebSocket). A route without a handler does not
 * compile. Handlers only translate a parsed call into the host's face; they know nothing of requests and responses.
 */

import type { z } from 'zod';
import { SpoolError } from '../base/errors.js';
import type { ROUTES, RouteId } from '../contract/routes.js';
import type { OpenTerminal, Terminal } from '../contract/terminal.js';
import type { Host, Principal } from '../host/face.js';
import type { Hub } from '../network/face.js';

type ParamsIn<P extends string> = P extends `${string}{${infer Name}}${infer Rest}` ? Name | ParamsIn<Rest> : never;
type Output<T, Key extends 'query' | 'body'> = T extends Record<Key, infer Schema extends z.ZodType> ? z.output<Schema> : undefined;
type Frozen<T> = T extends readonly (infer U)[] ? readonly Frozen<U>[] : T extends object ? { readonly [K in keyof T]: Frozen<T[K]> } : T;

/** A call as its handler gets it: parsed by the route's schemas, by somebody who has the route's right. */
export interface Call<R extends RouteId> {
  readonly params: Readonly<Record<ParamsIn<(typeof ROUTES)[R]['path']>, string>>;
  readonly query: Output<(typeof ROUTES)[R], 'query'>;
  readonly body: Output<(typeof ROUTES)[R], 'body'>;
  readonly by: Principal;
  /** Aborted when nobody waits for the answer any more, where that can be told. */
  readonly signal?: AbortSignal | undefined;
}

type Result<R extends RouteId> = Frozen<z.output<(typeof ROUTES)[R]['result']>>;

export type Handlers = { readonly [R in RouteId]: (call: Call<R>) => Result<R> | Promise<Result<R>> };

/** What the host does not know of: faces of the server that it is reached by. */
export interface ServerPages {
  /** Prometheus text. */
  metrics(): Promise<string>;
  openapi(): Promise<Record<string, unknown>>;
  terminal: OpensTerminal;
}

/** Opens a place for a terminal to connect to. */
export type OpensTerminal = (session: string, command: OpenTerminal, by: Principal) => Promise<Terminal>;

export function createHandlers(host: Host, hub: Hub, pages: ServerPages): Handlers {
  return {
    healthz: () => ({ ok: true }),
    readyz: async () => {
      await host.ready();
      return { ok: true };
    },
    metrics: () => pages.metrics(),
    openapi: () => pages.openapi(),
    capabilities: () => host.capabilities(),
    status: () => host.status(),

    openSession: ({ body, by }) => host.openSession(body, by),
    listSessions: ({ query, by }) => host.listSessions(query, by),
    session: ({ params, by }) => host.session(params.id, by),
    archiveSession: ({ params, by }) => host.archiveSession(params.id, by),
    updateSession: ({ params, body, by }) => host.updateSession(params.id, body, by),
    forkSession: ({ params, body, by }) => host.forkSession(params.id, body, by),
    compactSession: ({ params, body, by }) => host.compactSession(params.id, body, by),
    reviewSession: ({ params, body, by }) => host.reviewSession(params.id, body, by),

    requestTurn: ({ params, body, by }) => host.requestTurn(params.id, body, by),
    listTurns: ({ params, query, by }) => host.listTurns(params.id, query, by),
    turn: ({ params, by }) => host.turn(params.id, params.turn, by),
    cancelTurn: ({ params, by }) => host.cancelTurn(params.id, params.turn, by),
    moveTurn: ({ params, body, by }) => host.moveTurn(params.id, params.turn, body, by),
    interrupt: ({ params, body, by }) => host.interrupt(params.id, body, by),

    openTerminal: ({ params, body, by }) => pages.terminal(params.id, body, by),
    terminalCommand: ({ params, by }) => host.terminalCommand(params.id, by),

    events: ({ params, query, by }) => host.events(params.id, query, by),
    allEvents: () => {
      throw new SpoolError('unsupported', 'events of all sessions come live only', {
        hint: 'GET /v1/events answers an event stream; on /v1/ws, subscribe without a session',
      });
    },

    messages: ({ params, query, by }) => host.messages(params.id, query, by),

    listFiles: ({ params, query, by }) => host.listFiles(params.id, query, by),
    file: () => {
      throw new SpoolError('unsupported', 'the bytes of a file come over HTTP only', {
        hint: 'GET /v1/sessions/{id}/files/{file} answers with them; the route listFiles tells what there is',
      });
    },

    listResults: ({ params, by }) => host.listResults(params.id, by),
    consumeResults: ({ params, body, by }) => host.consumeResults(params.id, body, by),
    restoreResults: ({ params, body, by }) => host.restoreResults(params.id, body, by),

    listApprovals: ({ query, by }) => host.listApprovals({ session: query.session }, by),
    approval: ({ params, by }) => host.approval(params.id, by),
    answerApproval: ({ params, body, by }) => host.answerApproval(params.id, body, by),

    listAgents: ({ by }) => host.listAgents(by),
    agent: ({ params, by }) => host.agent(params.alias, by),
    createAgent: ({ body, by }) => host.createAgent(body, by),
    updateAgent: ({ params, body, by }) => host.updateAgent(params.alias, body, by),
    removeAgent: ({ params, by }) => host.removeAgent(params.alias, by),
    models: ({ params, by }) => host.models(params.alias, by),
    prompt: ({ params, query, by }) => host.prompt(params.alias, query, by),

    sendTask: ({ body, by }) => hub.sendTask(body, by),
    listTasks: ({ query, by }) => hub.listTasks(query, by),
    leaseTask: ({ body, by, signal }) => hub.leaseTask(body, by, signal),
    task: ({ params, query, by, signal }) => hub.waitTask(params.id, { seconds: query.wait ?? 0, signal }, by),
    cancelTask: ({ params, body, by }) => hub.cancelTask(params.id, body, by),
    holdTask: ({ params, body, by }) => hub.holdTask(params.id, body, by),
    approveTask: ({ params, body, by }) => hub.approveTask(params.id, body, by),
    reportProgress: ({ params, body, by }) => hub.reportProgress(params.id, body, by),
    replyTask: ({ params, body, by }) => hub.replyTask(params.id, body, by),
    failTask: ({ params, body, by }) => hub.failTask(params.id, body, by),
    taskEvents: ({ params, query, by }) => hub.events(params.id, query, by),

    nodes: ({ by }) => hub.nodes(by),
    listOutsideAgents: ({ by }) => hub.listOutsideAgents(by),
    admitOutsideAgent: ({ body, by }) => hub.admitOutsideAgent(body, by),
    dismissOutsideAgent: ({ params, by }) => hub.dismissOutsideAgent(params.alias, by),
    createSchedule: ({ body, by }) => hub.schedules.create(body, by),
    listSchedules: ({ by }) => hub.schedules.list(by),
    schedule: ({ params, by }) => hub.schedules.get(params.id, by),
    removeSchedule: ({ params, by }) => hub.schedules.remove(params.id, by),
    pauseSchedule: ({ params, body, by }) => hub.schedules.pause(params.id, body, by),
    resumeSchedule: ({ params, body, by }) => hub.schedules.resume(params.id, body, by),
    runSchedule: ({ params, body, by }) => hub.schedules.run(params.id, body, by),

    createWebhook: ({ body, by }) => hub.webhooks.create(body, by),
    listWebhooks: ({ by }) => hub.webhooks.list(by),
    webhook: ({ params, by }) => hub.webhooks.get(params.id, by),
    removeWebhook: ({ params, by }) => hub.webhooks.remove(params.id, by),
    deadLetters: ({ params, query, by }) => hub.webhooks.deadLetters(params.id, query, by),
    redeliver: ({ params, body, by }) => hub.webhooks.redeliver(params.id, body, by),

    present: ({ params, body, by }) => hub.present(params.alias, body, by),
  };
}
