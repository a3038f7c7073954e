/**
 * Where terminals come in: a server on loopback, apart from the host's API, that lives while somebody sits at a terminal or is about to.
 * Each terminal has a token of its own, good for one connection. What is said there is between the terminal and its runtime.
 */

import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import type { Clock } from '../../base/clock.js';
import { messageOf, SpoolError } from '../../base/errors.js';
import type { TerminalPlace } from '../../host/face.js';
import type { Logger } from '../../ports/logger.js';
import { refuseUpgrade, sendProblem } from '../problem-response.js';
import { GOING_AWAY } from '../socket-room.js';

export interface TerminalListenerParts {
  readonly clock: Clock;
  readonly logger: Logger;
  /** How long a token waits for somebody to come with it. */
  readonly unusedMs: number;
  /** Called when nobody is here any more and nobody is awaited. */
  readonly onEmpty: () => void;
}

/** A place that waits for its terminal. */
interface Waiting {
  readonly place: TerminalPlace;
  readonly digest: Buffer;
  readonly timer: Disposable;
}

const HOST = '127.0.0.1';
/** As much as the runtime itself takes in one message. */
const MESSAGE_LIMIT = 16 * 1024 * 1024;
/** A terminal that leaves so many bytes lying is cut off. */
const BUFFER_LIMIT = 64 * 1024 * 1024;
const CLOSE_MS = 1_000;
/** Another name for "this will not do", as RFC 6455 numbers it. */
const FAILED = 1011;

export class TerminalListener implements AsyncDisposable {
  readonly #parts: TerminalListenerParts;
  readonly #server: Server;
  readonly #sockets = new WebSocketServer({ noServer: true, maxPayload: MESSAGE_LIMIT, perMessageDeflate: false, clientTracking: true });
  readonly #awaited = new Set<Waiting>();
  /** Places at which somebody sits, or is sitting down. */
  readonly #taken = new Map<TerminalPlace, Promise<void>>();
  #disposed: Promise<void> | undefined;

  private constructor(parts: TerminalListenerParts) {
    this.#parts = parts;
    this.#server = createServer((request, response) => this.#asked(request, response));
    this.#server.on('upgrade', (request, socket, head) => this.#upgraded(request, socket, head));
  }

  /** Listens on a port that is free. */
  static async start(parts: TerminalListenerParts): Promise<TerminalListener> {
    const listener = new TerminalListener(parts);
    await new Promise<void>((resolve, reject) => {
      listener.#server.once('error', (error) => reject(SpoolError.from(error)));
      listener.#server.listen({ host: HOST, port: 0 }, resolve);
    });
    return listener;
  }

  get url(): string {
    return `ws://${HOST}:${this.#port}`;
  }

  get #port(): number {
    return (this.#server.address() as AddressInfo | null)?.port ?? 0;
  }

  /** Waits for the terminal of this place, which is ours from now on. */
  expect(place: TerminalPlace): { readonly token: string; readonly expiresAt: string } {
    const { clock, unusedMs } = this.#parts;
    const token = randomBytes(32).toString('base64url');
    const awaited: Waiting = {
      place,
      digest: digestOf(token),
      timer: clock.after(unusedMs, () => void this.#forget(awaited)),
    };
    this.#awaited.add(awaited);
    return { token, expiresAt: new Date(clock.now() + unusedMs).toISOString() };
  }

  async #forget({ place, timer }: Waiting): Promise<void> {
    timer[Symbol.dispose]();
    for (const one of this.#awaited) if (one.place === place) this.#awaited.delete(one);
    await place[Symbol.asyncDispose]();
    this.#tellWhenEmpty();
  }

  #tellWhenEmpty(): void {
    if (this.#awaited.size + this.#taken.size === 0 && this.#disposed === undefined) this.#parts.onEmpty();
  }

  /** Two questions are answered to everybody, as the runtime does. */
  #asked(request: IncomingMessage, response: ServerResponse): void {
    try {
      this.#checkPlace(request);
      if (request.url !== '/readyz' && request.url !== '/healthz')
        throw new SpoolError('not-found', 'terminals connect to a WebSocket here');
      response.writeHead(200, { 'content-length': 0 }).end();
    } catch (error) {
      sendProblem(response, SpoolError.from(error));
    }
  }

  #upgraded(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    // A socket that breaks has no more to say than that it is closed.
    socket.on('error', () => socket.destroy());
    try {
      this.#checkPlace(request);
      if (request.url !== '/') throw new SpoolError('not-found', 'there is no terminal at this path');
      const { place, timer } = this.#admit(request);
      timer[Symbol.dispose]();
      const sitting = this.#sit(place, request, socket, head).finally(() => this.#left(place));
      this.#taken.set(place, sitting);
    } catch (error) {
      refuseUpgrade(socket, SpoolError.from(error));
    }
  }

  #left(place: TerminalPlace): void {
    this.#taken.delete(place);
    this.#tellWhenEmpty();
  }

  /** Pages in a browser send an Origin, and names that were pointed at this machine another Host. */
  #checkPlace({ headers }: IncomingMessage): void {
    const host = headers.host ?? '';
    if (host !== `${HOST}:${this.#port}` && host !== `localhost:${this.#port}`) {
      throw new SpoolError('forbidden', `the Host header ${JSON.stringify(host)} does not name this address`);
    }
    if (headers.origin !== undefined) throw new SpoolError('forbidden', 'this address is not for web pages');
  }

  /** Takes the place out: a token is good for one connection. All digests are compared, so that the time does not tell which one fits. */
  #admit({ headers }: IncomingMessage): Waiting {
    const token = /^bearer +(\S+) *$/i.exec(headers.authorization ?? '')?.[1];
    if (token === undefined) throw new SpoolError('unauthorized', 'this needs the token of a terminal');
    const digest = digestOf(token);
    const [awaited] = [...this.#awaited].filter((one) => timingSafeEqual(one.digest, digest));
    if (awaited === undefined) throw new SpoolError('unauthorized', 'no terminal waits for this token (any more)');
    this.#awaited.delete(awaited);
    return awaited;
  }

  async #sit(place: TerminalPlace, request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    const left = new AbortController();
    socket.once('close', () => left.abort());
    try {
      const attachment = await place.attach(left.signal);
      const live = await new Promise<WebSocket | undefined>((resolve) => {
        left.signal.addEventListener('abort', () => resolve(undefined), { once: true });
        if (left.signal.aborted) resolve(undefined);
        else this.#sockets.handleUpgrade(request, socket, head, resolve);
      });
      if (live !== undefined) await carry(live, attachment);
    } catch (error) {
      this.#parts.logger.warn({ session: place.session, err: error }, `a terminal could not be attached: ${messageOf(error)}`);
      refuseUpgrade(socket, SpoolError.from(error));
    } finally {
      await place[Symbol.asyncDispose]();
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#disposed ??= this.#dispose();
    return this.#disposed;
  }

  async #dispose(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    for (const live of this.#sockets.clients) live.close(GOING_AWAY, 'the host is stopping');
    using _late = this.#parts.clock.after(CLOSE_MS, () => {
      for (const live of this.#sockets.clients) live.terminate();
      this.#server.closeAllConnections();
    });
    await Promise.all([...this.#awaited].map((awaited) => this.#forget(awaited)));
    await Promise.all(this.#taken.values());
    this.#sockets.close();
    this.#server.closeAllConnections();
    await closed;
  }
}

/** Carries texts both ways until either side has had enough. */
async function carry(live: WebSocket, attachment: Awaited<ReturnType<TerminalPlace['attach']>>): Promise<void> {
  live.on('message', (data, isBinary) => {
    if (!isBinary) attachment.send(String(data));
  });
  // The reason of a broken connection is of no use to anybody; 'close' follows.
  live.on('error', () => live.terminate());
  const closed = new Promise<void>((resolve) => live.once('close', () => resolve()));
  const told = tell(live, attachment.frames);
  await Promise.race([closed, told]);
  live.close(FAILED, 'the runtime has hung up');
  await closed;
}

async function tell(live: WebSocket, frames: AsyncIterable<string>): Promise<void> {
  for await (const text of frames) {
    if (live.readyState === live.OPEN) live.send(text);
    // One that is stopped for a while is let be; not one that fills the memory of the host.
    if (live.bufferedAmount > BUFFER_LIMIT) live.terminate();
  }
}

function digestOf(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}
