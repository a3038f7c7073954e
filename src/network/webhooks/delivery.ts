/**
 * The delivery of one webhook: reads the log behind where it stands and posts what is wanted, each event at least once. What could not be
 * handed over is tried again for some minutes, and then recorded as a dead letter.
 */

import { type Backoff, delayOf } from '../../base/backoff.js';
import { type Clock, isoTime } from '../../base/clock.js';
import { messageOf } from '../../base/errors.js';
import type { Log, LogRecord } from '../../ports/log.js';
import type { Logger } from '../../ports/logger.js';
import type { WebhookStore } from '../../ports/webhook-store.js';
import { letterId, messageOfEvent, readMessage } from './letter.js';
import { type Aside, type Fresh, isFresh, Outbox } from './outbox.js';
import { type Letterbox, letterbox, type Outcome } from './post.js';
import { type Progress, progressIn, progressText } from './progress.js';
import { type Subjects, typeFilter } from './selection.js';
import { type Message, signedHeaders } from './signature.js';
import { parseWebhookEvent } from './webhook-state.js';
import type { WebhookStream } from './webhook-stream.js';

export interface DeliveryParts {
  readonly log: Log;
  readonly store: WebhookStore;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly subjects: Subjects;
  readonly secret: Buffer;
  /** Called when the receiver wants nothing more; `letter` is what it said that to. */
  readonly onGone: (letter: Fresh | Aside) => Promise<void>;
}

const ATTEMPTS = 6;
/** 10, 20, 40, 80 and 160 s, each less some jitter: five minutes in all, at most. */
const BACKOFF: Backoff = { firstMs: 10_000, maxMs: 160_000 };
/** A receiver may ask for more time, but not for ever. */
const LONGEST_MS = 600_000;
const GRACE_MS = 2_000;
/** How long after a change the progress is saved, and after how many records in which nothing was wanted. */
const SAVE_MS = 1_000;
const SAVE_RECORDS = 5_000;
/** How long to wait when the log could not be read or written. */
const FAULT_MS = 10_000;

export type Health = Pick<Progress, 'lastDeliveredAt' | 'lastError'> & { readonly waiting: number };

export class Delivery implements AsyncDisposable {
  readonly #parts: DeliveryParts;
  readonly #stream: WebhookStream;
  readonly #wants: (type: string) => boolean;
  readonly #box: Letterbox;
  readonly #outbox: Outbox;
  readonly #reading = new AbortController();
  readonly #posting = new AbortController();
  readonly #running = new Set<Promise<void>>();
  /** The record up to which all was put into the outbox. */
  #read: number;
  #saved: number;
  #lastDeliveredAt: string | undefined;
  #lastError: Progress['lastError'];
  #room: (() => void) | undefined;
  #alarm: Disposable | undefined;
  #saveTimer: Disposable | undefined;
  #disposed: Promise<void> | undefined;

  /** Begins at once. */
  constructor(stream: WebhookStream, parts: DeliveryParts) {
    const { id, seq, url, events } = stream.state;
    this.#parts = parts;
    this.#stream = stream;
    this.#wants = typeFilter(events);
    this.#box = letterbox(url, parts.clock);
    const progress = this.#load(id);
    this.#outbox = new Outbox(progress?.aside ?? []);
    this.#read = Math.max(seq, progress?.seq ?? 0);
    this.#saved = this.#read;
    this.#lastDeliveredAt = progress?.lastDeliveredAt;
    this.#lastError = progress?.lastError;
    this.#begin(this.#follow());
    this.#pump();
  }

  #load(id: string): Progress | undefined {
    const { store, logger } = this.#parts;
    try {
      return progressIn(store.load(id) ?? '');
    } catch (error) {
      logger.warn({ webhook: id, err: error }, 'how far the webhook had come cannot be read: all since it was made is posted again');
      return undefined;
    }
  }

  get health(): Health {
    const [lastDeliveredAt, lastError] = [this.#lastDeliveredAt, this.#lastError];
    return {
      waiting: this.#outbox.size,
      ...(lastDeliveredAt === undefined ? {} : { lastDeliveredAt }),
      ...(lastError === undefined ? {} : { lastError }),
    };
  }

  #begin(work: Promise<void>): void {
    const running = work
      .catch((error: unknown) => this.#parts.logger.error({ webhook: this.#stream.state.id, err: error }, messageOf(error)))
      .finally(() => this.#running.delete(running));
    this.#running.add(running);
  }

  /** Reads on until the end; a fault of the log makes it wait and go on. */
  async #follow(): Promise<void> {
    const { log, logger } = this.#parts;
    const { signal } = this.#reading;
    while (!signal.aborted) {
      try {
        for await (const record of log.follow({ after: this.#read, signal })) {
          if (!(await this.#takeUp(record))) return;
          this.#read = record.seq;
          if (this.#read - this.#saved > SAVE_RECORDS) this.#saveSoon();
        }
        // The log is closed.
        return;
      } catch (error) {
        logger.error({ webhook: this.#stream.state.id, err: error }, `the log cannot be read for a webhook: ${messageOf(error)}`);
        await this.#pause(FAULT_MS);
      }
    }
  }

  /** False when it was ended before all of the record was taken up. */
  async #takeUp(record: LogRecord): Promise<boolean> {
    const { log } = this.#parts;
    const { stream, seq, events } = record;
    if (stream === this.#stream.state.id) {
      for (const { body } of events) {
        const event = parseWebhookEvent(body);
        if (event.type !== 'webhook.redelivered') continue;
        for (const { stream: of, position } of event.data.letters) {
          const message = await readMessage(log, { stream: of, position });
          if (message !== null && !(await this.#put({ stream: of, position, seq, message }))) return false;
        }
      }
      return true;
    }
    for (const event of events) {
      if (!this.#wants(event.type) || !(await this.#concerns(stream))) continue;
      if (!(await this.#put({ stream, position: event.position, seq, message: messageOfEvent(stream, event) }))) return false;
    }
    return true;
  }

  async #concerns(stream: string): Promise<boolean> {
    const { agents } = this.#stream.state;
    if (agents === undefined) return true;
    const subject = await this.#parts.subjects.of(stream);
    return subject !== undefined && agents.includes(subject);
  }

  async #put(letter: Fresh): Promise<boolean> {
    while (!this.#outbox.hasRoom && !this.#reading.signal.aborted) {
      await new Promise<void>((resolve) => {
        this.#room = resolve;
      });
    }
    if (this.#reading.signal.aborted) return false;
    this.#outbox.add(letter);
    this.#pump();
    return true;
  }

  /** Begins all that may go now, and sees to it that this is asked again when more may. */
  #pump(): void {
    const { clock } = this.#parts;
    if (this.#reading.signal.aborted) return;
    for (let next = this.#outbox.take(clock.now()); next !== undefined; next = this.#outbox.take(clock.now()))
      this.#begin(this.#post(next));
    if (this.#outbox.hasRoom) this.#room?.();
    this.#alarm?.[Symbol.dispose]();
    const due = this.#outbox.nextDue;
    // One that is due already waits for a request to end, and is looked for then.
    const late = due === undefined || due <= clock.now();
    this.#alarm = late ? undefined : clock.after(due - clock.now(), () => this.#pump());
  }

  async #post(letter: Fresh | Aside): Promise<void> {
    try {
      const message = isFresh(letter) ? letter.message : await readMessage(this.#parts.log, letter);
      // A log that was put back from a backup may not have it.
      if (message === null) this.#outbox.settle(letter);
      else await this.#conclude(letter, await this.#send(message));
    } catch (error) {
      // The log could not be read, or the dead letter not be written: it is not lost, and is tried again.
      this.#fault(letter, error);
    }
    this.#saveSoon();
    this.#pump();
  }

  #send(message: Message): Promise<Outcome> {
    const { secret, clock } = this.#parts;
    return this.#box.post(message.body, signedHeaders(message, secret, clock.now()), this.#posting.signal);
  }

  async #conclude(letter: Fresh | Aside, outcome: Outcome): Promise<void> {
    const { clock } = this.#parts;
    const attempts = (isFresh(letter) ? 0 : letter.attempts) + 1;
    if (outcome.kind === 'cut') return;
    if (outcome.kind === 'taken') {
      this.#lastDeliveredAt = isoTime(clock);
      this.#lastError = undefined;
      this.#outbox.settle(letter);
      return;
    }
    const message = outcome.kind === 'gone' ? 'answered 410: it wants nothing more' : outcome.error;
    this.#lastError = { message, at: isoTime(clock) };
    if (outcome.kind === 'gone') return this.#parts.onGone(letter);
    if (attempts >= ATTEMPTS) {
      await this.#giveUp(letter, attempts, message);
      this.#outbox.settle(letter);
      return;
    }
    const asked = Math.min(outcome.retryAfterMs ?? 0, LONGEST_MS);
    this.#outbox.putAside(letter, attempts, clock.now() + Math.max(delayOf(BACKOFF, attempts - 1), asked));
  }

  /** The command id makes it one dead letter, also where a host that died tries it again from progress that is stale. */
  async #giveUp({ stream, position, seq }: Fresh | Aside, attempts: number, error: string): Promise<void> {
    const { id } = this.#stream.state;
    await this.#stream.change(
      () => [{ type: 'webhook.gave-up', data: { stream, position, attempts, error } }],
      `gave-up ${letterId({ stream, position })} ${seq}`,
    );
    this.#parts.logger.warn({ webhook: id, letter: letterId({ stream, position }), attempts }, `a webhook's event was given up: ${error}`);
  }

  #fault(letter: Fresh | Aside, error: unknown): void {
    const { clock, logger } = this.#parts;
    if (!this.#reading.signal.aborted)
      logger.error({ webhook: this.#stream.state.id, err: error }, `a webhook is held up: ${messageOf(error)}`);
    this.#outbox.putAside(letter, isFresh(letter) ? 0 : letter.attempts, clock.now() + FAULT_MS);
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const end = (): void => {
        timer[Symbol.dispose]();
        this.#reading.signal.removeEventListener('abort', end);
        resolve();
      };
      const timer = this.#parts.clock.after(ms, end);
      this.#reading.signal.addEventListener('abort', end);
    });
  }

  #saveSoon(): void {
    if (this.#reading.signal.aborted) return;
    this.#saveTimer ??= this.#parts.clock.after(SAVE_MS, () => {
      this.#saveTimer = undefined;
      this.#save();
    });
  }

  #save(): void {
    const { store, logger } = this.#parts;
    const { id } = this.#stream.state;
    const { waiting: _, ...health } = this.health;
    this.#saved = this.#read;
    try {
      store.save(id, progressText({ seq: this.#outbox.doneUpTo(this.#read), aside: this.#outbox.aside(), ...health }));
    } catch (error) {
      logger.warn({ webhook: id, err: error }, 'how far a webhook has come could not be saved: some may be posted again');
    }
  }

  /** Nothing is posted from here on, and what runs is cut off after so long. Resolves when nothing runs any more. */
  async #end(graceMs: number): Promise<void> {
    this.#reading.abort();
    this.#room?.();
    this.#alarm?.[Symbol.dispose]();
    this.#saveTimer?.[Symbol.dispose]();
    using _grace = this.#parts.clock.after(graceMs, () => this.#posting.abort());
    await Promise.all(this.#running);
    this.#box[Symbol.dispose]();
    this.#save();
  }

  /** Cuts off what runs. */
  cut(): Promise<void> {
    this.#posting.abort();
    this.#disposed ??= this.#end(0);
    return this.#disposed;
  }

  /** Gives what runs a moment to come to its end. What was not taken by then is posted again by the next one. */
  [Symbol.asyncDispose](): Promise<void> {
    this.#disposed ??= this.#end(GRACE_MS);
    return this.#disposed;
  }
}
