/** What is said on one WebSocket: commands come, each is answered by its id; subscriptions run beside each other until they are ended. */

import { SpoolError } from '../../base/errors.js';
import { parseWith } from '../../base/explain-issues.js';
import { problemOf } from '../../contract/problem.js';
import { ROUTES } from '../../contract/routes.js';
import { WsCommand, type WsFrame } from '../../contract/stream.js';
import type { Principal } from '../../host/face.js';
import { callRoute, isRouteId } from '../call-route.js';
import type { DoorParts } from '../door.js';
import { textOf } from '../event-frames.js';
import { parseJson } from '../json-body.js';
import type { LiveSocket } from '../live-socket.js';
import { openStream } from '../open-stream.js';

type Id = string | number;
type Command<Op extends WsCommand['op']> = Extract<WsCommand, { op: Op }>;

/** Commands of one client that are at work at once; those behind them wait. */
const AT_ONCE = 16;

export class Conversation {
  readonly #parts: DoorParts;
  readonly #socket: LiveSocket;
  readonly #by: Principal;
  readonly #subscriptions = new Map<Id, AbortController>();
  readonly #ready: () => void;
  readonly #waiting: (string | null)[] = [];
  #running = 0;
  #flushing = false;

  /** `ready` is called when more may be taken, after a `take` that said no. */
  constructor(parts: DoorParts, socket: LiveSocket, by: Principal, ready: () => void) {
    this.#parts = parts;
    this.#socket = socket;
    this.#by = by;
    this.#ready = ready;
    socket.signal.addEventListener('abort', () => {
      for (const subscription of this.#subscriptions.values()) subscription.abort();
    });
  }

  /**
   * One message; null stands for one that is not text. Never throws: what is wrong is answered. False when it has to wait until
   * the client has taken its answers: then no more should come.
   */
  take(message: string | null): boolean {
    this.#waiting.push(message);
    this.#work();
    return this.#waiting.length === 0;
  }

  #work(): void {
    while (this.#waiting.length > 0 && this.#running < AT_ONCE && !this.#flushing) {
      if (this.#socket.full) this.#flush();
      else this.#do(this.#waiting.shift() ?? null);
    }
  }

  #flush(): void {
    this.#flushing = true;
    void this.#socket.flushed().then(() => {
      this.#flushing = false;
      this.#goOn();
    });
  }

  #goOn(): void {
    if (this.#waiting.length === 0) return;
    this.#work();
    if (this.#waiting.length === 0) this.#ready();
  }

  #do(message: string | null): void {
    let id: Id | null = null;
    try {
      if (message === null) throw new SpoolError('invalid-input', 'a message of bytes came, wanted JSON text');
      const value = parseJson(message);
      id = idOf(value);
      this.#start(parseWith(WsCommand, value, 'the command'));
    } catch (error) {
      this.#problem(id, error);
    }
  }

  #start(command: WsCommand): void {
    if (command.op === 'unsubscribe') this.#unsubscribe(command);
    else if (command.op === 'subscribe') this.#subscribe(command);
    else this.#call(command);
  }

  #call({ id, route, params, query, body }: Command<'call'>): void {
    const work = async (): Promise<void> => {
      try {
        if (!isRouteId(route)) throw unknownRoute(route);
        const answer = await callRoute(this.#parts.handlers, route, { params: params ?? {}, query, body, by: this.#by });
        this.#send({ id, ok: true, status: answer.status, result: answer.result });
      } catch (error) {
        this.#problem(id, error);
      }
    };
    this.#running += 1;
    void work().finally(() => {
      this.#running -= 1;
      this.#goOn();
    });
  }

  #unsubscribe({ id, subscription }: Command<'unsubscribe'>): void {
    const found = this.#subscriptions.get(subscription);
    if (found === undefined) throw new SpoolError('not-found', `there is no subscription ${JSON.stringify(subscription)}`);
    this.#subscriptions.delete(subscription);
    found.abort();
    this.#send({ id, ok: true, status: 200, result: { subscription } });
  }

  #subscribe(command: Command<'subscribe'>): void {
    const { id } = command;
    if (this.#subscriptions.has(id)) {
      throw new SpoolError('conflict', `there is a subscription ${JSON.stringify(id)} already`, { hint: 'give each command its own id' });
    }
    const ended = new AbortController();
    this.#subscriptions.set(id, ended);
    this.#follow(command, ended.signal)
      .catch((error: unknown) => this.#problem(id, error))
      .finally(() => {
        if (this.#subscriptions.get(id) === ended) this.#subscriptions.delete(id);
      });
  }

  async #follow({ id, session, after = 0 }: Command<'subscribe'>, signal: AbortSignal): Promise<void> {
    const { opened, records } = await openStream(this.#parts, { stream: session, after, signal }, this.#by);
    this.#send({ id, ok: true, status: 200, result: { subscription: id } });
    this.#send({ subscription: id, type: 'stream.opened', data: opened });
    const start = `{"subscription":${JSON.stringify(id)},"event":`;
    await this.#socket.sendAll(records, function* (record) {
      // What was read before the subscription was ended must not come after the answer that says so.
      if (!signal.aborted) for (const event of record.events) yield `${start}${textOf(record.stream, event)}}`;
    });
  }

  #send(frame: WsFrame): void {
    this.#socket.send(JSON.stringify(frame));
  }

  #problem(id: Id | null, error: unknown): void {
    this.#send({ id, ok: false, problem: problemOf(SpoolError.from(error)) });
  }
}

function idOf(value: unknown): Id | null {
  const id = typeof value === 'object' && value !== null && 'id' in value ? value.id : null;
  return typeof id === 'string' || typeof id === 'number' ? id : null;
}

function unknownRoute(name: string): SpoolError {
  const known = Object.keys(ROUTES).join(', ');
  return new SpoolError('not-found', `there is no route named ${JSON.stringify(name)}`, { hint: `routes: ${known}` });
}
