/** A host's MCP server on standard input and output, for programs that start their servers themselves. Nothing is decided or kept here. */

import type { Readable, Writable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { type CallToolResult, type ListToolsResult, ProtocolError, ProtocolErrorCode, Server } from '@modelcontextprotocol/server';
import { StdioServerTransport, serveStdio } from '@modelcontextprotocol/server/stdio';
import { SpoolError } from '../base/errors.js';
import { type McpHost, Refused } from './mcp-over-http.js';

export interface BridgeParts {
  readonly host: McpHost;
  readonly version: string;
  readonly input: Readable;
  readonly output: Writable;
}

/** Serves until the input ends. */
export async function bridge({ host, version, input, output }: BridgeParts): Promise<void> {
  const end = new AbortController();
  let latest: Server | undefined;
  const stdio = serveStdio(
    () => {
      latest = serverFor(host, version);
      return latest;
    },
    { transport: new StdioServerTransport(input, output) },
  );
  // A client that has not said hello yet, or that has left, is told nothing.
  const changed = (): void => void latest?.sendToolListChanged().catch(() => undefined);
  const listening = host.listen(changed, end.signal);
  await finished(input, { writable: false }).catch(() => undefined);
  end.abort();
  await listening;
  await stdio.close();
}

function serverFor(host: McpHost, version: string): Server {
  const server = new Server({ name: 'spool', version }, { capabilities: { tools: { listChanged: true } } });
  server.setRequestHandler('tools/list', async ({ params = {} }, { mcpReq }) => {
    try {
      return (await host.ask('tools/list', params, mcpReq.signal)) as ListToolsResult;
    } catch (error) {
      throw protocolError(error);
    }
  });
  server.setRequestHandler('tools/call', async ({ params }, { mcpReq }) => {
    // What the host tells meanwhile is progress, which bears the token that the client has given.
    const told = ({ method, params: said }: Readonly<Record<string, unknown>>): void => {
      if (method !== 'notifications/progress') return;
      mcpReq.notify({ method, params: said as { progressToken: string; progress: number } }).catch(() => undefined);
    };
    try {
      return (await host.ask('tools/call', params, mcpReq.signal, told)) as CallToolResult;
    } catch (error) {
      if (error instanceof Refused) throw protocolError(error);
      return { content: [{ type: 'text', text: sentence(error) }], isError: true };
    }
  });
  return server;
}

function protocolError(error: unknown): ProtocolError {
  return new ProtocolError(error instanceof Refused ? error.code : ProtocolErrorCode.InternalError, sentence(error));
}

function sentence(error: unknown): string {
  if (error instanceof Refused) return error.message;
  const { message, hint } = SpoolError.from(error);
  return hint === undefined ? message : `${message} (${hint})`;
}
