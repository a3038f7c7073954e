/**
 * Asks a host over MCP (streamable HTTP), as often as one likes and without a connection of its own: where the host is, is looked up
 * anew each time, so that it may be restarted, also at another address.
 */

import { delayOf } from '../base/backoff.js';
import { type Clock, systemClock } from '../base/clock.js';
import { SpoolError } from '../base/errors.js';
import { errorOfFailure } from '../client/answer-error.js';
import { sseFrames } from '../client/sse.js';
import { Wire } from '../client/wire.js';
import { AGENT_HEADER } from '../contract/mcp-server.js';
import type { HostAddress } from './connect.js';

export interface McpHostParts {
  readonly address: () => HostAddress;
  /** Whose tools are meant. */
  readonly agent: string | undefined;
  readonly version: string;
  readonly clock?: Clock;
}

type Fields = Readonly<Record<string, unknown>>;

/** What the host's MCP server refused, in the words of the protocol. */
export class Refused extends Error {
  readonly code: number;
  constructor(code: number, message: string) {
    super(message);
    this.code = code;
  }
}

const PATH = '/mcp';
const LISTEN = 'subscriptions/listen';
/** The first revision in which one can listen for changes. */
const REVISION = '2026-07-28';
const RETRY = { firstMs: 100, maxMs: 2000 };
/** About ten seconds: as long as a host may be away that is restarted. */
const TRIES = 9;

export class McpHost {
  readonly #parts: McpHostParts;
  readonly #clock: Clock;
  /** It has answered before, so that it is worth waiting for it. */
  #met = false;

  constructor(parts: McpHostParts) {
    this.#parts = parts;
    this.#clock = parts.clock ?? systemClock;
  }

  /** The result. Rejects with `Refused`, or a SpoolError when there is no answer; a request that may have arrived is not repeated. */
  async ask(method: string, params: Fields, signal: AbortSignal, onMessage: (message: Fields) => void = () => undefined): Promise<Fields> {
    for (let attempt = 0; ; attempt++) {
      try {
        return await this.#ask(method, params, signal, onMessage);
      } catch (error) {
        if (!this.#met || attempt === TRIES || !neverArrived(error)) throw error;
        await this.#pause(delayOf(RETRY, attempt), signal);
      }
    }
  }

  /** Calls `onChange` whenever the list of tools may be another one, until `signal` is aborted. */
  async listen(onChange: () => void, signal: AbortSignal): Promise<void> {
    let missed = false;
    for (let attempt = 0; !signal.aborted; ) {
      const heard = (message: Fields): void => {
        attempt = 0;
        const told = message['method'] === 'notifications/tools/list_changed';
        if (told || (missed && message['method'] === 'notifications/subscriptions/acknowledged')) onChange();
        missed = false;
      };
      // However the stream ends, what happens until the next one is not heard.
      await this.#ask(LISTEN, { notifications: { toolsListChanged: true }, _meta: this.#envelope() }, signal, heard).catch(() => undefined);
      missed = true;
      await this.#pause(delayOf(RETRY, attempt++), signal);
    }
  }

  #envelope(): Fields {
    return {
      'io.modelcontextprotocol/protocolVersion': REVISION,
      'io.modelcontextprotocol/clientInfo': { name: 'spool', version: this.#parts.version },
      'io.modelcontextprotocol/clientCapabilities': {},
    };
  }

  async #ask(method: string, params: Fields, signal: AbortSignal, onMessage: (message: Fields) => void): Promise<Fields> {
    const { agent } = this.#parts;
    const { url, token } = this.#parts.address();
    const response = await new Wire({ url, token }).send('POST', PATH, {
      accept: 'application/json, text/event-stream',
      body: { jsonrpc: '2.0', id: 1, method, params },
      signal,
      headers: {
        ...(agent === undefined ? {} : { [AGENT_HEADER]: agent }),
        ...(method === LISTEN ? { 'mcp-protocol-version': REVISION, 'mcp-method': method } : {}),
      },
    });
    this.#met = true;
    try {
      for await (const message of messagesOf(response)) {
        if (isFields(message['error'])) throw refusal(message['error']);
        if (isFields(message['result'])) return message['result'];
        onMessage(message);
      }
    } catch (error) {
      throw error instanceof Refused ? error : errorOfFailure(error, url, signal);
    }
    throw new SpoolError('unavailable', 'the host went away during the call; it may have been done or not', {
      hint: 'look, then try again',
    });
  }

  #pause(ms: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const timer = this.#clock.after(ms, resolve);
      const stop = (): void => {
        timer[Symbol.dispose]();
        resolve();
      };
      if (signal.aborted) stop();
      else signal.addEventListener('abort', stop, { once: true });
    });
  }
}

async function* messagesOf(response: Response): AsyncGenerator<Fields, void> {
  if (response.headers.get('content-type')?.startsWith('text/event-stream') !== true) {
    yield fieldsIn(await response.json());
    return;
  }
  if (response.body === null) return;
  for await (const frame of sseFrames(response.body)) if (frame.type === 'frame') yield fieldsIn(JSON.parse(frame.data));
}

function fieldsIn(value: unknown): Fields {
  if (isFields(value)) return value;
  throw new SpoolError('internal', 'the host did not answer as an MCP server does');
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function refusal({ code, message }: Fields): Refused {
  return new Refused(typeof code === 'number' ? code : -32603, typeof message === 'string' ? message : 'the host refused');
}

/** Nobody listened at the address. */
function neverArrived(error: unknown): boolean {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if ('code' in cause && cause.code === 'ECONNREFUSED') return true;
    if (cause instanceof AggregateError) return cause.errors.every(neverArrived);
  }
  return false;
}
