/** The way to the terminal: what can be said to Codex's interface, and how it takes a no. */

import { Pipe } from '../../base/pipe.js';
import type { ClientMethod } from '../app-server/link.js';
import { hidesWarnings } from '../app-server/versions.js';
import type { RequestId } from '../wire/message.js';

/** A request of the interface, as far as an answer needs it. */
export interface Asked {
  readonly id: RequestId;
  readonly method: string;
}

/** As Codex refuses what makes no sense: the interface shows the message. */
const INVALID_REQUEST = -32600;

/** With an error to one of these the interface ends itself. It is told that all is well, and the person what is not. */
const FRAGILE: ReadonlySet<string> = new Set<ClientMethod>([
  'thread/shellCommand',
  'thread/compact/start',
  'thread/name/set',
  'thread/backgroundTerminals/clean',
  'thread/backgroundTerminals/terminate',
]);

export class Line {
  /** What is for the terminal. */
  readonly frames = new Pipe<string>();
  readonly #thread: string;
  readonly #version: string;
  #refused = 0;

  constructor(thread: string, version: string) {
    this.#thread = thread;
    this.#version = version;
  }

  /** Sends a text as it is. */
  raw(text: string): void {
    this.frames.push(text);
  }

  notify(method: string, params: unknown): void {
    this.raw(JSON.stringify({ method, params }));
  }

  reply(id: RequestId, result: unknown): void {
    this.raw(JSON.stringify({ id, result }));
  }

  /** Refuses a request, in words that are shown to the person. */
  refuse({ id, method }: Asked, message: string): void {
    if (FRAGILE.has(method)) {
      this.reply(id, {});
      this.tell(message);
    } else if (method === 'review/start') this.#failReview(id, message);
    else this.raw(JSON.stringify({ id, error: { code: INVALID_REQUEST, message } }));
  }

  /** Tells the person something. An error in the middle of a turn takes what has come of it off the screen of older versions. */
  tell(message: string): void {
    const threadId = this.#thread;
    if (hidesWarnings(this.#version)) {
      const error = { message, codexErrorInfo: null, additionalDetails: null };
      this.notify('error', { threadId, turnId: '', error, willRetry: false });
    } else this.notify('warning', { threadId, message });
  }

  /** A review is fragile too, and only a turn is an answer to it. */
  #failReview(id: RequestId, message: string): void {
    this.#refused += 1;
    const turn = newTurn(`refused-${this.#refused}`);
    this.reply(id, { turn, reviewThreadId: this.#thread });
    const error = { message, codexErrorInfo: null, additionalDetails: null };
    this.notify('turn/completed', { threadId: this.#thread, turn: { ...turn, status: 'failed', error } });
  }
}

/** A turn as Codex answers `turn/start` with it: what happens in the turn is told behind it. */
export function newTurn(id: string): object {
  const never = { error: null, startedAt: null, completedAt: null, durationMs: null };
  return { id, rootTurnId: id, items: [], itemsView: 'notLoaded', status: 'inProgress', ...never };
}
