/**
 * Messages over a WebSocket, one text frame each: to an app-server that listens on a loopback port or on a unix socket and so
 * outlives our connection.
 */

import { connect } from 'node:net';
import { type ClientOptions, WebSocket } from 'ws';
import type { Clock } from '../../base/clock.js';
import { type ErrorCode, SpoolError } from '../../base/errors.js';
import { Inbox } from './inbox.js';
import type { Transport, TransportEnd } from './transport.js';

export interface WebSocketOptions {
  /** `ws://127.0.0.1:<port>`, or `unix:<absolute path>`. */
  readonly address: string;
  /** The capability token of the server, when it wants one. */
  readonly token?: string | undefined;
  readonly clock: Clock;
  /**
   * Whether the other side is asked for a sign of life, how often, and how many signs it may leave out in a row before the connection is
   * given up: a line that is cut without a word looks like one on which nobody speaks. Not asked when absent.
   */
  readonly heartbeat?: { readonly everyMs: number; readonly mayMiss: number } | undefined;
  /** How long connecting may take, in milliseconds; 10 s when absent. */
  readonly connectTimeoutMs?: number;
  /** Cancels the connecting; has no effect afterwards. */
  readonly signal?: AbortSignal | undefined;
}

const MAX_RECEIVED_BYTES = 64 * 1024 * 1024;
/** A larger frame makes the server close the connection without a word, and with it every session that is on it. */
const MAX_SENT_BYTES = 16 * 1024 * 1024;
const LIMIT_HEADER = 'x-codex-websocket-max-unfragmented-message-bytes';
/** How long the other side may take to answer our goodbye, in milliseconds. */
const CLOSE_MS = 1_000;

/**
 * Connects. Rejects with `unavailable` when nobody listens there, `unauthorized` or `forbidden` when the server refuses us,
 * `timeout`, `cancelled`, or `runtime-failed`; then nothing is left open.
 */
export async function connectWebSocket(options: WebSocketOptions): Promise<Transport> {
  if (options.signal?.aborted) throw cancelled(options);
  const socket = open(options);
  let limit = MAX_SENT_BYTES;
  socket.once('upgrade', (response) => {
    const told = Number(response.headers[LIMIT_HEADER]);
    if (Number.isInteger(told) && told > 0) limit = told;
  });
  // Made before the connection stands: the first messages may come in the same tick in which it opens.
  const transport = overSocket(socket, options.clock, () => limit);
  await opened(socket, options);
  if (options.heartbeat !== undefined) keepAsking(socket, options.clock, options.heartbeat);
  return transport;
}

/** Whatever comes is a sign of life: a busy server may have more to say than pongs. */
function keepAsking(socket: WebSocket, clock: Clock, { everyMs, mayMiss }: NonNullable<WebSocketOptions['heartbeat']>): void {
  let missed = 0;
  const alive = (): void => {
    missed = 0;
  };
  socket.on('pong', alive);
  socket.on('message', alive);
  let timer: Disposable | undefined;
  const ask = (): void => {
    if (socket.readyState !== WebSocket.OPEN) return;
    if (missed > mayMiss) {
      socket.emit('error', new Error(`no sign of life for ${(missed * everyMs) / 1000} s`));
      socket.terminate();
      return;
    }
    missed += 1;
    socket.ping();
    timer = clock.after(everyMs, ask);
  };
  socket.once('close', () => timer?.[Symbol.dispose]());
  ask();
}

function open({ address, token, connectTimeoutMs = 10_000 }: WebSocketOptions): WebSocket {
  const path = /^unix:(?:\/\/)?(\/.*)$/.exec(address)?.[1];
  const settings: ClientOptions = {
    perMessageDeflate: false,
    maxPayload: MAX_RECEIVED_BYTES,
    handshakeTimeout: connectTimeoutMs,
    headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
    // Not `ws+unix:`, which cuts a path at its first colon.
    ...(path === undefined ? {} : { createConnection: () => connect(path) }),
  };
  try {
    return new WebSocket(path === undefined ? address : 'ws://localhost/', settings);
  } catch (error) {
    throw new SpoolError('invalid-input', `${address} is no address of an app-server`, { cause: error });
  }
}

function opened(socket: WebSocket, options: WebSocketOptions): Promise<void> {
  const { address, signal } = options;
  return new Promise((resolve, reject) => {
    const settle = (error?: SpoolError): void => {
      signal?.removeEventListener('abort', onAbort);
      if (error === undefined) return resolve();
      socket.terminate();
      reject(error);
    };
    const onAbort = (): void => settle(cancelled(options));
    signal?.addEventListener('abort', onAbort, { once: true });
    socket.once('open', () => settle());
    socket.once('error', (error) => settle(connectError(address, error)));
    socket.once('unexpected-response', (_request, response) => {
      const status = response.statusCode ?? 0;
      const codes: Readonly<Record<number, ErrorCode>> = { 401: 'unauthorized', 403: 'forbidden', 503: 'unavailable' };
      settle(new SpoolError(codes[status] ?? 'runtime-failed', `Codex at ${address} refused the connection with status ${status}`));
    });
  });
}

function connectError(address: string, error: Error): SpoolError {
  const errno = 'code' in error ? error.code : undefined;
  const nobody = typeof errno === 'string' && ['ECONNREFUSED', 'ENOENT', 'ECONNRESET', 'EPIPE'].includes(errno);
  if (nobody) return new SpoolError('unavailable', `no Codex listens at ${address}`, { cause: error });
  if (/timed out/.test(error.message)) return new SpoolError('timeout', `Codex at ${address} did not answer in time`, { cause: error });
  return new SpoolError('runtime-failed', `connecting to Codex at ${address} failed: ${error.message}`, { cause: error });
}

function cancelled({ address }: WebSocketOptions): SpoolError {
  return new SpoolError('cancelled', `connecting to Codex at ${address} was cancelled`);
}

function overSocket(socket: WebSocket, clock: Clock, limit: () => number): Transport {
  const inbox = new Inbox();
  let end: TransportEnd | undefined;
  socket.on('message', (data, isBinary) => {
    if (!isBinary && end === undefined) inbox.deliver(textOf(data));
  });
  socket.on('error', (error) => {
    end ??= { how: 'failed', message: `the connection to Codex failed: ${error.message}` };
  });
  const closed = new Promise<TransportEnd>((resolve) => {
    socket.once('close', (code) => {
      end ??= { how: 'ended', message: `Codex closed the connection (${code})` };
      resolve(end);
    });
  });
  return {
    send(text) {
      if (end !== undefined || socket.readyState !== WebSocket.OPEN) return;
      const bytes = Buffer.byteLength(text);
      if (bytes > limit()) {
        const details = { bytes, maxBytes: limit() };
        throw new SpoolError('too-large', `a message of ${bytes} bytes is over the ${limit()} that Codex takes`, { details });
      }
      socket.send(text);
    },
    receive: (listener) => inbox.listen(listener),
    async close() {
      end ??= { how: 'closed', message: 'we closed the connection' };
      socket.close(1000);
      using _timer = clock.after(CLOSE_MS, () => socket.terminate());
      await closed;
    },
    closed,
  };
}

function textOf(data: WebSocket.RawData): string {
  if (Array.isArray(data)) return Buffer.concat(data).toString('utf8');
  return (Buffer.isBuffer(data) ? data : Buffer.from(data)).toString('utf8');
}
