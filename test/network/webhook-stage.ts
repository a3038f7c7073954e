/** What tests of webhooks have in common: a webhook, tasks to be told of, and ways to wait for facts. */

import type { CreatedWebhook, CreateWebhook, Webhook } from '../../src/contract/webhook.js';
import type { ManualClock } from '../../src/testing/manual-clock.js';
import { OWNER } from '../host/rig.js';
import type { Stage } from './stage.js';
import type { Receiver } from './webhook-receiver.js';

export const hook = (s: Stage, to: Receiver, more: Partial<CreateWebhook> = {}): Promise<CreatedWebhook> =>
  s.hub.webhooks.create({ url: to.url, ...more }, OWNER);

/** A task that waits for a person: one event, and one more with each word about it. */
export const task = async (s: Stage, input = 'x'): Promise<string> => (await s.send({ to: 'person', input })).id;

/** Looks again with each turn of the event loop until the webhook is as a test wants it. Time does not pass meanwhile. */
export async function becomes(s: Stage, id: string, fits: (webhook: Webhook) => boolean): Promise<Webhook> {
  for (;;) {
    const webhook = await s.hub.webhooks.get(id, OWNER);
    if (fits(webhook)) return webhook;
    await new Promise((resolve) => setImmediate(resolve));
  }
}

export const idle = (s: Stage, id: string): Promise<Webhook> => becomes(s, id, ({ waiting }) => waiting === 0);

/** The only letter that is on its way has come so often, and its last attempt has failed. */
export async function failed(s: Stage, id: string, to: Receiver, attempts: number): Promise<void> {
  const { timestamp } = await to.came(attempts);
  await becomes(s, id, ({ lastError }) => lastError !== undefined && Date.parse(lastError.at) >= timestamp * 1000);
}

/** So much of the event loop that what is on its way has come, if it comes. For what must not come; time does not pass. */
export async function aWhile(): Promise<void> {
  for (let turns = 0; turns < 200; turns++) await new Promise((resolve) => setImmediate(resolve));
}

/** Lets time pass second by second, with a while for all other work in between, until the fact has come. */
export async function later<T>(clock: ManualClock, fact: PromiseLike<T>): Promise<T> {
  let come = false;
  const settle = (): void => {
    come = true;
  };
  fact.then(settle, settle);
  while (!come) {
    for (let turns = 0; turns < 50 && !come; turns++) await new Promise((resolve) => setImmediate(resolve));
    if (!come) clock.advance(1000);
  }
  return await fact;
}
