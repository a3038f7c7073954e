/** The routes of an OpenCode server that we use. Its password goes with each request. */

import type { z } from 'zod';
import { messageOf, SpoolError } from '../base/errors.js';
import { LineCutter } from '../base/lines.js';
import { redact } from '../base/redact.js';
import { Messages, PermissionRequest, Providers, QuestionRequest, readEvent, type ServerEvent, SessionInfo, Statuses } from './wire.js';

/** A line of the stream may hold the output of a command, or a picture. */
const LONGEST_EVENT = 64 * 1024 * 1024;
const SHOWN = 500;

export class Api {
  readonly #url: string;
  readonly #authorization: string;

  constructor(url: string, password: string) {
    this.#url = url;
    this.#authorization = `Basic ${Buffer.from(`opencode:${password}`).toString('base64')}`;
  }

  async createSession(directory: string, body: { readonly title?: string }): Promise<SessionInfo> {
    return await this.#json(SessionInfo, 'POST', '/session', { directory, body });
  }

  /** Rejects with `not-found` when there is none. */
  async session(id: string, directory: string): Promise<SessionInfo> {
    // It refuses to look for what is no id of its own.
    if (!/^ses\w+$/.test(id)) throw new SpoolError('not-found', `OpenCode knows no conversation ${id}`);
    return await this.#json(SessionInfo, 'GET', `/session/${encodeURIComponent(id)}`, { directory });
  }

  /** Copies a conversation up to a message, which is not in the copy; whole without one. */
  async fork(id: string, directory: string, before: string | undefined): Promise<SessionInfo> {
    return await this.#json(SessionInfo, 'POST', `/session/${id}/fork`, {
      directory,
      body: before === undefined ? {} : { messageID: before },
    });
  }

  async update(id: string, directory: string, body: object): Promise<void> {
    await this.#call('PATCH', `/session/${id}`, { directory, body });
  }

  async messages(id: string, directory: string): Promise<Messages> {
    return await this.#json(Messages, 'GET', `/session/${id}/message`, { directory });
  }

  /** Returns as soon as it is taken; what comes of it is told by events. */
  async prompt(id: string, directory: string, body: object): Promise<void> {
    await this.#call('POST', `/session/${id}/prompt_async`, { directory, body });
  }

  async removeMessage(id: string, directory: string, message: string): Promise<void> {
    await this.#call('DELETE', `/session/${id}/message/${message}`, { directory });
  }

  async abort(id: string, directory: string): Promise<void> {
    await this.#call('POST', `/session/${id}/abort`, { directory });
  }

  /** Returns when it is done. */
  async summarize(id: string, directory: string, model: { readonly providerID: string; readonly modelID: string }): Promise<void> {
    await this.#call('POST', `/session/${id}/summarize`, { directory, body: { ...model, auto: false } });
  }

  async isBusy(id: string, directory: string): Promise<boolean> {
    const status = (await this.#json(Statuses, 'GET', '/session/status', { directory }))[id];
    return status !== undefined && status.type !== 'idle';
  }

  async pending(directory: string): Promise<{ permissions: PermissionRequest[]; questions: QuestionRequest[] }> {
    const [permissions, questions] = await Promise.all([
      this.#json(PermissionRequest.array(), 'GET', '/permission', { directory }),
      this.#json(QuestionRequest.array(), 'GET', '/question', { directory }),
    ]);
    return { permissions, questions };
  }

  async replyPermission(
    id: string,
    directory: string,
    body: { readonly reply: 'once' | 'reject'; readonly message?: string },
  ): Promise<void> {
    await this.#call('POST', `/permission/${id}/reply`, { directory, body });
  }

  async replyQuestion(id: string, directory: string, answers: readonly (readonly string[])[] | undefined): Promise<void> {
    const [way, body] = answers === undefined ? ['reject', {}] : ['reply', { answers }];
    await this.#call('POST', `/question/${id}/${way}`, { directory, body });
  }

  async providers(directory: string): Promise<Providers> {
    return await this.#json(Providers, 'GET', '/config/providers', { directory });
  }

  /** What happens in all folders, from now on. Ends with the stream, or the signal. */
  async *events(signal: AbortSignal): AsyncGenerator<ServerEvent | 'open', void> {
    const response = await this.#fetch('GET', '/global/event', { signal });
    const found: string[] = [];
    let open = false;
    const cutter = new LineCutter({ maxBytes: LONGEST_EVENT, onLine: (line) => found.push(line) });
    for await (const chunk of response.body ?? []) {
      cutter.push(chunk);
      // The first thing it says is that we are connected: only from then on nothing is missed.
      if (!open) yield 'open';
      open = true;
      // OpenCode writes each event as one line of data.
      for (const line of found.splice(0)) {
        const event = line.startsWith('data:') ? readEvent(line.slice('data:'.length)) : undefined;
        if (event !== undefined) yield event;
      }
    }
  }

  async #json<T>(schema: z.ZodType<T>, method: string, path: string, request: Request): Promise<T> {
    const text = await this.#call(method, path, request);
    try {
      return schema.parse(JSON.parse(text));
    } catch (error) {
      throw new SpoolError('runtime-failed', `OpenCode answered ${method} ${path} with something else than expected`, {
        cause: error,
        hint: 'the version of OpenCode may be one that Spool does not know yet',
      });
    }
  }

  async #call(method: string, path: string, request: Request): Promise<string> {
    const response = await this.#fetch(method, path, request);
    return await response.text();
  }

  async #fetch(method: string, path: string, { directory, body, signal }: Request): Promise<Response> {
    const url = new URL(this.#url + path);
    if (directory !== undefined) url.searchParams.set('directory', directory);
    const response = await fetch(url, {
      method,
      headers: { authorization: this.#authorization, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      ...(signal === undefined ? {} : { signal }),
    }).catch((error: unknown) => {
      if (signal?.aborted === true) throw error;
      throw new SpoolError('unavailable', `the OpenCode server cannot be reached: ${messageOf(error)}`, { cause: error });
    });
    if (response.ok) return response;
    const text = redact((await response.text()).slice(0, SHOWN));
    throw new SpoolError(
      response.status === 404 ? 'not-found' : 'runtime-failed',
      `OpenCode refused ${method} ${path} (${response.status}): ${text}`,
    );
  }
}

interface Request {
  readonly directory?: string;
  readonly body?: object;
  readonly signal?: AbortSignal;
}
