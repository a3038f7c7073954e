/** `spool/client`: the typed client of a host's HTTP API. Runs in a browser. */

export { type ErrorCode, SpoolError } from '../base/errors.js';
export type { Approval, ApprovalAnswer, Decision } from '../contract/approval.js';
export type { Event, EventData, EventType } from '../contract/events.js';
export type { ProducedFile } from '../contract/file.js';
export type { AgentInfo, HostStatus } from '../contract/host.js';
export type { Item, Usage } from '../contract/item.js';
export type { RouteBody, RouteId, RouteQuery, RouteResult } from '../contract/routes.js';
export type { OpenSession, RequestTurn, Session, Turn, TurnAccepted } from '../contract/session.js';
export type { StreamOpened } from '../contract/stream.js';
export { Client, connect } from './connect.js';
export type { FollowOptions } from './follow.js';
export type { CallOptions, RouteParams } from './paths.js';
export type { PushOptions, Query, SessionHandle } from './query.js';
export type { QueryEvent } from './query-events.js';
export { isTurnEnd, type WaitOptions } from './run-turn.js';
export { type SseFrame, SseParser, sseFrames } from './sse.js';
export { type TaskAtHand, TaskFailure, type TaskHandler } from './task-at-hand.js';
export type { CallRoute, ConnectOptions } from './wire.js';
export { type WorkOptions, workOn } from './work-on.js';
