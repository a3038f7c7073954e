/** The desk of webhooks: makes and removes them, and shows how they are doing. Loaded once a host has some, or is asked for one. */

import type { Clock } from '../../base/clock.js';
import { SpoolError } from '../../base/errors.js';
import { idMadeFrom } from '../../base/made-id.js';
import {
  type CreatedWebhook,
  type CreateWebhook,
  DEFAULT_WEBHOOK_EVENTS,
  type DeadLetter,
  type Redeliver,
  type Webhook,
} from '../../contract/webhook.js';
import type { Page, Principal } from '../../host/face.js';
import type { Log } from '../../ports/log.js';
import type { Logger } from '../../ports/logger.js';
import type { WebhookStore } from '../../ports/webhook-store.js';
import type { Webhooks } from '../face.js';
import type { FoundStream } from '../first-look.js';
import { Delivery } from './delivery.js';
import { letterId, readMessage } from './letter.js';
import { checkEvents, Subjects } from './selection.js';
import { secretOf, secretText } from './signature.js';
import type { NewWebhookEvent } from './webhook-state.js';
import { type Dead, WebhookStream } from './webhook-stream.js';

export interface DeskParts {
  readonly log: Log;
  readonly store: WebhookStore;
  readonly clock: Clock;
  readonly logger: Logger;
}

interface Living {
  readonly stream: WebhookStream;
  /** Ended once the webhook was stopped. */
  delivery: Delivery | undefined;
}

/** How many letters one event names at most, so that none of them grows without bounds. */
const LETTERS_AT_ONCE = 500;

/** Rights are asked before. */
export class WebhookDesk implements Webhooks {
  readonly #parts: DeskParts;
  readonly #subjects: Subjects;
  readonly #living = new Map<string, Living>();
  /** Deliveries that are being cut off. */
  readonly #ending = new Set<Promise<void>>();
  #closed = false;

  constructor(parts: DeskParts) {
    this.#parts = parts;
    this.#subjects = new Subjects(parts.log);
  }

  /** Picks up those that were there before. One that cannot be picked up is logged and left. */
  async wake(found: readonly FoundStream[]): Promise<void> {
    for (const { id } of found) {
      try {
        const stream = await WebhookStream.wake(this.#parts, id);
        if (stream !== null && !stream.state.removed) this.#enter(stream);
      } catch (error) {
        this.#parts.logger.error({ webhook: id, err: error }, 'the webhook could not be picked up');
      }
    }
  }

  #enter(stream: WebhookStream): Living {
    const living: Living = { stream, delivery: undefined };
    this.#living.set(stream.state.id, living);
    this.#start(living);
    return living;
  }

  #start(living: Living): void {
    const { stream } = living;
    if (this.#closed || stream.state.stopped !== undefined || stream.state.removed) return;
    const secret = secretOf(this.#parts.store.key(), stream.state.id);
    const onGone = (letter: { stream: string; position: number }): Promise<void> => this.#gone(living, letter);
    living.delivery = new Delivery(stream, { ...this.#parts, subjects: this.#subjects, secret, onGone });
  }

  async #gone(living: Living, { stream, position }: { stream: string; position: number }): Promise<void> {
    const { delivery } = living;
    const reason = 'its receiver answered 410: it wants nothing more';
    const before = living.stream.state.stopped;
    const { id, stopped } = await living.stream.change((state) =>
      state.stopped !== undefined || state.removed ? [] : [{ type: 'webhook.stopped', data: { stream, position, reason } }],
    );
    if (before === undefined && stopped !== undefined) this.#parts.logger.warn({ webhook: id }, `a webhook was stopped: ${reason}`);
    // Not waited for: it ends once this has returned.
    if (delivery !== undefined) void this.#cut(living, delivery);
  }

  #cut(living: Living, delivery: Delivery): Promise<void> {
    if (living.delivery === delivery) living.delivery = undefined;
    const ending = delivery.cut().finally(() => this.#ending.delete(ending));
    this.#ending.add(ending);
    return ending;
  }

  #get(id: string): Living {
    const living = this.#living.get(id);
    if (living !== undefined) return living;
    const known = [...this.#living.keys()];
    const hint = known.length === 0 ? 'there are none: POST /v1/webhooks makes one' : 'GET /v1/webhooks lists them';
    throw new SpoolError('not-found', `there is no webhook ${id}`, { hint });
  }

  async create(command: CreateWebhook, by: Principal): Promise<CreatedWebhook> {
    const { url, events = DEFAULT_WEBHOOK_EVENTS, agents, commandId } = command;
    checkUrl(url);
    checkEvents(events);
    // Before anything is recorded: it may not be there to be read.
    const key = this.#parts.store.key();
    const id = idMadeFrom('whk', commandId === undefined ? undefined : [by.name, commandId], this.#parts.clock.now());
    const data = { url, events: [...new Set(events)], ...(agents === undefined ? {} : { agents }), by: by.name };
    const living = (await this.#again(id, data)) ?? this.#living.get(id) ?? this.#enter(await WebhookStream.begin(this.#parts, id, data));
    return { ...view(living), secret: secretText(secretOf(key, id)) };
  }

  /** The webhook that a request with the same command id has made. */
  async #again(id: string, wanted: { url: string; events: readonly string[]; agents?: readonly string[] }): Promise<Living | undefined> {
    const known = this.#living.get(id)?.stream ?? (await WebhookStream.wake(this.#parts, id));
    if (known === null) return undefined;
    const { url, events, agents, removed } = known.state;
    if (removed || JSON.stringify([url, events, agents]) !== JSON.stringify([wanted.url, wanted.events, wanted.agents])) {
      throw new SpoolError('conflict', `this Idempotency-Key was used for ${removed ? 'a webhook that is removed' : 'another webhook'}`, {
        hint: 'use a new key for a new webhook',
        details: { webhook: id },
      });
    }
    return this.#living.get(id) ?? this.#enter(known);
  }

  async list(): Promise<Page<Webhook>> {
    const items = [...this.#living.values()].sort((a, b) => a.stream.state.seq - b.stream.state.seq).map(view);
    return { items, next: null };
  }

  async get(id: string): Promise<Webhook> {
    return view(this.#get(id));
  }

  async remove(id: string, by: Principal): Promise<Webhook> {
    const living = this.#get(id);
    await living.stream.change(({ removed }) => (removed ? [] : [{ type: 'webhook.removed', data: { by: by.name } }]));
    const shown = view(living);
    this.#living.delete(id);
    if (living.delivery !== undefined) await this.#cut(living, living.delivery);
    await Promise.all(this.#ending);
    this.#parts.store.remove(id);
    return shown;
  }

  async deadLetters(id: string, { limit, cursor }: { limit: number; cursor?: string | undefined }): Promise<Page<DeadLetter>> {
    const after = cursor === undefined ? 0 : Number(cursor);
    if (!Number.isInteger(after)) throw new SpoolError('invalid-input', 'cursor: is none that a page has given as "next"');
    const all = [...(await this.#get(id).stream.deadLetters()).values()].sort((a, b) => a.place - b.place);
    const behind = all.filter(({ place }) => place > after);
    const items = await Promise.all(behind.slice(0, limit).map((dead) => this.#shown(dead)));
    return { items, next: behind.length > limit ? String(behind[limit - 1]?.place ?? after) : null };
  }

  async #shown(dead: Dead): Promise<DeadLetter> {
    const message = await readMessage(this.#parts.log, dead);
    const event = message === null ? { type: 'gone', at: dead.at } : (JSON.parse(message.body) as DeadLetter['event']);
    return { id: letterId(dead), event, attempts: dead.attempts, error: dead.error, at: dead.at };
  }

  async redeliver(id: string, { id: letter, commandId }: Redeliver, by: Principal): Promise<Webhook> {
    const living = this.#get(id);
    const { stream } = living;
    await stream.change(async ({ stopped, removed }): Promise<readonly NewWebhookEvent[]> => {
      if (removed) return [];
      const dead = await stream.deadLetters();
      const wanted = letter === undefined ? [...dead.values()] : [...dead.values()].filter((one) => letterId(one) === letter);
      if (letter !== undefined && wanted.length === 0) {
        throw new SpoolError('not-found', `webhook ${id} has no dead letter ${letter}`, {
          hint: `GET /v1/webhooks/${id}/dead-letters lists those that it has`,
        });
      }
      return wanted.length === 0 && stopped === undefined ? [] : redelivered(wanted, by);
    }, commandId);
    if (living.delivery === undefined) {
      await Promise.all(this.#ending);
      // Another one may have been as quick.
      if (living.delivery === undefined && this.#living.get(id) === living) this.#start(living);
    }
    return view(living);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    await Promise.all([...this.#living.values()].map(({ delivery }) => delivery?.[Symbol.asyncDispose]()));
    await Promise.all(this.#ending);
    await Promise.all([...this.#living.values()].map(({ stream }) => stream.drain()));
  }
}

function redelivered(dead: readonly Dead[], by: Principal): NewWebhookEvent[] {
  const letters = dead.map(({ stream, position }) => ({ stream, position }));
  const events: NewWebhookEvent[] = [];
  do events.push({ type: 'webhook.redelivered', data: { letters: letters.splice(0, LETTERS_AT_ONCE), by: by.name } });
  while (letters.length > 0);
  return events;
}

function view({ stream: { state }, delivery }: Living): Webhook {
  const { id, url, events, agents, createdAt, by, dead, stopped } = state;
  return {
    ...{ id, url, events: [...events], createdAt, by, dead, waiting: 0 },
    ...delivery?.health,
    ...(agents === undefined ? {} : { agents: [...agents] }),
    ...(stopped === undefined ? {} : { stopped }),
  };
}

function checkUrl(url: string): void {
  const { username, password } = new URL(url);
  if (username === '' && password === '') return;
  throw new SpoolError('invalid-input', 'url: has a name or a password in it, which everybody could read who may see webhooks', {
    hint: 'leave them out: what comes is signed, and the receiver can tell by that who has sent it',
  });
}
