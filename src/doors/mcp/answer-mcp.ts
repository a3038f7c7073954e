/**
 * The host as an MCP server over streamable HTTP. Nothing is kept between two requests: a client that outlives the host (an agent's
 * process, which may be in the middle of a turn) goes on with the next one as if nothing had been. Clients of the revision of 2026 may
 * listen for changes of the list; older ones have no way to. Those are given a session's id all the same, which stands for nothing but
 * them: by it a call is known when they take it back.
 */

import { randomUUID } from 'node:crypto';

import {
  type CallToolResult,
  createMcpHandler,
  ProtocolError,
  ProtocolErrorCode,
  Server,
  type ServerContext,
} from '@modelcontextprotocol/server';
import { SpoolError } from '../../base/errors.js';
import type { Host, Principal, ToolInfo, ToolResult } from '../../host/face.js';
import type { Logger } from '../../ports/logger.js';
import { BODY_LIMIT } from '../json-body.js';

/** Who asks. */
export interface Caller {
  readonly by: Principal;
  /** Whose tools are meant; all that there are without it. An agent means its own. */
  readonly agent?: string | undefined;
  /** In which session it asks, where it is an agent. */
  readonly session?: string | undefined;
}

const SESSION_ID = 'mcp-session-id';

export interface McpService extends AsyncDisposable {
  fetch(request: Request, caller: Caller): Promise<Response>;
}

export function mcpService(host: Host, logger: Logger): McpService {
  const stop = new AbortController();
  const running: Running = new Map();
  const handler = createMcpHandler(
    ({ authInfo, era, requestInfo }) => {
      // No other client knows the session's id. One without any takes its call back by leaving.
      const client = requestInfo?.headers.get(SESSION_ID) ?? randomUUID();
      return serverFor({ host, caller: callerIn(authInfo?.extra), client, running, stopping: stop.signal, listens: era === 'modern' });
    },
    { maxRequestBodySize: BODY_LIMIT, onerror: (err) => logger.debug({ err }, 'an MCP request was refused') },
  );
  const changes = host.onToolsChanged(() => handler.notify.toolsChanged());
  return {
    async fetch(request, caller) {
      // The SDK hands this through to the server that it makes for the request, and does nothing with it.
      const authInfo = { token: '', clientId: caller.by.name, scopes: [], extra: { caller } };
      const response = await handler.fetch(request, { authInfo });
      const unknown = !request.headers.has(SESSION_ID) && !request.headers.has('mcp-protocol-version');
      if (unknown && response.ok) response.headers.set(SESSION_ID, randomUUID());
      return response;
    },
    async [Symbol.asyncDispose]() {
      changes[Symbol.dispose]();
      stop.abort(new SpoolError('unavailable', 'the host is stopping'));
      await handler.close();
    },
  };
}

function callerIn(extra: Record<string, unknown> | undefined): Caller {
  return extra?.['caller'] as Caller;
}

/** Calls that are being answered, by client and request. */
type Running = Map<string, AbortController>;

interface Serving {
  readonly host: Host;
  readonly caller: Caller;
  readonly client: string;
  readonly running: Running;
  readonly stopping: AbortSignal;
  readonly listens: boolean;
}

function serverFor({ host, caller, client, running, stopping, listens }: Serving): Server {
  const { by, agent, session } = caller;
  const server = new Server({ name: 'spool', version: host.version }, { capabilities: { tools: listens ? { listChanged: true } : {} } });
  server.setRequestHandler('tools/list', () => told(() => ({ tools: host.listTools({ agent }, by).map(toolOf) })));
  server.setRequestHandler('tools/call', ({ params }, context) =>
    told(async () => {
      const { name: tool, arguments: args = {} } = params;
      const back = new AbortController();
      const key = keyOf(client, context.mcpReq.id);
      const signal = AbortSignal.any([context.mcpReq.signal, stopping, back.signal]);
      running.set(key, back);
      try {
        return answerOf(await host.callTool({ tool, args, agent, session, signal, progress: teller(context) }, by));
      } finally {
        running.delete(key);
      }
    }),
  );
  server.setNotificationHandler('notifications/cancelled', ({ params: { requestId } }) => {
    if (requestId !== undefined) running.get(keyOf(client, requestId))?.abort();
  });
  return server;
}

function keyOf(client: string, request: string | number): string {
  return JSON.stringify([client, request]);
}

/** Errors as the protocol has them, with what to do about them. */
async function told<T>(act: () => Promise<T> | T): Promise<T> {
  try {
    return await act();
  } catch (error) {
    const { code, message, hint } = SpoolError.from(error);
    const theirs = ['invalid-input', 'not-found', 'forbidden'].includes(code);
    throw new ProtocolError(
      theirs ? ProtocolErrorCode.InvalidParams : ProtocolErrorCode.InternalError,
      hint === undefined ? message : `${message} (${hint})`,
      { code },
    );
  }
}

function toolOf({ inputSchema, outputSchema, timeoutMs: _, ...tool }: ToolInfo) {
  return {
    ...tool,
    inputSchema: { ...inputSchema, type: 'object' as const },
    ...(outputSchema === undefined ? {} : { outputSchema: { ...outputSchema, type: 'object' as const } }),
  };
}

function answerOf({ content, structured, isError }: ToolResult): CallToolResult {
  return {
    content: content.map((piece) => ({ ...piece })),
    ...(structured === undefined ? {} : { structuredContent: { ...structured } }),
    ...(isError ? { isError } : {}),
  };
}

/** Tells how far a call is to a client that wants to know. */
function teller({ mcpReq }: ServerContext): ((message: string) => void) | undefined {
  const progressToken = mcpReq._meta?.progressToken;
  if (progressToken === undefined) return undefined;
  let progress = 0;
  return (message) => {
    progress += 1;
    // Whoever has left hears nothing any more, and the call goes on.
    mcpReq.notify({ method: 'notifications/progress', params: { progressToken, progress, message } }).catch(() => undefined);
  };
}
