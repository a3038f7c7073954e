/**
 * What webhooks keep beside the log. The key must never be in the log: clients and backups read that one. The rest is a cache: whatever
 * of it is stale or missing means only that some events are posted once more.
 */

export interface WebhookStore {
  /** Random bytes, made once and kept. The secret of every webhook follows from it. */
  key(): Uint8Array;
  /** How far a webhook had come, as it was last saved. */
  load(webhook: string): string | undefined;
  save(webhook: string, text: string): void;
  remove(webhook: string): void;
}
