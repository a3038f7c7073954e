/** Webhooks: each is a stream of its own in the log, which says what was asked for and what nobody took. */

import type { Clock } from '../../base/clock.js';
import { SpoolError } from '../../base/errors.js';
import type { Log } from '../../ports/log.js';
import type { Logger } from '../../ports/logger.js';
import type { Webhooks } from '../face.js';

export interface WebhookParts {
  readonly log: Log;
  readonly clock: Clock;
  readonly logger: Logger;
}

export function createWebhooks(_parts: WebhookParts): Webhooks {
  const none = (): Promise<never> => Promise.reject(new SpoolError('unsupported', 'there are no webhooks yet'));
  return {
    create: none,
    list: () => Promise.resolve({ items: [], next: null }),
    get: none,
    remove: none,
    deadLetters: none,
    redeliver: none,
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}
