/**
 * The review loop: how much was done in a session since it was last looked back on, and when the next look is due. A session that is
 * itself a review counts nothing, so a review never brings about another one.
 */

import type { Event, EventData, Unplaced } from '../contract/events.js';
import type { ItemKind } from '../contract/item.js';
import type { ReviewLoop } from '../contract/review-loop.js';
import { stateOfItem } from './items.js';
import type { SessionState } from './state.js';

export type Review = EventData<'review.requested'>;

export interface Reviews {
  /** Since the last review was asked for. */
  readonly toolCalls: number;
  readonly turns: number;
  /** Up to this position it was looked at. */
  readonly seenTo: number;
  /** Asked for, and not begun yet. */
  readonly wanted: Review | null;
}

export const NO_REVIEWS: Reviews = { toolCalls: 0, turns: 0, seenTo: 0, wanted: null };

const TOOL_CALLS: ReadonlySet<ItemKind> = new Set<ItemKind>(['command', 'fileChange', 'toolCall']);

/** The state after an event, with what it adds to the work that was done. */
export function countWork(before: SessionState, after: SessionState, event: Event): SessionState {
  if (after.reviewOf !== null) return after;
  const { reviews } = after;
  switch (event.type) {
    case 'item.completed': {
      const again = event.item === undefined || stateOfItem(before.items, event.item) === 'done';
      if (again || !TOOL_CALLS.has(event.data.item.kind)) return after;
      return { ...after, reviews: { ...reviews, toolCalls: reviews.toolCalls + 1 } };
    }
    case 'turn.completed':
    case 'turn.failed':
    case 'turn.interrupted':
      // A turn in which nothing was said (taken back, refused by the model) is nothing to look back on.
      if (event.data.finalText === null || event.data.finalText.trim() === '') return after;
      return { ...after, reviews: { ...reviews, turns: reviews.turns + 1 } };
    case 'review.requested':
      return { ...after, reviews: { toolCalls: 0, turns: 0, seenTo: event.data.upTo, wanted: event.data } };
    case 'review.started':
    case 'review.failed':
      return { ...after, reviews: { ...reviews, wanted: null } };
    default:
      return after;
  }
}

/**
 * Asks for a review where a turn has just completed (`before` is the state that its end met) and enough was done by then. Not behind a
 * turn that was stopped or has failed: whoever stops an agent wants no more work, and what fails would fail again. It is made up for at
 * the next end that is a good one. One review at a time: the next one waits until the last has begun.
 */
export function decideReview(
  before: SessionState,
  after: SessionState,
  loop: () => ReviewLoop | undefined,
  at: string,
): readonly Unplaced[] {
  const ended = after.lastTurn !== before.lastTurn && after.lastTurn?.status === 'completed';
  if (!ended || after.reviews.wanted !== null) return [];
  const { toolCalls, turns, seenTo } = after.reviews;
  const wish = loop();
  if (wish === undefined) return [];
  const { afterToolCalls = Infinity, afterTurns = Infinity } = wish;
  if (toolCalls < afterToolCalls && turns < afterTurns) return [];
  const review: Review = { toolCalls, turns, after: seenTo, upTo: after.position, reviewer: wish.agent ?? after.agent };
  return [{ type: 'review.requested', at, data: review }];
}

/** What became of a review. No events when that is known already. */
export type ReviewOutcome = { readonly session?: string } | { readonly message: string };

export function decideReviewOutcome(state: SessionState, upTo: number, outcome: ReviewOutcome, at: string): readonly Unplaced[] {
  if (state.reviews.wanted?.upTo !== upTo) return [];
  if ('message' in outcome) return [{ type: 'review.failed', at, data: { upTo, message: outcome.message } }];
  return [{ type: 'review.started', at, data: { upTo, ...outcome } }];
}
