/** The one place that speaks HTTP: address, token, JSON in and out, errors. */

import { SpoolError } from '../base/errors.js';
import type { RouteId, RouteResult } from '../contract/routes.js';
import { errorOfAnswer, errorOfFailure } from './answer-error.js';
import { type CallOptions, PATHS, pathOf } from './paths.js';

export interface ConnectOptions {
  /** Where the host answers, as `http://127.0.0.1:4319`. A path in front of the API is kept. */
  readonly url: string;
  readonly token?: string | undefined;
  /** Takes the place of the global `fetch`. */
  readonly fetch?: typeof globalThis.fetch | undefined;
}

/** `all` events come without a cursor and are no call; a file's bytes are no JSON. */
export type CallRoute = Exclude<RouteId, 'allEvents' | 'file'>;

export class Wire {
  readonly url: string;
  readonly #token: string | undefined;
  readonly #fetch: typeof globalThis.fetch;

  constructor(options: ConnectOptions) {
    const parsed = URL.canParse(options.url) ? new URL(options.url) : null;
    if (parsed === null || (parsed.protocol !== 'http:' && parsed.protocol !== 'https:')) {
      throw new SpoolError('invalid-input', `${JSON.stringify(options.url)} is no address of a host`, {
        hint: 'it looks like http://127.0.0.1:4319',
      });
    }
    this.url = `${parsed.origin}${parsed.pathname}`.replace(/\/+$/, '');
    this.#token = options.token;
    // Called through a closure: a browser's fetch refuses to be called with another `this`.
    const given = options.fetch;
    this.#fetch = given === undefined ? (input, init) => globalThis.fetch(input, init) : (input, init) => given(input, init);
  }

  async call<R extends CallRoute>(route: R, options: CallOptions<R>): Promise<RouteResult<R>> {
    const [method, path] = PATHS[route];
    const { params = {}, query = {}, body } = options;
    const response = await this.send(method, pathOf(path, params, query), {
      accept: 'application/json',
      body,
      signal: options.signal,
      idempotencyKey: options.idempotencyKey,
    });
    try {
      // The host answers by the same route table that the types come from, so the shape is taken as it is.
      return (route === 'metrics' ? await response.text() : await response.json()) as RouteResult<R>;
    } catch (error) {
      if (error instanceof SyntaxError) throw new SpoolError('internal', `${this.url} did not answer as a host does`, { cause: error });
      throw errorOfFailure(error, this.url, options.signal);
    }
  }

  async file(id: string, file: string): Promise<Response> {
    const [method, path] = PATHS.file;
    return await this.send(method, pathOf(path, { id, file }, {}), { accept: '*/*' });
  }

  /** An answer that is ok; all others are thrown as SpoolErrors. */
  async send(
    method: string,
    path: string,
    options: {
      accept: string;
      body?: unknown;
      signal?: AbortSignal | undefined;
      idempotencyKey?: string | undefined;
      headers?: Record<string, string>;
    },
  ): Promise<Response> {
    const headers: Record<string, string> = { ...options.headers, accept: options.accept };
    if (this.#token !== undefined) headers['authorization'] = `Bearer ${this.#token}`;
    if (options.body !== undefined) headers['content-type'] = 'application/json';
    if (options.idempotencyKey !== undefined) headers['idempotency-key'] = options.idempotencyKey;
    try {
      const response = await this.#fetch(`${this.url}${path}`, {
        method,
        headers,
        ...(options.body === undefined ? {} : { body: JSON.stringify(options.body) }),
        ...(options.signal === undefined ? {} : { signal: options.signal }),
      });
      if (!response.ok) throw await errorOfAnswer(response);
      return response;
    } catch (error) {
      throw errorOfFailure(error, this.url, options.signal);
    }
  }
}
