/**
 * The desk of reviews: sees to it that what a session's state asks for is begun, once, and notes what became of it. Beside the session
 * and never in its way: a review that cannot be begun is an event of its own and no turn's concern. What was asked for and has no
 * outcome when the host dies is met again when its session is woken.
 */

import { messageOf } from '../base/errors.js';
import type { ChatMessage } from '../contract/message.js';
import { decideReviewOutcome, type Review, type ReviewOutcome } from '../domain/review-loop.js';
import type { Logger } from '../ports/logger.js';
import { messagesBetween } from './read-messages.js';
import { beginReview, type ReviewSessionParts } from './review-session.js';
import type { Session } from './session.js';

/** A review that is due, with all that it takes. */
export interface ReviewRequest {
  readonly session: string;
  /** The agent whose work is looked at. */
  readonly agent: string;
  /** The agent that is to look. */
  readonly reviewer: string;
  /** Since the last review. */
  readonly toolCalls: number;
  readonly turns: number;
  /** Position of the last event that belongs to it; with the session it names this review. */
  readonly upTo: number;
  /** The conversation since the last review. */
  readonly messages: readonly ChatMessage[];
  /** Folder of the agent's memory; null when it has none. */
  readonly memory: string | null;
  /** Folders of the agent's skills. */
  readonly skills: readonly string[];
  /** Aborted when the host stops. What is given up then is asked for again at the next start. */
  readonly signal: AbortSignal;
}

/** Takes reviews on. Called again for one that it had not done with when the host died; what it throws is noted and harms nobody. */
export type OnReview = (review: ReviewRequest) => Promise<void> | void;

export interface ReviewDeskParts extends ReviewSessionParts {
  readonly logger: Logger;
  /** The program that has the host takes reviews on itself. */
  readonly onReview: OnReview | undefined;
}

export class ReviewDesk implements AsyncDisposable {
  readonly #parts: ReviewDeskParts;
  readonly #stop = new AbortController();
  /** By session: one review of a session at a time. */
  readonly #working = new Map<string, Promise<void>>();

  constructor(parts: ReviewDeskParts) {
    this.#parts = parts;
  }

  /** Begins what the session's state asks for. Cheap when there is nothing; never throws. */
  look(session: Session): void {
    const { id, reviews } = session.state;
    if (reviews.wanted === null || this.#stop.signal.aborted || this.#working.has(id)) return;
    const work = this.#review(session, reviews.wanted)
      .catch((error: unknown) => this.#parts.logger.error({ session: id, err: error }, 'what became of a review could not be recorded'))
      .finally(() => this.#working.delete(id));
    this.#working.set(id, work);
  }

  async #review(session: Session, review: Review): Promise<void> {
    const outcome = await this.#begin(session, review);
    if (outcome === undefined) return;
    const done = (): Promise<null> => Promise.resolve(null);
    await session.command(
      undefined,
      (state, at) => ({ events: decideReviewOutcome(state, review.upTo, outcome, at), answer: () => null }),
      done,
    );
  }

  /** Undefined when the host stops before there is an outcome. */
  async #begin(session: Session, review: Review): Promise<ReviewOutcome | undefined> {
    const { onReview, logger } = this.#parts;
    const { id } = session.state;
    try {
      const request = await this.#request(session, review);
      this.#stop.signal.throwIfAborted();
      if (onReview === undefined) return { session: await beginReview(this.#parts, request, session.state) };
      await onReview(request);
      return {};
    } catch (error) {
      if (this.#stop.signal.aborted) return undefined;
      logger.warn({ session: id, err: error }, 'a review could not be done');
      return { message: messageOf(error) };
    }
  }

  async #request(session: Session, { toolCalls, turns, after, upTo, reviewer }: Review): Promise<ReviewRequest> {
    const { id, agent } = session.state;
    const { memory = null, skills = [] } = this.#parts.agent(agent);
    const messages = await messagesBetween(this.#parts.log, id, after, upTo);
    return { session: id, agent, reviewer, toolCalls, turns, upTo, messages, memory, skills, signal: this.#stop.signal };
  }

  /** Tells those who work on reviews to stop, and waits for them. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await Promise.all(this.#working.values());
  }
}
