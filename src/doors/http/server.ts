/**
 * The HTTP server of a host: the routes of the table, event streams, and the doors that it was given. Everything that reaches it goes
 * past the guard first.
 */

import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { getRequestListener } from '@hono/node-server';
import { type Clock, systemClock } from '../../base/clock.js';
import { messageOf, SpoolError } from '../../base/errors.js';
import type { Host } from '../../host/face.js';
import type { Hub } from '../../network/face.js';
import { type Logger, silentLogger } from '../../ports/logger.js';
import type { Door, DoorParts, MakeDoor } from '../door.js';
import { type Access, Guard, hostInUrl, isLoopback } from '../guard.js';
import { createHandlers, type OpensTerminal } from '../handlers.js';
import { sendProblem } from '../problem-response.js';
import { Counts, createMetrics } from './metrics.js';
import { createRouter, requestErrorResponse } from './router.js';
import { EventStreams } from './sse.js';
import { serveUpgrades } from './upgrades.js';
import { Waits } from './waits.js';

export interface HttpOptions extends Access {
  readonly host: Host;
  readonly hub: Hub;
  /** 0 takes any free port. */
  readonly port: number;
  /** Ways in beside the routes of the table; the server disposes them. */
  readonly doors?: readonly MakeDoor[];
  /** Where terminals come in; a server without it has no place for them. */
  readonly terminal?: OpensTerminal | undefined;
  readonly clock?: Clock;
  readonly logger?: Logger;
  /** How long running requests may go on once the server is closed; 5 s unless given. */
  readonly graceMs?: number;
}

/** A server that listens. Closing twice is fine. */
export interface HttpServer extends AsyncDisposable {
  /** Where this machine reaches it: `http://127.0.0.1:4319`. */
  readonly url: string;
  readonly port: number;
  /** Stops accepting, ends streams and sockets, lets running requests end within the grace, then cuts what is left. */
  close(): Promise<void>;
}

const GRACE_MS = 5000;
const KEEP_CONNECTION_MS = 75_000;

/**
 * Starts to serve. Rejects with `port-in-use`, with `forbidden` when the system does not let this user have the port, with
 * `invalid-input` for an address that this machine has not, or one beyond loopback without a token.
 */
export async function startHttp(options: HttpOptions): Promise<HttpServer> {
  if (options.auth === 'none' && !isLoopback(options.bind)) {
    throw new SpoolError('invalid-input', `without a token the host may listen on loopback only, not on ${options.bind}`, {
      hint: 'leave out --insecure-no-auth, or --bind',
    });
  }
  const server = new Serving(options);
  await server.listen();
  return server;
}

class Serving implements HttpServer {
  readonly #options: HttpOptions;
  readonly #server: Server;
  readonly #guard: Guard;
  readonly #doors: readonly Door[];
  readonly #streams: EventStreams;
  readonly #counts = new Counts();
  readonly #waits = new Waits();
  readonly #sockets = new Set<Socket>();
  readonly #upgraded = new WeakSet<Duplex>();
  /** How many bytes a socket had brought when its last request was answered: more means that the next one is on its way. */
  readonly #answeredAt = new WeakMap<Duplex, number>();
  readonly #served = new WeakSet<Duplex>();
  readonly #running = new Set<ServerResponse>();
  readonly #respond: (request: IncomingMessage, response: ServerResponse) => Promise<void>;
  /** Kept, because a server that is closing knows its address no more while it still answers. */
  #port = 0;
  #closing: Promise<void> | undefined;

  constructor(options: HttpOptions) {
    const { host, hub, clock = systemClock, logger = silentLogger } = options;
    this.#options = options;
    this.#guard = new Guard(options, () => this.#port);
    this.#streams = new EventStreams({ host, hub, guard: this.#guard, clock, logger, counts: this.#counts });
    const metrics = createMetrics({ host, hub, counts: this.#counts, streams: () => this.#streams.size });
    const handlers = createHandlers(host, hub, {
      metrics,
      openapi: () => openApi(host.version),
      terminal: options.terminal ?? noTerminal,
    });
    const parts: DoorParts = { host, hub, handlers, clock, logger };
    this.#doors = (options.doors ?? []).map((make) => make(parts));
    const mounts = this.#doors.flatMap((door) => door.mounts);
    const router = createRouter({ host, handlers, guard: this.#guard, mounts, counts: this.#counts, waits: this.#waits, logger });
    this.#respond = getRequestListener((request, env) => router(request, env as Parameters<typeof router>[1]), {
      errorHandler: requestErrorResponse,
    });
    // Longer than clients keep an idle connection: one that is closed under a request that is just being sent looks like a broken host.
    this.#server = createServer({ keepAliveTimeout: KEEP_CONNECTION_MS }, (request, response) => this.#take(request, response));
    this.#server.on('connection', (socket) => this.#keep(socket));
    this.#server.on('upgrade', (request) => this.#upgraded.add(request.socket));
    const upgrades = this.#doors.flatMap((door) => door.upgrades);
    serveUpgrades(this.#server, { guard: this.#guard, counts: this.#counts, upgrades, stopping: () => this.#closing !== undefined });
  }

  get port(): number {
    return this.#port;
  }

  get url(): string {
    const { bind } = this.#options;
    const reachable = bind === '0.0.0.0' || bind === '' ? '127.0.0.1' : bind === '::' ? '::1' : bind;
    return `http://${hostInUrl(reachable)}:${this.port}`;
  }

  listen(): Promise<void> {
    const { bind, port } = this.#options;
    return new Promise((resolve, reject) => {
      const refuse = (error: NodeJS.ErrnoException): void => reject(listenError(error, bind, port));
      this.#server.once('error', refuse);
      this.#server.listen({ host: bind, port }, () => {
        this.#server.off('error', refuse);
        this.#port = (this.#server.address() as AddressInfo).port;
        resolve();
      });
    });
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #take(request: IncomingMessage, response: ServerResponse): void {
    this.#running.add(response);
    response.once('close', () => this.#done(request.socket, response));
    if (this.#closing !== undefined) response.setHeader('connection', 'close');
    try {
      this.#guard.checkPlace(request.headers);
      if (this.#answeredPreflight(request, response) || this.#streams.take(request, response)) return;
    } catch (error) {
      this.#counts.request('none', 403);
      sendProblem(response, SpoolError.from(error));
      return;
    }
    this.#respond(request, response).catch((error: unknown) => sendProblem(response, SpoolError.from(error)));
  }

  #done(socket: Socket, response: ServerResponse): void {
    this.#running.delete(response);
    this.#answeredAt.set(socket, socket.bytesRead);
    this.#served.add(response.req.socket);
    // A stream's head went out long ago and said that the connection would be kept; it is idle only now.
    if (this.#closing !== undefined) this.#closeIdle();
  }

  /**
   * A connection that is kept alive would hold the server open until its client lets go. Node's `closeIdleConnections` misses those
   * that have brought nothing yet and those whose request has just ended, so what is idle is told by what came and what runs.
   * Upgraded sockets belong to their doors.
   */
  #closeIdle(): void {
    const busy = new Set<Duplex | null>([...this.#running].map((response) => response.socket));
    for (const socket of this.#sockets) {
      const halfAsked = socket.bytesRead > (this.#answeredAt.get(socket) ?? 0);
      if (!busy.has(socket) && !halfAsked && !this.#upgraded.has(socket)) socket.destroySoon();
    }
  }

  /** Lets pages of the allowed foreign origins read our answers; true when the request was only to ask whether they may. */
  #answeredPreflight(request: IncomingMessage, response: ServerResponse): boolean {
    const origin = this.#guard.foreignOrigin(request.headers);
    if (origin === undefined) return false;
    response.setHeader('access-control-allow-origin', origin);
    response.setHeader('vary', 'Origin');
    if (request.method !== 'OPTIONS') return false;
    response.setHeader('access-control-allow-methods', 'GET, POST, PATCH, DELETE');
    response.setHeader('access-control-allow-headers', 'authorization, content-type, idempotency-key, last-event-id');
    response.writeHead(204).end();
    return true;
  }

  #keep(socket: Socket): void {
    this.#sockets.add(socket);
    socket.once('close', () => this.#sockets.delete(socket));
  }

  async #close(): Promise<void> {
    const { clock = systemClock, logger = silentLogger, graceMs = GRACE_MS } = this.#options;
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    for (const response of this.#running) if (!response.headersSent) response.setHeader('connection', 'close');
    this.#streams.close();
    this.#waits.close();
    this.#closeIdle();
    using _grace = clock.after(graceMs, () => {
      for (const socket of this.#sockets) socket.destroy();
    });
    const doors = await Promise.allSettled(this.#doors.map((door) => door[Symbol.asyncDispose]()));
    for (const one of doors)
      if (one.status === 'rejected') logger.warn({ err: one.reason }, `a door did not close: ${messageOf(one.reason)}`);
    await closed;
  }
}

const noTerminal: OpensTerminal = () => Promise.reject(new SpoolError('unsupported', 'this server has no place for terminals'));

async function openApi(version: string): Promise<Record<string, unknown>> {
  const { openApiDocument } = await import('./openapi.js');
  return openApiDocument(version);
}

function listenError(error: NodeJS.ErrnoException, bind: string, port: number): SpoolError {
  const place = `${hostInUrl(bind)}:${port}`;
  if (error.code === 'EADDRINUSE') {
    return new SpoolError('port-in-use', `another program listens on ${place}`, {
      cause: error,
      hint: 'choose another port with --port (0 takes any free one), or use the host that is there: "spool ls" tells whether it is yours',
    });
  }
  if (error.code === 'EACCES') {
    const hint = 'choose a port above 1023 with --port';
    return new SpoolError('forbidden', `the system does not let this user listen on ${place}`, { cause: error, hint });
  }
  if (error.code === 'EADDRNOTAVAIL' || error.code === 'ENOTFOUND') {
    return new SpoolError('invalid-input', `this machine has no address ${bind}`, { cause: error, hint: 'choose one with --bind' });
  }
  return SpoolError.from(error);
}
