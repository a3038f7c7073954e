/** Errors as the HTTP doors say them: one problem document, as a fetch response, on a raw response, or on a socket that asked for an upgrade. */

import type { ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { SpoolError } from '../base/errors.js';
import { problemOf } from '../contract/problem.js';

interface Said {
  readonly status: number;
  readonly headers: Record<string, string>;
  readonly body: string;
}

function say(error: SpoolError): Said {
  const problem = problemOf(error);
  const headers: Record<string, string> = { 'content-type': 'application/problem+json', 'cache-control': 'no-store' };
  if (error.code === 'unauthorized') headers['www-authenticate'] = 'Bearer realm="spool"';
  const allow = error.details?.['allow'];
  if (error.code === 'method-not-allowed' && Array.isArray(allow)) headers['allow'] = allow.join(', ');
  return { status: problem.status, headers, body: JSON.stringify(problem) };
}

/** `method-not-allowed` takes its Allow header from `details.allow`, a list of methods. */
export function problemResponse(error: SpoolError): Response {
  const { status, headers, body } = say(error);
  return new Response(body, { status, headers });
}

/** Answers a raw request, unless its head is already out; then only the end of the connection can tell. */
export function sendProblem(response: ServerResponse, error: SpoolError): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  const { status, headers, body } = say(error);
  // The rest of a body that nobody will read must not be taken for the next request.
  if (!response.req.complete) headers['connection'] = 'close';
  response.writeHead(status, { ...headers, 'content-length': Buffer.byteLength(body) });
  response.end(response.req.method === 'HEAD' ? undefined : body);
  response.req.resume();
}

/** Answers a request for an upgrade with a plain HTTP response and closes the socket. */
export function refuseUpgrade(socket: Duplex, error: SpoolError): void {
  const { status, headers, body } = say(error);
  const lines = Object.entries({ ...headers, 'content-length': String(Buffer.byteLength(body)), connection: 'close' });
  socket.end(
    `HTTP/1.1 ${status} ${problemOf(error).title}\r\n${lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n${body}`,
  );
}
