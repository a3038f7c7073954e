/**
 * Two ways to the host as an MCP server: `/mcp` beside the API, for whoever has a token of the host, and `/mcp` for the agents' own
 * processes, where each sees what is offered to it. What speaks the protocol is loaded with the first request.
 */

import type { IncomingMessage, ServerResponse } from 'node:http';
import { SpoolError } from '../../base/errors.js';
import { AGENT_HEADER, SESSION_HEADER } from '../../contract/mcp-server.js';
import type { Host } from '../../host/face.js';
import type { Logger } from '../../ports/logger.js';
import type { AgentHandler } from '../agent-listener.js';
import type { Door, DoorParts } from '../door.js';
import { problemResponse, sendProblem } from '../problem-response.js';
import type { Caller, McpService } from './answer-mcp.js';

export const MCP_PATH = '/mcp';

export interface McpForAgents extends AsyncDisposable {
  readonly handle: AgentHandler;
  /** Loads what speaks the protocol. Codex begins a turn without the tools of a server that takes a second to answer its first request. */
  warm(): void;
}

/** The server that it is given to disposes it. */
export function mcpDoor({ host, logger }: DoorParts): Door {
  const service = lazily(host, logger);
  return {
    mounts: [
      {
        prefix: MCP_PATH,
        right: 'work',
        fetch: async (request, by) => {
          const { pathname, searchParams } = new URL(request.url);
          if (pathname !== MCP_PATH) return null;
          const agent = request.headers.get(AGENT_HEADER) ?? searchParams.get('agent') ?? undefined;
          return await (await service.get()).fetch(request, { by, agent });
        },
      },
    ],
    upgrades: [],
    [Symbol.asyncDispose]: service.dispose,
  };
}

export function mcpForAgents(host: Host, logger: Logger): McpForAgents {
  const service = lazily(host, logger);
  const agents = new WeakMap<IncomingMessage, string>();
  let listener: Promise<Listener> | undefined;
  const listen = async (): Promise<Listener> => {
    const { getRequestListener } = await import('@hono/node-server');
    return getRequestListener(
      async (request, { incoming }) => {
        const agent = agents.get(incoming as IncomingMessage) ?? '';
        const session = request.headers.get(SESSION_HEADER) ?? undefined;
        const caller: Caller = { by: { name: agent, role: 'agent' }, session };
        return await (await service.get()).fetch(request, caller);
      },
      { errorHandler: (error) => problemResponse(SpoolError.from(error)) },
    );
  };
  const listening = (): Promise<Listener> => {
    listener ??= listen();
    return listener;
  };
  return {
    warm: () =>
      void Promise.all([listening(), service.get()]).catch((err: unknown) =>
        logger.warn({ err }, 'the tools of the host cannot be served'),
      ),
    handle: (request, response, agent) => {
      agents.set(request, agent);
      listening()
        .then((respond) => respond(request, response))
        .catch((error: unknown) => sendProblem(response, SpoolError.from(error)));
    },
    [Symbol.asyncDispose]: service.dispose,
  };
}

type Listener = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

interface Lazily {
  readonly get: () => Promise<McpService>;
  readonly dispose: () => Promise<void>;
}

function lazily(host: Host, logger: Logger): Lazily {
  let made: Promise<McpService> | undefined;
  let closed = false;
  return {
    async get() {
      if (closed) throw new SpoolError('unavailable', 'the host is stopping');
      made ??= import('./answer-mcp.js').then(({ mcpService }) => mcpService(host, logger));
      return await made;
    },
    async dispose() {
      closed = true;
      await (await made)?.[Symbol.asyncDispose]();
    },
  };
}
