/** A real host behind its real doors on a port of its own, with the raw ways of asking that a test of doors needs. */

import { once } from 'node:events';
import { type IncomingHttpHeaders, request } from 'node:http';
import { connect, type Socket } from 'node:net';
import { type RawData, WebSocket } from 'ws';
import { codexdDoor } from '../../src/doors/codexd/codexd.js';
import { type HttpOptions, type HttpServer, startHttp } from '../../src/doors/http/server.js';
import { wsDoor } from '../../src/doors/ws/ws.js';
import type { Host } from '../../src/host/face.js';
import type { Hub } from '../../src/network/face.js';
import type { NewEvent } from '../../src/ports/log.js';
import { type Rig, type RigOptions, rig } from '../host/rig.js';

export const TOKEN = 'a-token-of-the-test';

export interface Said {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  /** The body as JSON. */
  json(): Record<string, unknown>;
}

export interface Ask {
  readonly method?: string;
  readonly headers?: Record<string, string>;
  /** An object is sent as JSON. */
  readonly body?: unknown;
  /** Null sends none. */
  readonly token?: string | null;
}

export interface House extends Rig {
  readonly server: HttpServer;
  ask(path: string, ask?: Ask): Promise<Said>;
  /** A socket to the server with nothing said on it. */
  socket(): Promise<Socket>;
  stream(path: string, headers?: Record<string, string>): Promise<FrameReader>;
  webSocket(path: string, headers?: Record<string, string>, token?: string | null): Promise<Messages>;
  /** Appends `count` events to the log of a session that only readers know, one record of `perRecord` events at a time. */
  fill(session: string, count: number, options?: { text?: string; perRecord?: number }): Promise<void>;
}

export interface HouseOptions extends Partial<HttpOptions> {
  readonly rig?: RigOptions;
  /** Puts something between the doors and the host. */
  readonly wrap?: (host: Host) => Host;
  readonly wrapHub?: (hub: Hub) => Hub;
}

export async function house(options: HouseOptions = {}): Promise<House> {
  const built = rig(options.rig);
  const { rig: _rig, wrap, wrapHub, ...http } = options;
  const server = await startHttp({
    host: wrap?.(built.host) ?? built.host,
    hub: http.hub ?? wrapHub?.(built.hub) ?? built.hub,
    port: 0,
    bind: '127.0.0.1',
    auth: { token: TOKEN },
    doors: [wsDoor, codexdDoor],
    ...http,
  });
  return {
    ...built,
    server,
    ask: (path, ask) => askRaw(server.port, path, ask),
    socket: () => openSocket(server.port),
    stream: (path, headers) => openStream(server.port, path, headers),
    webSocket: (path, headers, token) => openWebSocket(server, path, headers, token),
    fill: (session, count, fillOptions) => fill(built, session, count, fillOptions),
    async [Symbol.asyncDispose]() {
      await server.close();
      await built[Symbol.asyncDispose]();
    },
  };
}

/** A session id that nobody has. */
export function sessionId(n: number): string {
  return `ses_${String(n).padStart(26, '0')}`;
}

function askRaw(port: number, path: string, { method = 'GET', headers = {}, body, token = TOKEN }: Ask = {}): Promise<Said> {
  const text = body === undefined ? undefined : typeof body === 'string' ? body : JSON.stringify(body);
  const all: Record<string, string> = { ...(token === null ? {} : { authorization: `Bearer ${token}` }) };
  if (text !== undefined) Object.assign(all, { 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(text)) });
  Object.assign(all, headers);
  return new Promise((resolve, reject) => {
    const asked = request({ host: '127.0.0.1', port, path, method, headers: all, agent: false }, (response) => {
      let said = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => {
        said += chunk;
      });
      response.on('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          text: said,
          json: () => JSON.parse(said) as Record<string, unknown>,
        }),
      );
    });
    asked.on('error', reject);
    asked.end(text);
  });
}

async function openSocket(port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  await once(socket, 'connect');
  return socket;
}

async function fill(built: Rig, session: string, count: number, { text = 'x', perRecord = 1 } = {}): Promise<void> {
  let events: NewEvent[] = [];
  for (let i = 1; i <= count; i++) {
    const body = JSON.stringify({ type: 'warning.raised', at: '2026-01-01T00:00:00.000Z', data: { message: `${text} ${i}` } });
    events.push({ type: 'warning.raised', body });
    if (events.length < perRecord && i < count) continue;
    await built.log.append(session, { events }, 'any');
    events = [];
  }
}

export interface Frame {
  readonly id: string | undefined;
  readonly event: string | undefined;
  readonly data: string;
}

/** Reads one SSE response, frame by frame. */
export class FrameReader implements Disposable {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** Comments that came so far. */
  comments = 0;
  readonly #frames: AsyncGenerator<Frame, void>;
  readonly #destroy: () => void;

  constructor(response: AsyncIterable<Buffer> & { statusCode?: number | undefined; headers: IncomingHttpHeaders; destroy(): unknown }) {
    this.status = response.statusCode ?? 0;
    this.headers = response.headers;
    this.#frames = this.#parse(response);
    this.#destroy = () => response.destroy();
  }

  /** The next frame; undefined once the stream has ended. */
  async next(): Promise<Frame | undefined> {
    const next = await this.#frames.next();
    return next.done === true ? undefined : next.value;
  }

  async take(count: number): Promise<Frame[]> {
    const frames: Frame[] = [];
    while (frames.length < count) {
      const frame = await this.next();
      if (frame === undefined) throw new Error(`the stream ended after ${frames.length} of ${count} frames`);
      frames.push(frame);
    }
    return frames;
  }

  [Symbol.dispose](): void {
    this.#destroy();
  }

  async *#parse(response: AsyncIterable<Buffer>): AsyncGenerator<Frame, void> {
    const decoder = new TextDecoder();
    let rest = '';
    for await (const chunk of response) {
      const blocks = (rest + decoder.decode(chunk, { stream: true })).split('\n\n');
      rest = blocks.pop() ?? '';
      for (const block of blocks) {
        if (block.startsWith(':')) this.comments += 1;
        else yield frameOf(block);
      }
    }
  }
}

function frameOf(block: string): Frame {
  const fields = new Map(block.split('\n').map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 2)]));
  return { id: fields.get('id'), event: fields.get('event'), data: fields.get('data') ?? '' };
}

function openStream(port: number, path: string, headers: Record<string, string> = {}): Promise<FrameReader> {
  return new Promise((resolve, reject) => {
    const all = { accept: 'text/event-stream', authorization: `Bearer ${TOKEN}`, ...headers };
    const asked = request({ host: '127.0.0.1', port, path, headers: all, agent: false }, (response) => {
      response.on('error', () => response.destroy());
      resolve(new FrameReader(response));
    });
    asked.on('error', reject);
    asked.end();
  });
}

/** One WebSocket and the JSON messages that came on it. */
export class Messages implements Disposable {
  readonly socket: WebSocket;
  readonly #came: Record<string, unknown>[] = [];
  #wake: () => void = () => undefined;

  constructor(socket: WebSocket) {
    this.socket = socket;
    socket.on('message', (data: RawData) => {
      this.#came.push(JSON.parse(String(data)) as Record<string, unknown>);
      this.#wake();
    });
    socket.on('close', () => this.#wake());
  }

  send(message: unknown): void {
    this.socket.send(typeof message === 'string' ? message : JSON.stringify(message));
  }

  async next(): Promise<Record<string, unknown>> {
    for (;;) {
      const message = this.#came.shift();
      if (message !== undefined) return message;
      if (this.socket.readyState === WebSocket.CLOSED) throw new Error('the socket was closed');
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  async take(count: number): Promise<Record<string, unknown>[]> {
    const messages: Record<string, unknown>[] = [];
    while (messages.length < count) messages.push(await this.next());
    return messages;
  }

  [Symbol.dispose](): void {
    this.socket.terminate();
  }
}

/** Rejects with the status when the server refuses the upgrade. */
function openWebSocket(server: HttpServer, path: string, headers = {}, token: string | null = TOKEN): Promise<Messages> {
  const all = { ...(token === null ? {} : { authorization: `Bearer ${token}` }), ...headers };
  const socket = new WebSocket(`${server.url.replace('http', 'ws')}${path}`, { headers: all });
  const messages = new Messages(socket);
  return new Promise((resolve, reject) => {
    socket.on('open', () => resolve(messages));
    socket.on('unexpected-response', (_request, response) => {
      socket.terminate();
      reject(new Error(`refused with ${response.statusCode}`));
    });
    socket.on('error', reject);
  });
}

/** The host with one of its members replaced. */
export function instead<K extends keyof Host>(host: Host, name: K, member: Host[K]): Host {
  return new Proxy(host, {
    get(target, asked) {
      if (asked === name) return member;
      // Members of a class with private parts work on the object itself only, not on what stands before it.
      const found: unknown = Reflect.get(target, asked, target);
      return typeof found === 'function' ? (found.bind(target) as unknown) : found;
    },
  });
}

/** Bytes that this process holds back for the sockets of the server that listens on `port`. */
export function heldBytes(port: number): number {
  let held = 0;
  for (const handle of sockets()) if (handle.localPort === port) held += handle.writableLength;
  return held;
}

interface OpenSocket {
  readonly localPort: number;
  readonly writableLength: number;
}

function sockets(): OpenSocket[] {
  const inside = process as unknown as { _getActiveHandles(): unknown[] };
  return inside
    ._getActiveHandles()
    .filter((handle): handle is OpenSocket => typeof handle === 'object' && handle !== null && 'localPort' in handle);
}
