/** What webhooks keep beside the log, in memory. */

import type { WebhookStore } from '../ports/webhook-store.js';

export function memoryWebhookStore(): WebhookStore {
  const key = new Uint8Array(32).fill(7);
  const saved = new Map<string, string>();
  return {
    key: () => key,
    load: (webhook) => saved.get(webhook),
    save: (webhook, text) => void saved.set(webhook, text),
    remove: (webhook) => void saved.delete(webhook),
  };
}
