/**
 * How the gateway says no to a call of the model, and how the no is known again in what a runtime says of it. It goes out with status 400:
 * the one that Codex gives up at, at once and with the whole body as its message.
 */

import { z } from 'zod';
import { TurnErrorCode } from './words.js';

const Refusal = z.object({
  error: z.object({ type: z.literal('spool'), code: TurnErrorCode, message: z.string().min(1) }),
});

export type Refusal = z.infer<typeof Refusal>['error'];

export function refusalText(code: TurnErrorCode, message: string): string {
  const refusal: z.infer<typeof Refusal> = { error: { type: 'spool', code, message } };
  return JSON.stringify(refusal);
}

/** Undefined for every other text. */
export function readRefusal(text: string): Refusal | undefined {
  if (!text.startsWith('{')) return undefined;
  try {
    return Refusal.safeParse(JSON.parse(text)).data?.error;
  } catch {
    // Something else that begins like one.
    return undefined;
  }
}
