/**
 * The state of one session, as folded from its events: what decisions need, and nothing that grows with the conversation's length.
 * It is plain JSON, because it is also what a snapshot holds; `STATE_FORMAT` is raised when its meaning changes.
 */

import type { Approval, ApprovalAnswer } from '../contract/approval.js';
import type { ApprovalPolicy } from '../contract/approval-policy.js';
import type { Usage } from '../contract/item.js';
import type { Limits } from '../contract/limits.js';
import type { InputItem, LastTurn, Permissions, Session, SessionTool, TurnAction } from '../contract/session.js';
import type { Effort, Runtime, SessionStatus, TurnMode } from '../contract/words.js';
import type { Items } from './items.js';
import type { Reviews } from './review-loop.js';
import type { TurnClock } from './turn-clock.js';

export const STATE_FORMAT = 5;

/**
 * Where a turn that has not ended stands. `queued`: others go first. `requested`: it is to be started now. `steering`: its input
 * is to be given to the running turn. `running`: the runtime works on it. `steered`: the running turn has taken it in.
 */
export type Phase = 'queued' | 'requested' | 'steering' | 'running' | 'steered';

export interface OpenTurn {
  readonly id: string;
  readonly phase: Phase;
  readonly mode: TurnMode;
  readonly input: readonly InputItem[];
  readonly model: string | null;
  readonly effort: Effort | null;
  readonly serviceTier: string | null;
  /** Model, effort and service tier are to stay for the turns after it. */
  readonly sticky: boolean;
  readonly outputSchema: Readonly<Record<string, unknown>> | null;
  readonly action: TurnAction | null;
  readonly limits: Limits | null;
  readonly requestedAt: string;
  readonly startedAt: string | null;
  /** The runtime's name of the turn, once its start is recorded. */
  readonly ref: string | null;
  /** The turn that took this one in, for `steering` and `steered`. */
  readonly into: string | null;
  /** The runtime's name of a turn that may have taken this one's message in before it died with the runtime. */
  readonly maybeIn: string | null;
  readonly interrupting: boolean;
  /** When somebody asked for it to be stopped. */
  readonly interruptingAt: string | null;
  /** Why it is being stopped, when its time has run out. */
  readonly overdue: string | null;
  readonly usage: Usage | null;
}

/** The agent message that came last in the running turn; partial until its item completed. */
export interface LastMessage {
  readonly item: string;
  readonly text: string;
}

export interface HeldApproval {
  readonly approval: Approval;
  readonly ref: string;
  /** Present once it is answered; kept until its turn ends, because the runtime may ask again after a reconnect. */
  readonly answer: ApprovalAnswer | null;
}

export interface SessionState {
  readonly format: typeof STATE_FORMAT;
  readonly id: string;
  readonly agent: string;
  readonly runtime: Runtime;
  readonly cwd: string;
  readonly title: string | null;
  readonly model: string | null;
  readonly effort: Effort | null;
  readonly serviceTier: string | null;
  readonly permissions: Permissions;
  /** Who answers in this session, where it says so itself. */
  readonly policy: ApprovalPolicy | null;
  readonly limits: Limits | null;
  readonly tools: readonly SessionTool[];
  readonly forkedFrom: {
    readonly session: string;
    readonly turn: string | null;
    readonly threadId: string;
    readonly ref: string | null;
  } | null;
  /** Set in a session that is itself a review, and in copies of one. */
  readonly reviewOf: { readonly session: string; readonly upTo: number } | null;
  readonly reviews: Reviews;
  /** What the thread was opened with, where nobody chose; a turn's own model does not outlive it unless it was to. */
  readonly defaults: { readonly model: string | null; readonly effort: string | null };
  /** The turn before had a model, effort or tier of its own. */
  readonly overridden: boolean;
  readonly threadId: string | null;
  /** True once a turn was started in the thread: from then on the runtime keeps it. */
  readonly hadTurns: boolean;
  /** The thread was begun elsewhere and has not been opened here yet. */
  readonly adopted: boolean;
  /** Turns that have not ended, in the order in which they were asked for. */
  readonly turns: readonly OpenTurn[];
  readonly lastTurn: LastTurn | null;
  readonly items: Items;
  readonly lastMessage: LastMessage | null;
  readonly approvals: readonly HeldApproval[];
  /** How many approvals were ever asked; numbers the next one. */
  readonly asked: number;
  readonly usage: Usage | null;
  /** Used in threads that were replaced. */
  readonly usageBefore: Usage | null;
  /** Of the running turn. */
  readonly clock: TurnClock | null;
  /** Files that were produced, each with the last turn that did; how many there are numbers the next one. */
  readonly produced: readonly { readonly path: string; readonly turn: string | null }[];
  readonly archived: boolean;
  readonly failure: string | null;
  readonly position: number;
  readonly createdAt: string;
  readonly updatedAt: string;
}

/** The one turn that the runtime is to work on or works on. */
export function activeTurn(state: SessionState): OpenTurn | undefined {
  return state.turns.find((turn) => turn.phase === 'requested' || turn.phase === 'running');
}

export function turnOf(state: SessionState, id: string): OpenTurn | undefined {
  return state.turns.find((turn) => turn.id === id);
}

export function pendingApprovals(state: SessionState): readonly HeldApproval[] {
  return state.approvals.filter((held) => held.answer === null);
}

export function statusOf(state: SessionState): SessionStatus {
  if (state.archived) return 'archived';
  if (state.failure !== null) return 'failed';
  if (pendingApprovals(state).length > 0) return 'waiting';
  return activeTurn(state) === undefined ? 'idle' : 'running';
}

/** False while anything is open that a restart must pick up. */
export function isSettled(state: SessionState): boolean {
  return state.turns.length === 0 && pendingApprovals(state).length === 0 && state.reviews.wanted === null;
}

/** The session as clients see it. */
export function sessionView(state: SessionState): Session {
  return {
    id: state.id,
    agent: state.agent,
    runtime: state.runtime,
    status: statusOf(state),
    threadId: state.threadId,
    title: state.title,
    cwd: state.cwd,
    model: state.model,
    effort: state.effort,
    permissions: state.permissions,
    currentTurn: activeTurn(state)?.id ?? null,
    lastTurn: state.lastTurn,
    queued: state.turns.filter((turn) => turn.phase === 'queued').length,
    pendingApprovals: pendingApprovals(state).map((held) => held.approval.id),
    position: state.position,
    createdAt: state.createdAt,
    updatedAt: state.updatedAt,
    usage: state.usage,
    ...(state.policy === null ? {} : { approvals: state.policy }),
    ...(state.limits === null ? {} : { limits: state.limits }),
    ...(state.forkedFrom === null ? {} : { forkedFrom: { session: state.forkedFrom.session, turn: state.forkedFrom.turn } }),
    ...(state.reviewOf === null ? {} : { reviewOf: state.reviewOf }),
  };
}
