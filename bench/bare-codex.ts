/**
 * The other side of every ratio: the real app-server with nothing of ours in front of it but a client, over the same kind of
 * connection that a host uses (a WebSocket on a unix socket).
 */

import { randomUUID } from 'node:crypto';
import { openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { systemClock } from '../src/base/clock.js';
import { VERSION } from '../src/base/version.js';
import { childEnvironment } from '../src/codex/app-server/child-env.js';
import { Client, type ServerNotification } from '../src/codex/wire/client.js';
import { handshake } from '../src/codex/wire/handshake.js';
import type { IncomingRequest } from '../src/codex/wire/peer.js';
import type { Transport } from '../src/codex/wire/transport.js';
import { connectWebSocket } from '../src/codex/wire/websocket.js';
import { start, stop } from './children.js';
import { nowMs, pause } from './stats.js';

export interface BareTurn {
  readonly sent: number;
  readonly accepted: number;
  readonly started: number;
  readonly completed: number;
}

/** A connection to an app-server; disposing closes it. */
export class BareClient implements AsyncDisposable {
  readonly #client: Client;
  #onQuestion: ((request: IncomingRequest, at: number) => void) | undefined;
  readonly #watchers = new Set<(notification: ServerNotification, at: number) => void>();

  private constructor(transport: Transport) {
    this.#client = new Client(transport, {
      clock: systemClock,
      onNotification: (notification) => {
        const at = nowMs();
        for (const watcher of this.#watchers) watcher(notification, at);
      },
      onRequest: (request) => {
        if (this.#onQuestion === undefined) request.error({ code: -32603, message: 'this benchmark answers no questions' });
        else this.#onQuestion(request, nowMs());
      },
    });
  }

  /** Connects and greets; `address` as `unix:<path>`, or a `ws://` URL with its token. */
  static async connect(address: string, token?: string): Promise<BareClient> {
    const client = new BareClient(await connectWebSocket({ address, token, clock: systemClock }));
    await handshake(client.#client, { version: VERSION });
    return client;
  }

  async startThread(cwd: string, options: { readonly approvalPolicy?: 'untrusted' } = {}): Promise<string> {
    return (await this.#client.request('thread/start', { cwd, ...options })).thread.id;
  }

  /** Listens to a thread that another connection has started. */
  async joinThread(threadId: string): Promise<void> {
    await this.#client.request('thread/resume', { threadId, excludeTurns: true });
  }

  /** Calls with each notification from now on, and when it was here. */
  watch(watcher: (notification: ServerNotification, at: number) => void): Disposable {
    this.#watchers.add(watcher);
    return { [Symbol.dispose]: () => this.#watchers.delete(watcher) };
  }

  /** Times questions from now on, from when they were asked until the app-server has their answer. Only looks on unless told to answer. */
  questions(answer: (request: IncomingRequest) => void = () => undefined): Disposable & { readonly times: readonly number[] } {
    const asked = new Map<string | number, number>();
    const times: number[] = [];
    this.#onQuestion = (request, at) => {
      asked.set(request.id, at);
      answer(request);
    };
    const watching = this.watch(({ method, params }, at) => {
      const since = method === 'serverRequest/resolved' ? asked.get(params.requestId) : undefined;
      if (since !== undefined) times.push(at - since);
    });
    const stop = (): void => {
      this.#onQuestion = undefined;
      watching[Symbol.dispose]();
    };
    return { times, [Symbol.dispose]: stop };
  }

  /** Plays a turn: sent, accepted, started, completed. */
  async turn(threadId: string, prompt: string): Promise<BareTurn> {
    let [accepted, started] = [0, 0];
    const input = [{ type: 'text' as const, text: prompt, text_elements: [] }];
    const completed = this.#completed(threadId, (at) => {
      started = at;
    });
    const sent = nowMs();
    const onResult = (): void => {
      accepted = nowMs();
    };
    await this.#client.request('turn/start', { threadId, clientUserMessageId: `trn_${randomUUID()}`, input }, { onResult });
    return { sent, accepted, completed: await completed, started };
  }

  #completed(threadId: string, onStarted: (at: number) => void): Promise<number> {
    return new Promise((resolve, reject) => {
      const watching = this.watch(({ method, params }, at) => {
        if (method === 'turn/started' && params.threadId === threadId) onStarted(at);
        if (method !== 'turn/completed' || params.threadId !== threadId) return;
        watching[Symbol.dispose]();
        if (params.turn.status === 'completed') resolve(at);
        else reject(new Error(`a bare turn ended as ${params.turn.status}: ${JSON.stringify(params.turn.error)}`));
      });
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#client.close();
  }
}

export interface BareCodex extends AsyncDisposable {
  readonly client: BareClient;
  readonly pid: number;
}

/** Starts an app-server on a CODEX_HOME and connects. `directory` gets its socket and its log; keep its path short. */
export async function startBareCodex(binary: string, codexHome: string, directory: string): Promise<BareCodex> {
  const socket = join(directory, 'bare.sock');
  const log = join(directory, 'bare.log');
  const output = openSync(log, 'a', 0o600);
  const child = start(binary, ['app-server', '--listen', `unix://${socket}`], {
    env: childEnvironment(process.env, codexHome),
    stdio: ['ignore', output, output],
  });
  const end = (): Promise<void> => stop(child);
  try {
    const client = await untilReady(() => BareClient.connect(`unix:${socket}`));
    const dispose = async (): Promise<void> => {
      await client[Symbol.asyncDispose]();
      await end();
    };
    return { client, pid: child.pid ?? 0, [Symbol.asyncDispose]: dispose };
  } catch (error) {
    await end();
    throw new Error(`the bare app-server did not start: ${readFileSync(log, 'utf8').slice(-2000)}`, { cause: error });
  }
}

async function untilReady<T>(attempt: () => Promise<T>): Promise<T> {
  const end = nowMs() + 20_000;
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (nowMs() > end) throw error;
      await pause(20);
    }
  }
}
