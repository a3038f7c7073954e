/** What is sent to Codex to begin a turn: input, a review or a compaction. */

import type { StartTurn } from '../../ports/agent.js';
import type { ClientRequests } from '../generated/methods.js';
import type * as Codex from '../generated/protocol.js';
import { inputOf } from './input.js';
import type { Link } from './link.js';
import { listModels } from './models.js';

/**
 * Resolves when Codex has answered. `accepted` is called with Codex's id of the turn before anything that came behind the answer is
 * looked at; not for a compaction, whose id only `turn/started` tells.
 */
export async function beginTurn(link: Link, threadId: string, start: StartTurn, accepted: (native: string) => void): Promise<void> {
  switch (start.action?.type) {
    case undefined:
      await link.request(
        'turn/start',
        turnOf(threadId, start, start.effort === null ? await ownEffort(link, start.model) : start.effort),
        ({ turn }) => accepted(turn.id),
      );
      break;
    case 'review':
      await link.request('review/start', { threadId, target: targetOf(start.action.target) }, ({ turn }) => accepted(turn.id));
      break;
    case 'compact':
      await link.request('thread/compact/start', { threadId });
      break;
  }
}

/** Codex keeps an effort for the turns that follow and cannot be told to forget it, so the model's own is said instead. */
async function ownEffort(link: Link, model: string | undefined): Promise<string | undefined> {
  const models = await listModels(link);
  const found = models.find(({ id }) => id === model) ?? models.find((one) => one.default);
  return found?.defaultEffort ?? undefined;
}

function turnOf(threadId: string, start: StartTurn, effort: string | undefined): ClientRequests['turn/start']['params'] {
  const { turn, input, model, serviceTier, outputSchema } = start;
  return {
    threadId,
    clientUserMessageId: turn,
    input: inputOf(input),
    ...(model === undefined ? {} : { model }),
    ...(effort === undefined ? {} : { effort }),
    ...(serviceTier === undefined ? {} : { serviceTier }),
    ...(outputSchema === undefined ? {} : { outputSchema: outputSchema as Codex.JsonValue }),
  };
}

type Target = Extract<NonNullable<StartTurn['action']>, { type: 'review' }>['target'];

function targetOf(target: Target): Codex.ReviewTarget {
  return target.type === 'commit' ? { ...target, title: null } : target;
}
