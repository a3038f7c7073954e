/** Spool as a library, on one screen. */

export { type ErrorCode, SpoolError } from './base/errors.js';
export { VERSION } from './base/version.js';
export type { PushOptions, Query, SessionHandle } from './client/query.js';
export type { QueryEvent } from './client/query-events.js';
export { type OpenHost, type OpenHostOptions, OWNER, openHost } from './daemon/open-host.js';
export { type RunningHost, type StartHostOptions, startHost } from './daemon/start-host.js';
export type { Host, Page, Principal } from './host/face.js';
export type { OnReview, ReviewRequest } from './host/review-desk.js';
export type { HostTools } from './host/tools/host-tools.js';
export {
  type HostTool,
  hostTool,
  type JsonSchema,
  type ToolAnnotations,
  type ToolAnswer,
  type ToolArgs,
  type ToolCall,
  type ToolContent,
  type ToolInfo,
  type ToolResult,
  type ToolSchema,
} from './host/tools/tool.js';
export type { CallTool } from './host/tools/tool-desk.js';
export type { Hub, Speaking, TaskQuery } from './network/face.js';
