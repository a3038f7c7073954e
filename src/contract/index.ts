/** `spool/contract`: every name that a client of a host may rely on. Runs in a browser. */

export { ERROR_CODES, type ErrorCode, SpoolError } from '../base/errors.js';
export { AgentConfig, CreateAgent, UpdateAgent } from './agent-config.js';
export { AgentPrompt } from './agent-prompt.js';
export { ToolResult, ToolResultItem } from './answer-value.js';
export { Amendment, AnswerApproval, Approval, ApprovalAnswer, ApprovalKind, Ask, Decision, Question } from './approval.js';
export { ApprovalPolicy, ApprovalRule } from './approval-policy.js';
export { Budget } from './budget.js';
export { CarriedResult, Consumed, ConsumeResults, Restored, RestoreResults, TakenResult } from './carried-result.js';
export { EVENT_DATA, EVENT_TYPES, type Event, type EventData, EventSchema, type EventType } from './events.js';
export { ProducedFile } from './file.js';
export { AgentInfo, HostCapabilities, HostStatus, ModelInfo, RuntimeCapabilities, RuntimeStatus } from './host.js';
export { DeltaKind, FileChange, Item, type ItemKind, ItemStatus, Usage } from './item.js';
export { DEFAULT_LIMITS, Limits, type ResolvedLimits, resolveLimits } from './limits.js';
export { McpServer } from './mcp-server.js';
export { alternating, ChatMessage, MessagePage, ToolCall } from './message.js';
export { errorOfProblem, exitStatus, httpStatus, Problem, problemOf } from './problem.js';
export { ReviewLoop } from './review-loop.js';
export { type Right, ROUTES, type Route, type RouteBody, type RouteId, type RouteQuery, type RouteResult } from './routes.js';
export { OPTIONS_OF, RuntimeOptions, type Setting, WhenTaken } from './runtime-options.js';
export { ChangeSchedule, CreateSchedule, MissedRuns, Schedule, ScheduledTask } from './schedule.js';
export {
  CompactSession,
  ForkSession,
  InputItem,
  InterruptAccepted,
  InterruptSession,
  LastTurn,
  MoveTurn,
  OpenSession,
  Permissions,
  RequestTurn,
  ReviewSession,
  ReviewTarget,
  Session,
  SessionTool,
  Turn,
  TurnAccepted,
  TurnAction,
  TurnError,
  TurnInput,
  UpdateSession,
} from './session.js';
export { KEEP_ALIVE_MS, StreamOpened, WsCommand, type WsFrame } from './stream.js';
export {
  AdmitOutsideAgent,
  AdmittedAgent,
  ChangeTask,
  FailTask,
  Leased,
  LeaseTask,
  Node,
  NodeAgent,
  OutsideAgent,
  PERSON,
  Presence,
  ReplyTask,
  ReportProgress,
  SendTask,
  Task,
  TaskBudget,
  TaskCeiling,
  TaskError,
  TaskErrorCode,
  TaskSession,
  TaskSettings,
  TaskStatus,
  TaskWait,
} from './task.js';
export { TASK_EVENT_DATA, TASK_EVENT_TYPES, type TaskEvent, type TaskEventData, type TaskEventType } from './task-events.js';
export { OpenTerminal, Terminal, TerminalGrant } from './terminal.js';
export { CreatedWebhook, CreateWebhook, DeadLetter, Redeliver, Webhook, WebhookEvent } from './webhook.js';
export {
  Alias,
  Disposition,
  Effort,
  isCodex,
  Role,
  RUNTIMES,
  Runtime,
  SessionStatus,
  TurnErrorCode,
  TurnMode,
  TurnStatus,
} from './words.js';
