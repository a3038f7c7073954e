/** What a webhook's stream says: what was asked for, how many events nobody took, whether it was stopped or removed. */

import type { LogRecord } from '../../ports/log.js';
import type { Letter } from './letter.js';

type Place = Pick<Letter, 'stream' | 'position'>;

/** Never seen by clients. As with all events: what is written never changes, and may only grow by optional fields. */
export interface WebhookEventData {
  readonly 'webhook.created': {
    readonly url: string;
    readonly events: readonly string[];
    readonly agents?: readonly string[];
    readonly by: string;
  };
  readonly 'webhook.gave-up': Place & { readonly attempts: number; readonly error: string };
  /** Letters that are to be posted again: they are dead no more, until they are given up anew. May be none, for one that was stopped. */
  readonly 'webhook.redelivered': { readonly letters: readonly Place[]; readonly by: string };
  readonly 'webhook.stopped': Place & { readonly reason: string };
  readonly 'webhook.removed': { readonly by: string };
}

export type WebhookEventType = keyof WebhookEventData;
export type WebhookEventOf<T extends WebhookEventType = WebhookEventType> = {
  [K in T]: { readonly type: K; readonly at: string; readonly data: WebhookEventData[K] };
}[T];

/** Before it has a time. */
export type NewWebhookEvent = { [K in WebhookEventType]: { readonly type: K; readonly data: WebhookEventData[K] } }[WebhookEventType];

export interface WebhookState {
  readonly id: string;
  /** Of the record with which it began: it gets nothing from before. */
  readonly seq: number;
  readonly url: string;
  readonly events: readonly string[];
  readonly agents: readonly string[] | undefined;
  readonly createdAt: string;
  readonly by: string;
  readonly dead: number;
  readonly stopped: { readonly reason: string; readonly at: string } | undefined;
  readonly removed: boolean;
}

export function parseWebhookEvent(body: string): WebhookEventOf {
  return JSON.parse(body) as WebhookEventOf;
}

/** The state behind a record. Undefined as long as the first event is missing. */
export function foldWebhook(before: WebhookState | undefined, record: LogRecord): WebhookState | undefined {
  let state = before;
  for (const { body } of record.events) {
    const event = parseWebhookEvent(body);
    if (event.type === 'webhook.created') state = begun(record, event);
    else if (state !== undefined) state = evolved(state, event);
  }
  return state;
}

function begun({ stream, seq }: LogRecord, { at, data }: WebhookEventOf<'webhook.created'>): WebhookState {
  const { url, events, agents, by } = data;
  return { id: stream, seq, url, events, agents, by, createdAt: at, dead: 0, stopped: undefined, removed: false };
}

export function evolved(state: WebhookState, event: WebhookEventOf): WebhookState {
  switch (event.type) {
    case 'webhook.gave-up':
      return { ...state, dead: state.dead + 1 };
    case 'webhook.redelivered':
      return { ...state, dead: state.dead - event.data.letters.length, stopped: undefined };
    case 'webhook.stopped':
      return { ...state, stopped: { reason: event.data.reason, at: event.at } };
    case 'webhook.removed':
      return { ...state, removed: true };
    default:
      return state;
  }
}
