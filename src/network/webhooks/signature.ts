/** How a message is signed, as Standard Webhooks have it; and where the secret for it comes from. */

import { createHmac } from 'node:crypto';

/**
 * The secret of a webhook follows from the host's key and the webhook's id. So it stands neither in the log, which clients and backups
 * read, nor in a file that could be lost between two writes; and a repeated request to create the webhook is answered with the same one.
 */
export function secretOf(key: Uint8Array, webhook: string): Buffer {
  return createHmac('sha256', key).update(`webhook secret of ${webhook}`).digest();
}

/** As people are told it. */
export function secretText(secret: Buffer): string {
  return `whsec_${secret.toString('base64')}`;
}

export interface Message {
  /** The same for every repeat. */
  readonly id: string;
  readonly body: string;
}

/** `now` in milliseconds: each attempt is signed anew, so that a receiver may refuse what is old. */
export function signedHeaders({ id, body }: Message, secret: Buffer, now: number): Record<string, string> {
  const seconds = String(Math.floor(now / 1000));
  const signature = createHmac('sha256', secret).update(`${id}.${seconds}.${body}`).digest('base64');
  return { 'webhook-id': id, 'webhook-timestamp': seconds, 'webhook-signature': `v1,${signature}` };
}
