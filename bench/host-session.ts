/** A session of a host as a client has it: commands over HTTP, and one event stream that is open already. */

import type { Frame, HttpClient } from './http-client.js';
import { nowMs } from './stats.js';

export interface HostTurn {
  readonly sent: number;
  /** The 202 was here. */
  readonly accepted: number;
  /** The events `turn.started` and `turn.completed` were here. */
  readonly started: number;
  readonly completed: number;
}

interface TimedFrame extends Frame {
  readonly at: number;
}

export class HostSession implements Disposable {
  readonly id: string;
  readonly #http: HttpClient;
  readonly #watchers = new Set<(frame: TimedFrame) => void>();
  #stream: Disposable | undefined;

  private constructor(id: string, http: HttpClient) {
    this.id = id;
    this.#http = http;
  }

  /** Opens a session and waits until the runtime has opened its conversation, so that a first turn costs what any other does. */
  static async open(
    http: HttpClient,
    cwd: string,
    options: Readonly<Record<string, unknown>> = {},
  ): Promise<{ readonly session: HostSession; readonly threadId: string }> {
    const session = await HostSession.#new(http, cwd, options);
    const opened = session.next('runtime.started');
    await session.#listen();
    const { threadId } = dataOf(await opened);
    if (typeof threadId !== 'string') throw new Error('a conversation without an id');
    return { session, threadId };
  }

  /** Opens a session and waits for nothing else: its first turn pays for all that has to be started. */
  static async begin(http: HttpClient, cwd: string, options: Readonly<Record<string, unknown>> = {}): Promise<HostSession> {
    const session = await HostSession.#new(http, cwd, options);
    await session.#listen();
    return session;
  }

  static async #new(http: HttpClient, cwd: string, options: Readonly<Record<string, unknown>>): Promise<HostSession> {
    const { id } = await http.post('/v1/sessions', { cwd, ...options });
    if (typeof id !== 'string') throw new Error('a session without an id');
    return new HostSession(id, http);
  }

  async #listen(): Promise<void> {
    this.#stream = await this.#http.follow(`/v1/sessions/${this.id}/events?after=0`, (frame) => this.#take(frame));
  }

  #take(frame: Frame): void {
    const timed = { ...frame, at: nowMs() };
    for (const watcher of this.#watchers) watcher(timed);
  }

  /** Calls with each event from now on, and when it was here. */
  watch(watcher: (frame: TimedFrame) => void): Disposable {
    this.#watchers.add(watcher);
    return { [Symbol.dispose]: () => this.#watchers.delete(watcher) };
  }

  /** The next event of this type. */
  next(type: string): Promise<TimedFrame> {
    return new Promise((resolve, reject) => {
      const watching = this.watch((frame) => {
        if (frame.event !== type && frame.event !== 'turn.failed') return;
        watching[Symbol.dispose]();
        if (frame.event === type) resolve(frame);
        else reject(new Error(`a turn failed: ${frame.data}`));
      });
    });
  }

  async turn(prompt: string): Promise<HostTurn> {
    const ends = Promise.all([this.next('turn.started'), this.next('turn.completed')]);
    const sent = nowMs();
    await this.#http.post(`/v1/sessions/${this.id}/turns`, { input: prompt });
    const accepted = nowMs();
    const [started, completed] = await ends;
    return { sent, accepted, started: started.at, completed: completed.at };
  }

  [Symbol.dispose](): void {
    this.#stream?.[Symbol.dispose]();
  }
}

/** What an event says beside its head. */
export function dataOf(frame: Frame): Readonly<Record<string, unknown>> {
  return (JSON.parse(frame.data) as { data: Readonly<Record<string, unknown>> }).data;
}
