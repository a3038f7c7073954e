/** How long a turn may take. The runtimes have no limits of their own, so a model that never answers would keep a turn running for ever. */

import { z } from 'zod';

const seconds = z.number().positive().nullable().optional();

/** What is absent is taken from the session, then the agent, then the default; null means no limit. */
export const Limits = z
  .strictObject({
    turnSeconds: seconds.describe('from its start to its end, without the time in which it waits for an answer; default: no limit'),
    idleSeconds: seconds.describe(
      'without a sign of life of this turn while nothing of it is being worked on (no command, tool or question is open); default 900',
    ),
    queueSeconds: seconds.describe('in the queue, before it begins; default: no limit'),
  })
  .meta({ id: 'Limits' });
export type Limits = z.infer<typeof Limits>;

export interface ResolvedLimits {
  readonly turnSeconds: number | null;
  readonly idleSeconds: number | null;
  readonly queueSeconds: number | null;
}

/** Codex itself gives up on a silent stream after five minutes; what is silent for three times as long is not coming back. */
export const DEFAULT_LIMITS: ResolvedLimits = { turnSeconds: null, idleSeconds: 900, queueSeconds: null };

/** The first of them that says something, for each limit. */
export function resolveLimits(...wishes: readonly (Limits | undefined)[]): ResolvedLimits {
  const first = (name: keyof Limits): number | null => {
    for (const wish of wishes) {
      const value = wish?.[name];
      if (value !== undefined) return value;
    }
    return DEFAULT_LIMITS[name];
  };
  return { turnSeconds: first('turnSeconds'), idleSeconds: first('idleSeconds'), queueSeconds: first('queueSeconds') };
}
