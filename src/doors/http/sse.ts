/**
 * Event streams (SSE), written to the raw response in front of the router. One loop reads the session's log from the client's
 * position on, so there is no seam between replay and live; a client that does not read stops its own loop and nobody else's.
 */

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Clock } from '../../base/clock.js';
import { messageOf, SpoolError } from '../../base/errors.js';
import { parseWith } from '../../base/explain-issues.js';
import { httpStatus } from '../../contract/problem.js';
import { type Right, ROUTES } from '../../contract/routes.js';
import { KEEP_ALIVE_MS } from '../../contract/stream.js';
import type { Host, Principal } from '../../host/face.js';
import type { Hub } from '../../network/face.js';
import type { Logger } from '../../ports/logger.js';
import { sseFrames } from '../event-frames.js';
import type { Guard } from '../guard.js';
import { openStream } from '../open-stream.js';
import { sendProblem } from '../problem-response.js';
import type { Counts } from './metrics.js';
import { SseWriter } from './sse-writer.js';

export interface StreamParts {
  readonly host: Host;
  readonly hub: Hub;
  readonly guard: Guard;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly counts: Counts;
}

interface Wanted {
  /** A session or a task; undefined: all of them, from now on. */
  readonly stream: string | undefined;
  readonly after: number;
  readonly by: Principal;
}

const ONE_SESSION = new RegExp(`^${ROUTES.events.path.replace(/\{\w+\}/, '([^/]+)')}$`);
const ONE_TASK = new RegExp(`^${ROUTES.taskEvents.path.replace(/\{\w+\}/, '([^/]+)')}$`);

export class EventStreams {
  readonly #parts: StreamParts;
  readonly #open = new Set<AbortController>();
  #closed = false;

  constructor(parts: StreamParts) {
    this.#parts = parts;
  }

  /** How many are open. */
  get size(): number {
    return this.#open.size;
  }

  /** Serves a request that asks for an event stream; false, and nothing done, for any other. */
  take(request: IncomingMessage, response: ServerResponse): boolean {
    const url = urlOf(request);
    const all = url.pathname === ROUTES.allEvents.path;
    const task = ONE_TASK.exec(url.pathname)?.[1];
    const one = task ?? ONE_SESSION.exec(url.pathname)?.[1];
    if (request.method !== 'GET' || (!all && (one === undefined || !asksForStream(request)))) return false;
    const right = task === undefined ? 'view' : 'tasks';
    this.#serve(url, { stream: all ? undefined : one, right }, request, response).catch((error: unknown) => this.#fail(response, error));
    return true;
  }

  /** Ends all streams; those that come later are refused. */
  close(): void {
    this.#closed = true;
    for (const stream of [...this.#open]) stream.abort();
  }

  async #serve(
    url: URL,
    { stream, right }: { stream: string | undefined; right: Right },
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    const { guard } = this.#parts;
    if (this.#closed) throw new SpoolError('unavailable', 'the host is stopping');
    const by = guard.admit(request, right, url.searchParams.get('access_token'));
    const wanted = { stream: stream === undefined ? undefined : decoded(stream), after: cursorOf(url, request), by };
    const gone = new AbortController();
    response.once('close', () => gone.abort());
    this.#open.add(gone);
    try {
      await this.#stream(wanted, response, gone.signal);
    } finally {
      this.#open.delete(gone);
    }
  }

  async #stream(wanted: Wanted, response: ServerResponse, signal: AbortSignal): Promise<void> {
    const { stream, after, by } = wanted;
    const { opened, records } = await openStream(this.#parts, { stream, after, signal }, by);
    this.#parts.counts.request(stream === undefined ? 'allEvents' : 'events', 200);
    response.writeHead(200, {
      'content-type': 'text/event-stream',
      'cache-control': 'no-cache, no-transform',
      'x-accel-buffering': 'no',
    });
    const writer = new SseWriter(response, signal);
    writer.write(Buffer.from(`event: stream.opened\ndata: ${JSON.stringify(opened)}\n\n`));
    using _beat = this.#keepAlive(writer);
    const numbered = stream !== undefined;
    for await (const record of records) {
      writer.write(sseFrames(record, numbered));
      if (writer.full) await writer.flushed();
    }
    writer.end();
  }

  #keepAlive(writer: SseWriter): Disposable {
    const { clock } = this.#parts;
    let timer = clock.after(KEEP_ALIVE_MS, beat);
    function beat(): void {
      writer.comment();
      timer = clock.after(KEEP_ALIVE_MS, beat);
    }
    return { [Symbol.dispose]: () => timer[Symbol.dispose]() };
  }

  #fail(response: ServerResponse, thrown: unknown): void {
    const { logger, counts } = this.#parts;
    const error = SpoolError.from(thrown);
    if (response.headersSent) logger.warn({ err: thrown }, `an event stream broke: ${messageOf(thrown)}`);
    else counts.request('events', httpStatus(error.code));
    sendProblem(response, error);
  }
}

/** The request's URL; only path and query mean anything. Never throws: a path that is none is one that nobody serves. */
export function urlOf(request: IncomingMessage): URL {
  const target = request.url ?? '/';
  const base = 'http://host';
  // A target like `//name/path` would be taken for another host.
  return URL.canParse(base + target) && target.startsWith('/') ? new URL(base + target) : new URL('/%00', base);
}

function asksForStream(request: IncomingMessage): boolean {
  return request.headers.accept?.toLowerCase().includes('text/event-stream') === true;
}

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}

/** The header wins: a browser that reconnects sends it with the URL that it was first given. */
function cursorOf(url: URL, request: IncomingMessage): number {
  const last = request.headers['last-event-id'];
  const after = typeof last === 'string' && last !== '' ? last : (url.searchParams.get('after') ?? undefined);
  return parseWith(ROUTES.events.query, { after }, 'the query').after;
}
