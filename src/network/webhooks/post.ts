/** One attempt to hand a message over: a POST, and what its answer means. */

import { Agent as HttpAgent, request as httpRequest, type IncomingMessage, type RequestOptions } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import type { Clock } from '../../base/clock.js';
import { messageOf } from '../../base/errors.js';
import { VERSION } from '../../base/version.js';

/** `cut`: it was ended from here, and whether it was taken is not known. */
export type Outcome =
  | { readonly kind: 'taken' }
  | { readonly kind: 'gone' }
  | { readonly kind: 'cut' }
  | { readonly kind: 'refused'; readonly error: string; readonly retryAfterMs: number | undefined };

const ANSWER_MS = 10_000;
/** What an answer says is not looked at; so much of it is let through to keep the connection. */
const BODY_BYTES = 64 * 1024;

export interface Letterbox extends Disposable {
  /** Never rejects. */
  post(body: string, headers: Readonly<Record<string, string>>, signal: AbortSignal): Promise<Outcome>;
}

/** Keeps connections to the address; disposing it closes them. */
export function letterbox(url: string, clock: Clock): Letterbox {
  const target = new URL(url);
  const https = target.protocol === 'https:';
  const agent = https ? new HttpsAgent({ keepAlive: true }) : new HttpAgent({ keepAlive: true });
  const send = https ? httpsRequest : httpRequest;
  const attempt = (options: RequestOptions, body: string): Promise<Answer> =>
    new Promise((resolve, reject) => {
      const request = send(target, { ...options, method: 'POST' });
      request.once('response', (response) => resolve(answerOf(response)));
      request.on('error', (error) => reject(new Broken(error, request.reusedSocket)));
      request.end(body);
    });
  return {
    async post(body, headers, signal) {
      const late = new AbortController();
      using _timer = clock.after(ANSWER_MS, () => late.abort());
      const options: RequestOptions = {
        headers: {
          'content-type': 'application/json',
          'content-length': String(Buffer.byteLength(body)),
          'user-agent': `spool/${VERSION}`,
          ...headers,
        },
        signal: AbortSignal.any([signal, late.signal]),
      };
      try {
        const answer = await attempt({ ...options, agent }, body).catch((error: unknown) => {
          // The receiver has closed a connection that was kept, just as it was used again: that says nothing about the message.
          if (error instanceof Broken && error.reused && !late.signal.aborted && !signal.aborted)
            return attempt({ ...options, agent: false }, body);
          throw error;
        });
        await answer.ended;
        return outcomeOf(answer, clock.now());
      } catch (error) {
        if (signal.aborted) return { kind: 'cut' };
        const why = late.signal.aborted ? `no answer within ${ANSWER_MS / 1000} s` : messageOf(error);
        return { kind: 'refused', error: why, retryAfterMs: undefined };
      }
    },
    [Symbol.dispose]: () => agent.destroy(),
  };
}

class Broken extends Error {
  readonly reused: boolean;

  constructor(cause: Error, reused: boolean) {
    // Of an address with several IPs Node says each of them in an error of its own, and nothing in the outer one.
    super(cause.message === '' && cause instanceof AggregateError ? cause.errors.map(messageOf).join(', ') : cause.message, { cause });
    this.reused = reused;
  }
}

interface Answer {
  readonly status: number;
  readonly retryAfter: string | undefined;
  /** Never rejects: the status says all, whatever becomes of the rest. */
  readonly ended: Promise<void>;
}

function answerOf(response: IncomingMessage): Answer {
  let bytes = 0;
  response.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > BODY_BYTES) response.destroy();
  });
  const ended = new Promise<void>((resolve) => {
    // A connection that breaks here is an error and then a close.
    response.on('error', () => resolve());
    response.once('close', () => resolve());
  });
  return { status: response.statusCode ?? 0, retryAfter: response.headers['retry-after'], ended };
}

function outcomeOf({ status, retryAfter }: Answer, now: number): Outcome {
  if (status >= 200 && status < 300) return { kind: 'taken' };
  if (status === 410) return { kind: 'gone' };
  const more = status >= 300 && status < 400 ? ', and redirects are not followed' : '';
  return { kind: 'refused', error: `answered ${status}${more}`, retryAfterMs: waitOf(retryAfter, now) };
}

/** A number of seconds, or a date. */
function waitOf(retryAfter: string | undefined, now: number): number | undefined {
  if (retryAfter === undefined) return undefined;
  if (/^\d+$/.test(retryAfter)) return Number(retryAfter) * 1000;
  const date = Date.parse(retryAfter);
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}
