/**
 * Many subscribers of one session in a process of their own: each counts its frames and sees whether every position is the one before
 * plus one. It reads no more of a frame than that, so that counting does not take the processor from the host.
 */

import { connect, type Socket } from 'node:net';
import { nowMs, seeded } from './stats.js';

export type ToSubscribers =
  | {
      readonly type: 'open';
      readonly url: string;
      readonly session: string;
      readonly after: number;
      readonly count: number;
      /** These connect and never read. */
      readonly stalled: number;
      /** Cut each connection after some number of frames up to this, and come back with the last position; 0 for never. */
      readonly cutWithin: number;
      readonly seed: number;
    }
  /** The last position that there will be. */
  | { readonly type: 'expect'; readonly head: number };

export type FromSubscribers =
  | { readonly type: 'opened' }
  | {
      readonly type: 'done';
      readonly frames: number;
      readonly lost: number;
      readonly repeated: number;
      readonly cuts: number;
      /** When the last of them had the last frame. */
      readonly at: number;
    };

type Open = Extract<ToSubscribers, { type: 'open' }>;

class Subscriber {
  last: number;
  frames = 0;
  lost = 0;
  repeated = 0;
  cuts = 0;
  readonly #open: Open;
  readonly #random: () => number;
  readonly #onFrames: () => void;
  #socket: Socket | undefined;
  #rest = '';
  #cutAt = Number.POSITIVE_INFINITY;

  constructor(open: Open, index: number, onFrames: () => void) {
    this.#open = open;
    this.#random = seeded(open.seed * 1000 + index);
    this.#onFrames = onFrames;
    this.last = open.after;
  }

  /** Resolves when the stream is open. */
  connect(): Promise<void> {
    const { cutWithin } = this.#open;
    this.#rest = '';
    this.#cutAt = cutWithin === 0 ? Number.POSITIVE_INFINITY : this.frames + 1 + Math.floor(this.#random() * cutWithin);
    return new Promise((resolve, reject) => {
      const socket = ask(this.#open, this.last);
      this.#socket = socket;
      socket.on('error', reject);
      socket.once('data', () => resolve());
      socket.on('data', (bytes: Buffer) => {
        if (this.#socket === socket) this.#take(bytes.toString('latin1'));
      });
    });
  }

  /**
   * Frames are whole within a chunk of HTTP, so the marks of the chunks need not be read: they stand between frames and hold no line
   * that begins as ours do.
   */
  #take(text: string): void {
    this.#rest += text;
    const bytes = this.#rest;
    let from = 0;
    for (let start = bytes.indexOf('\nid: '); start >= 0; start = bytes.indexOf('\nid: ', from)) {
      const end = bytes.indexOf('\n\n', start + 5);
      if (end < 0) {
        from = start;
        break;
      }
      from = end + 1;
      this.#count(Number.parseInt(bytes.slice(start + 5, start + 16), 10));
      if (this.frames >= this.#cutAt) {
        this.#cut();
        return;
      }
    }
    // Enough of the end for a mark that is cut in two.
    this.#rest = bytes.slice(Math.max(from, bytes.indexOf('\nid: ', from) < 0 ? bytes.length - 5 : from));
    this.#onFrames();
  }

  #count(position: number): void {
    this.frames += 1;
    if (position > this.last + 1) this.lost += position - this.last - 1;
    if (position <= this.last) this.repeated += 1;
    else this.last = position;
  }

  #cut(): void {
    this.cuts += 1;
    this.#socket?.destroy();
    this.#socket = undefined;
    setTimeout(() => void this.connect(), this.#random() * 20);
  }

  close(): void {
    this.#socket?.destroy();
    this.#socket = undefined;
  }
}

function ask({ url, session }: Open, after: number): Socket {
  const { hostname, port, host } = new URL(url);
  const socket = connect({ host: hostname, port: Number(port), noDelay: true });
  const lines = [`GET /v1/sessions/${session}/events HTTP/1.1`, `host: ${host}`, 'accept: text/event-stream', `last-event-id: ${after}`];
  socket.write(`${lines.join('\r\n')}\r\n\r\n`);
  return socket;
}

/** A connection that asks and then reads nothing at all. */
function stall(open: Open): Socket {
  const socket = ask(open, open.after);
  socket.pause();
  socket.on('error', () => undefined);
  return socket;
}

let subscribers: Subscriber[] = [];
let stalled: Socket[] = [];
let head = Number.POSITIVE_INFINITY;

function tell(message: FromSubscribers): void {
  process.send?.(message);
}

function look(): void {
  if (subscribers.length === 0 || !subscribers.every((one) => one.last >= head)) return;
  const total = (of: (one: Subscriber) => number): number => subscribers.reduce((all, one) => all + of(one), 0);
  const counts = { frames: total((one) => one.frames), lost: total((one) => one.lost), repeated: total((one) => one.repeated) };
  tell({ type: 'done', ...counts, cuts: total((one) => one.cuts), at: nowMs() });
  for (const one of subscribers) one.close();
  for (const socket of stalled) socket.destroy();
  subscribers = [];
  stalled = [];
  head = Number.POSITIVE_INFINITY;
}

process.on('message', (message) => {
  const order = message as ToSubscribers;
  if (order.type === 'expect') {
    head = order.head;
    look();
    return;
  }
  stalled = Array.from({ length: order.stalled }, () => stall(order));
  subscribers = Array.from({ length: order.count }, (_, index) => new Subscriber(order, index, look));
  Promise.all(subscribers.map((one) => one.connect())).then(
    () => tell({ type: 'opened' }),
    (error: unknown) => {
      console.error(error);
      process.exit(1);
    },
  );
});
process.on('disconnect', () => process.exit(0));
