/**
 * The gateway: agents ask the model here with the token of their own, and the credential of the host is put on the wire in its place. It
 * never reaches the agent. Answers pass as they come; only what they cost is read from them. Nothing of a request or an answer is logged.
 */

import type { IncomingMessage, ServerResponse } from 'node:http';
import { SpoolError } from '../../base/errors.js';
import type { ProxyVariables } from '../../base/proxy.js';
import type { Budget } from '../../contract/budget.js';
import { refusalText } from '../../contract/refusal.js';
import type { TurnErrorCode } from '../../contract/words.js';
import type { Logger } from '../../ports/logger.js';
import type { AgentHandler } from '../agent-listener.js';
import { failureOf, readFailure } from './failure.js';
import type { Ledger } from './ledger.js';
import { turnOf } from './turn-of.js';
import { handedOn, headersUp, Upstream } from './upstream.js';
import { UsageScanner } from './usage-scanner.js';

/** All that Codex asks a provider for. */
const ROUTES = new Set(['POST /responses', 'POST /responses/compact', 'GET /models']);

/** What an agent asks the model with. */
export interface Access {
  readonly key: string;
  /** Without a slash at the end. */
  readonly baseUrl: string;
  readonly budget: Budget;
}

export interface GatewayParts {
  /** Where it is mounted; behind it stands what a provider has behind its base URL. */
  readonly prefix: string;
  /** Asked at every call. Rejects with a SpoolError that says what to do; `unauthorized` where there is no login. */
  readonly accessOf: (agent: string) => Promise<Access>;
  readonly ledger: Ledger;
  /** The variables that say whether there is a proxy on the way to the model's server. */
  readonly proxies: ProxyVariables;
  readonly logger: Logger;
}

export interface Gateway extends AsyncDisposable {
  readonly handle: AgentHandler;
}

export function createGateway(parts: GatewayParts): Gateway {
  const upstream = new Upstream(parts.proxies);
  return {
    handle: (request, response, agent) => {
      take(parts, upstream, { request, response, agent }).catch((error: unknown) => {
        const { code, message, hint } = SpoolError.from(error);
        parts.logger.warn({ agent, code }, `a call of the model was refused: ${message}`);
        refuse(response, code === 'unauthorized' ? 'auth' : 'internal', hint === undefined ? message : `${message} (${hint})`);
      });
    },
    async [Symbol.asyncDispose]() {
      upstream[Symbol.dispose]();
      await parts.ledger[Symbol.asyncDispose]();
    },
  };
}

interface Call {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly agent: string;
}

async function take({ prefix, accessOf, ledger, logger }: GatewayParts, upstream: Upstream, call: Call): Promise<void> {
  const { request, response, agent } = call;
  const [path = '', query] = (request.url ?? '').slice(prefix.length).split('?', 2);
  if (!ROUTES.has(`${request.method} ${path}`)) {
    answer(response, 404, refusalText('internal', `the gateway has no ${request.method} ${path}`));
    return;
  }
  const access = await accessOf(agent);
  if (response.destroyed) return;
  // A model list costs nothing.
  const over = request.method === 'POST' ? ledger.enter(agent, turnOf(request.headers), access.budget) : undefined;
  if (over !== undefined) {
    logger.info({ agent }, over);
    refuse(response, 'quota', over);
    return;
  }
  const url = `${access.baseUrl}${path}${query === undefined ? '' : `?${query}`}`;
  const up = upstream.request(request.method ?? 'GET', url, headersUp(request.headers, access.key));
  // Gone before its answer has ended: nobody waits for the model any more.
  response.once('close', () => up.destroy());
  up.once('response', (from) => pass(from, call, access, { ledger, logger }));
  up.once('error', (error) => unreached(error, call, access, logger));
  request.pipe(up);
}

function pass(
  from: IncomingMessage,
  { response, agent }: Call,
  access: Access,
  { ledger, logger }: Pick<GatewayParts, 'ledger' | 'logger'>,
): void {
  const { statusCode = 502 } = from;
  if (statusCode < 200 || statusCode > 299) {
    logger.warn({ agent, status: statusCode }, `the model's server has answered a call with ${statusCode}`);
    void readFailure(from, access.key).then((body) => {
      const { status, text } = failureOf(statusCode, body, access.baseUrl);
      answer(response, status, text, status === statusCode ? handedOn(from.headers) : {});
    });
    return;
  }
  response.writeHead(statusCode, handedOn(from.headers));
  // Whoever waits learns that the model has begun, also when it thinks for a while before its first word; which goes along when it is here.
  response.cork();
  response.flushHeaders();
  const scanner = new UsageScanner();
  from.pipe(response);
  process.nextTick(() => response.uncork());
  // After the pipe, so that it is handed on before it is looked at.
  from.on('data', (chunk: Buffer) => scanner.take(chunk));
  // Torn, not ended: a clean end would be a whole answer.
  from.once('error', () => response.destroy());
  from.once('close', () => {
    if (scanner.use !== undefined) ledger.add(agent, scanner.use);
  });
}

function unreached(error: Error, { response, agent }: Call, { baseUrl }: Access, logger: Logger): void {
  if (response.destroyed || response.headersSent) {
    response.destroy();
    return;
  }
  const why = 'code' in error ? String(error.code) : error.message;
  const message = `the model's server cannot be reached at ${baseUrl} (${why})`;
  logger.warn({ agent }, message);
  answer(response, 502, refusalText('overloaded', message));
}

function refuse(response: ServerResponse, code: TurnErrorCode, message: string): void {
  answer(response, 400, refusalText(code, message));
}

function answer(response: ServerResponse, status: number, text: string, headers: ReturnType<typeof handedOn> = {}): void {
  if (response.headersSent || response.destroyed) {
    response.destroy();
    return;
  }
  // The rest of a body that nobody will read must not be taken for the next request.
  const connection = response.req.complete ? {} : { connection: 'close' };
  response.writeHead(status, {
    'content-type': 'application/json',
    ...headers,
    ...connection,
    'content-length': Buffer.byteLength(text),
  });
  response.end(text);
  response.req.resume();
}
