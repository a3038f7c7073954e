/**
 * The offline model: a Responses API server on loopback that follows a script, so that the real Codex binary runs whole turns
 * without a network, an account or a bill. It answers `POST /v1/responses`, `GET /v1/models` and, always with the same pixel,
 * `POST /v1/images/generations`; nothing else.
 */

import { createHash, randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';

import { type Clock, systemClock } from '../../base/clock.js';
import { messageOf, SpoolError } from '../../base/errors.js';
import type { Reply } from './reply.js';
import { type InputItem, type ModelRequest, readRequest } from './request.js';
import { byPrompt, type Script } from './script.js';
import { type Piece, writeReply } from './sse.js';

export interface OfflineModelOptions {
  /** 0 (default) takes any free port. */
  readonly port?: number;
  readonly host?: '127.0.0.1';
  /** `byPrompt` unless given. */
  readonly script?: Script;
  readonly clock?: Clock;
  /** The API key without which nothing is answered but 401; none is asked for unless given. */
  readonly key?: string;
  /** How many requests are kept for reading, oldest dropped first; 1000 unless given. */
  readonly keepRequests?: number;
}

/** A running offline model. Disposing it tears all open streams and closes the port. */
export interface OfflineModel extends AsyncDisposable {
  /** `http://127.0.0.1:PORT/v1`: the base_url of a model provider. */
  readonly url: string;
  readonly port: number;
  /** The requests that came, oldest first. */
  readonly requests: readonly ModelRequest[];
  /** The n-th request (1 is the first ever), as soon as it came; rejects `cancelled` when the model is disposed before, `not-found` when it is kept no more. */
  request(n: number): Promise<ModelRequest>;
}

/** Starts an offline model. Rejects with `port-in-use` when the port is taken. */
export async function startOfflineModel(options: OfflineModelOptions = {}): Promise<OfflineModel> {
  const desk = new Desk(options);
  const server = createServer((request, response) => void desk.serve(request, response));
  const port = await listen(server, options.port ?? 0, options.host ?? '127.0.0.1');
  return {
    url: `http://127.0.0.1:${port}/v1`,
    port,
    requests: desk.requests,
    request: (n) => desk.request(n),
    async [Symbol.asyncDispose]() {
      desk.close();
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      });
    },
  };
}

function listen(server: Server, port: number, host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (error) => reject(SpoolError.from(error)));
    server.listen(port, host, () => {
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : port);
    });
  });
}

interface Waiter {
  readonly number: number;
  readonly resolve: (request: ModelRequest) => void;
  readonly reject: (error: SpoolError) => void;
}

class Desk {
  readonly requests: ModelRequest[] = [];
  readonly #script: Script;
  readonly #clock: Clock;
  readonly #keep: number;
  readonly #key: string | undefined;
  readonly #run = randomBytes(4).toString('hex');
  readonly #last = new Map<string, { print: string; attempt: number }>();
  #waiters: Waiter[] = [];
  #count = 0;
  #closed = false;

  constructor({ script = byPrompt, clock = systemClock, keepRequests = 1000, key }: OfflineModelOptions) {
    this.#script = script;
    this.#clock = clock;
    this.#keep = keepRequests;
    this.#key = key;
  }

  request(n: number): Promise<ModelRequest> {
    const here = this.requests.find((request) => request.number === n);
    if (here !== undefined) return Promise.resolve(here);
    if (n <= this.#count) return Promise.reject(new SpoolError('not-found', `model request ${n} is kept no more`));
    if (this.#closed) return Promise.reject(disposed());
    return new Promise((resolve, reject) => this.#waiters.push({ number: n, resolve, reject }));
  }

  close(): void {
    this.#closed = true;
    for (const waiter of this.#waiters) waiter.reject(disposed());
    this.#waiters = [];
  }

  async serve(message: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      if (this.#key !== undefined && message.headers.authorization !== `Bearer ${this.#key}`)
        return sendJson(response, 401, problem('this is not the key that it was started with'));
      const path = (message.url ?? '').split('?')[0];
      if (message.method === 'GET' && path === '/v1/models') return sendJson(response, 200, MODELS);
      if (message.method === 'POST' && path === '/v1/images/generations') return sendJson(response, 200, PICTURE);
      if (message.method !== 'POST' || path !== '/v1/responses')
        return sendJson(response, 404, problem('the offline model has no such path'));
      const request = this.#take(message, await readAll(message));
      if (request === undefined) return sendJson(response, 400, problem('this is no Responses API request'));
      this.#send(await this.#script(request), request, response);
    } catch (thrown) {
      // A script that throws must show up as a failed turn, not as a server that is gone.
      if (!response.headersSent) sendJson(response, 500, problem(`the script threw: ${messageOf(thrown)}`));
      else response.destroy();
    }
  }

  #take(message: IncomingMessage, body: string): ModelRequest | undefined {
    const read = readRequest(body, message.headers);
    if (read === undefined) return undefined;
    const attempt = this.#attempt(read.threadId ?? '', fingerprint(read.body.input));
    const request: ModelRequest = { ...read, attempt, number: ++this.#count, at: this.#clock.now(), headers: message.headers };
    this.requests.push(request);
    if (this.requests.length > this.#keep) this.requests.shift();
    for (const waiter of this.#waiters) if (waiter.number === request.number) waiter.resolve(request);
    this.#waiters = this.#waiters.filter((waiter) => waiter.number !== request.number);
    return request;
  }

  #attempt(thread: string, print: string): number {
    const last = this.#last.get(thread);
    const attempt = last?.print === print ? last.attempt + 1 : 1;
    this.#last.set(thread, { print, attempt });
    return attempt;
  }

  #send(reply: Reply, request: ModelRequest, response: ServerResponse): void {
    if (reply.type === 'silence') return;
    if (reply.type === 'http-error') {
      response.writeHead(reply.status, { 'content-type': 'application/json', ...reply.headers }).end(reply.body);
      return;
    }
    const pieces = writeReply(reply, request.body, `${this.#run}_${request.number}`);
    response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-cache' });
    const { ending } = reply;
    sendPieces(pieces, response, this.#clock, (rest) => {
      if (ending.type === 'stall') response.write(rest);
      // Torn, not ended: a clean end would be a complete HTTP message. The callback lets what was written out first.
      else if (ending.type === 'cut') response.write(rest, () => response.destroy());
      else response.end(rest);
    });
  }
}

/** Sends everything up to the next pause in one write; what comes after the last pause goes to `finish`. */
function sendPieces(pieces: readonly Piece[], response: ServerResponse, clock: Clock, finish: (rest: string) => void): void {
  let due = clock.now();
  let at = 0;
  let timer: Disposable | undefined;
  response.on('close', () => timer?.[Symbol.dispose]());
  const goOn = (): void => {
    let ready = '';
    for (; at < pieces.length; at++) {
      const piece = pieces[at];
      if (piece === undefined) break;
      // Due times add up, so that a late timer does not make the whole stream late.
      if (piece.afterMs > 0 && due + piece.afterMs > clock.now()) break;
      due += piece.afterMs;
      ready += piece.text;
    }
    const next = pieces[at];
    if (next === undefined) {
      finish(ready);
      return;
    }
    if (ready !== '') response.write(ready);
    timer = clock.after(due + next.afterMs - clock.now(), goOn);
  };
  goOn();
}

// A thread's list only ever grows, so its length and its end tell a retry from the next step; hashed, as prompts can be large.
function fingerprint(input: readonly InputItem[]): string {
  return `${input.length} ${createHash('sha1')
    .update(JSON.stringify(input.at(-1) ?? null))
    .digest('base64')}`;
}

async function readAll(message: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of message) if (Buffer.isBuffer(part)) parts.push(part);
  return Buffer.concat(parts).toString('utf8');
}

function sendJson(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

function problem(message: string): unknown {
  return { error: { message: `offline model: ${message}`, type: 'invalid_request_error' } };
}

function disposed(): SpoolError {
  return new SpoolError('cancelled', 'the offline model was disposed');
}

/** The smallest picture there is: one PNG pixel. */
const PIXEL = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==';
const PICTURE = { created: 0, data: [{ b64_json: PIXEL }] };

const MODELS = { object: 'list', data: [{ id: 'gpt-5.5', object: 'model', created: 0, owned_by: 'offline' }] };
