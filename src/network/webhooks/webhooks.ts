/**
 * Webhooks: each is a stream of its own in the log, which says what was asked for and what nobody took. This is the way to their room,
 * which is loaded only where there are some.
 */

import type { Clock } from '../../base/clock.js';
import { messageOf, SpoolError } from '../../base/errors.js';
import { lazily } from '../../base/lazily.js';
import { demand } from '../../contract/rights.js';
import type { Right } from '../../contract/routes.js';
import type { Principal } from '../../host/face.js';
import type { Log } from '../../ports/log.js';
import type { Logger } from '../../ports/logger.js';
import type { WebhookStore } from '../../ports/webhook-store.js';
import type { Webhooks } from '../face.js';
import type { FoundStream } from '../first-look.js';

export interface WebhookParts {
  readonly log: Log;
  readonly store: WebhookStore;
  /** The webhooks that there were at the start. */
  readonly streams: Promise<readonly FoundStream[]>;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Picks up those that there are, in the background. */
export function createWebhooks({ streams, ...parts }: WebhookParts): Webhooks {
  let closed = false;
  const desk = lazily(async () => {
    const { WebhookDesk } = await import('./webhook-desk.js');
    return new WebhookDesk(parts);
  });
  const wake = async (): Promise<void> => {
    const found = await streams;
    if (found.length > 0 && !closed) await (await desk.get()).wake(found);
  };
  const awake = wake().catch((error: unknown) => {
    if (!closed) parts.logger.error({ err: error }, `webhooks could not be picked up: ${messageOf(error)}`);
  });
  const there = async (by: Principal, right: Right): Promise<Webhooks> => {
    demand(by, right);
    await awake;
    if (closed) throw new SpoolError('unavailable', 'the host is stopping');
    return desk.get();
  };
  return {
    create: async (command, by) => (await there(by, 'own')).create(command, by),
    list: async (by) => (await there(by, 'view')).list(by),
    get: async (id, by) => (await there(by, 'view')).get(id, by),
    remove: async (id, by) => (await there(by, 'own')).remove(id, by),
    deadLetters: async (id, query, by) => (await there(by, 'view')).deadLetters(id, query, by),
    redeliver: async (id, command, by) => (await there(by, 'own')).redeliver(id, command, by),
    async [Symbol.asyncDispose]() {
      closed = true;
      await awake;
      await (await desk.current)?.[Symbol.asyncDispose]();
    },
  };
}
