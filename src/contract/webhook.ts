/**
 * Webhooks: events of tasks and approvals, posted to an address. Signed as Standard Webhooks have it (`webhook-id`, `webhook-timestamp`,
 * `webhook-signature`), tried again for a while, and kept in a list of dead letters when nobody takes them.
 */

import { z } from 'zod';

/** Without `events`. */
export const DEFAULT_WEBHOOK_EVENTS: readonly string[] = ['task.*', 'approval.*'];

/** A type of event, as `task.replied`, or a family of them, as `task.*`. */
export const WebhookEvent = z
  .string()
  .regex(
    /^(?:task|approval|turn|session|item|file|runtime|review|warning)\.(?:\*|[a-z]+)$/,
    'a type of event, as "task.replied", or a family, as "task.*"',
  );

export const Webhook = z
  .object({
    id: z.string(),
    url: z.string(),
    events: z.array(WebhookEvent),
    agents: z.array(z.string()).optional().describe('only what is about these'),
    createdAt: z.iso.datetime(),
    by: z.string(),
    waiting: z.number().int().describe('events that are being posted, or are to be posted again; what is behind them waits in the log'),
    dead: z.number().int().describe('events that nobody took'),
    lastDeliveredAt: z.iso.datetime().optional(),
    stopped: z
      .object({ reason: z.string(), at: z.iso.datetime() })
      .optional()
      .describe('its receiver wants nothing more: nothing is posted until dead letters are redelivered'),
    lastError: z.object({ message: z.string(), at: z.iso.datetime() }).optional().describe('until something is delivered again'),
  })
  .meta({ id: 'Webhook' });
export type Webhook = z.infer<typeof Webhook>;

export const CreateWebhook = z
  .strictObject({
    url: z.url({ protocol: /^https?$/, error: 'an address that begins with http:// or https://' }).describe('http or https'),
    events: z.array(WebhookEvent).min(1).optional().describe('default: all of tasks and of approvals'),
    agents: z.array(z.string().min(1)).min(1).optional().describe('only what is about these: sessions of theirs, tasks for them'),
    commandId: z.string().min(1).max(200).optional(),
  })
  .meta({ id: 'CreateWebhook' });
export type CreateWebhook = z.infer<typeof CreateWebhook>;

export const CreatedWebhook = Webhook.extend({
  secret: z.string().describe('with which what comes is signed (`whsec_` and base64); shown this once'),
}).meta({ id: 'CreatedWebhook' });
export type CreatedWebhook = z.infer<typeof CreatedWebhook>;

export const DeadLetter = z
  .object({
    id: z.string().describe('`webhook-id` of the message'),
    event: z.looseObject({ type: z.string(), at: z.string() }).describe('as it was to be posted'),
    attempts: z.number().int(),
    error: z.string(),
    at: z.iso.datetime().describe('when it was given up'),
  })
  .meta({ id: 'DeadLetter' });
export type DeadLetter = z.infer<typeof DeadLetter>;

export const Redeliver = z
  .strictObject({
    id: z.string().optional().describe('of one dead letter; all when absent. Either lets a stopped webhook go on'),
    commandId: z.string().min(1).max(200).optional(),
  })
  .meta({ id: 'Redeliver' });
export type Redeliver = z.infer<typeof Redeliver>;
