/**
 * The face of the host: all that a door, the library and later the network may ask of it. Every call names who speaks; every
 * error is a SpoolError. Implemented in host.ts.
 */

import type { CreateAgent, UpdateAgent } from '../contract/agent-config.js';
import type { AgentPrompt } from '../contract/agent-prompt.js';
import type { AnswerApproval, Approval } from '../contract/approval.js';
import type { CarriedResult, Consumed, ConsumeResults, Restored, RestoreResults } from '../contract/carried-result.js';
import type { Event } from '../contract/events.js';
import type { ProducedFile } from '../contract/file.js';
import type { AgentInfo, HostCapabilities, HostStatus, ModelInfo } from '../contract/host.js';
import type { MessagePage } from '../contract/message.js';
import type {
  CompactSession,
  ForkSession,
  InterruptAccepted,
  InterruptSession,
  MoveTurn,
  OpenSession,
  RequestTurn,
  ReviewSession,
  Session,
  Turn,
  TurnAccepted,
  UpdateSession,
} from '../contract/session.js';
import type { OpenTerminal, TerminalCommand } from '../contract/terminal.js';
import type { Role, Runtime, SessionStatus } from '../contract/words.js';
import type { LogRecord } from '../ports/log.js';
import type { Attachment } from '../ports/terminal.js';
import type { ToolInfo, ToolResult } from './tools/tool.js';
import type { CallTool } from './tools/tool-desk.js';

export type { HostTool, ToolCall, ToolContent, ToolInfo, ToolResult, ToolSchema } from './tools/tool.js';
export type { CallTool } from './tools/tool-desk.js';
export type { SourcedTool, ToolSource } from './tools/tool-source.js';

/** Who speaks. */
export interface Principal {
  readonly name: string;
  readonly role: Role;
}

export interface Page<T> {
  readonly items: readonly T[];
  readonly next: string | null;
}

/** A file that is open for reading. Whoever gets it reads the body to its end, or cancels it. */
export interface OpenFile {
  readonly file: ProducedFile;
  /** How many the body has. */
  readonly bytes: number;
  readonly body: ReadableStream<Uint8Array>;
}

/** A place at a session for a terminal. Whoever has it gives it up by disposing it; what runs goes on. */
export interface TerminalPlace extends AsyncDisposable {
  readonly id: string;
  readonly session: string;
  readonly runtime: Runtime;
  /** Of the runtime. */
  readonly version: string;
  readonly threadId: string;
  /** Sits down, once. Ends with the place. */
  attach(signal?: AbortSignal): Promise<Pick<Attachment, 'send' | 'frames'>>;
}

export interface Host extends AsyncDisposable {
  readonly version: string;

  openSession(command: OpenSession, by: Principal): Promise<Session>;
  listSessions(
    query: { agent?: string | undefined; status?: SessionStatus | undefined; limit: number; cursor?: string | undefined },
    by: Principal,
  ): Promise<Page<Session>>;
  session(id: string, by: Principal): Promise<Session>;
  archiveSession(id: string, by: Principal): Promise<Session>;
  updateSession(id: string, command: UpdateSession, by: Principal): Promise<Session>;
  forkSession(id: string, command: ForkSession, by: Principal): Promise<Session>;

  requestTurn(session: string, command: RequestTurn, by: Principal): Promise<TurnAccepted>;
  listTurns(session: string, query: { limit: number; cursor?: string | undefined }, by: Principal): Promise<Page<Turn>>;
  turn(session: string, turn: string, by: Principal): Promise<Turn>;
  interrupt(session: string, command: InterruptSession, by: Principal): Promise<InterruptAccepted>;
  compactSession(session: string, command: CompactSession, by: Principal): Promise<TurnAccepted>;
  reviewSession(session: string, command: ReviewSession, by: Principal): Promise<TurnAccepted>;
  /** Rejects with `unsupported` where the runtime has no terminal of its own. What `allow` names only the owner may have. */
  openTerminal(session: string, command: OpenTerminal, by: Principal): Promise<TerminalPlace>;
  /** Rejects with `unsupported` where a terminal joins instead, `conflict` while a turn runs or where nothing was said yet. */
  terminalCommand(session: string, by: Principal): Promise<TerminalCommand>;
  /** Rejects with `conflict` once the turn has begun or ended. */
  cancelTurn(session: string, turn: string, by: Principal): Promise<Turn>;
  moveTurn(session: string, turn: string, command: MoveTurn, by: Principal): Promise<Turn>;

  /** The conversation as chat messages behind `after`; see `ChatMessage`. */
  messages(session: string, query: { after: number; limit: number }, by: Principal): Promise<MessagePage>;

  listFiles(session: string, query: { limit: number; cursor?: string | undefined }, by: Principal): Promise<Page<ProducedFile>>;
  /** Rejects with `not-found` for a file that was never told or is gone. */
  openFile(session: string, file: string, by: Principal): Promise<OpenFile>;

  /** What the conversation carries of its tools' answers, and what was taken out of it. */
  listResults(session: string, by: Principal): Promise<Page<CarriedResult>>;
  /** Rejects with `conflict` while a turn is open, or when somebody else has the conversation open. */
  consumeResults(session: string, command: ConsumeResults, by: Principal): Promise<Consumed>;
  restoreResults(session: string, command: RestoreResults, by: Principal): Promise<Restored>;

  listApprovals(query: { session?: string | undefined }, by: Principal): Promise<Page<Approval>>;
  approval(id: string, by: Principal): Promise<Approval>;
  answerApproval(id: string, command: AnswerApproval, by: Principal): Promise<Approval>;

  listAgents(by: Principal): Page<AgentInfo>;
  agent(alias: string, by: Principal): AgentInfo;
  /** Rejects with `conflict` when there is one of this alias. */
  createAgent(command: CreateAgent, by: Principal): Promise<AgentInfo>;
  updateAgent(alias: string, command: UpdateAgent, by: Principal): Promise<AgentInfo>;
  removeAgent(alias: string, by: Principal): Promise<AgentInfo>;
  models(alias: string, by: Principal): Promise<Page<ModelInfo>>;
  /** What its model would be shown before the first message; asks no model. Rejects with `unsupported` where the runtime cannot tell. */
  prompt(alias: string, query: { cwd?: string | undefined }, by: Principal): Promise<AgentPrompt>;

  /** One page of events behind `after`. */
  events(
    session: string,
    query: { after: number; limit: number },
    by: Principal,
  ): Promise<{ events: readonly Event[]; next: number | null }>;
  /** Position of a session's last event; rejects with `not-found` for an unknown session. */
  head(session: string, by: Principal): Promise<number>;
  /**
   * Records of one session behind `after`, then live, until `signal` is aborted (ends quietly) or the host is disposed. With no
   * session: records of all sessions from now on.
   */
  follow(query: { session?: string | undefined; after: number; signal: AbortSignal }, by: Principal): AsyncIterable<LogRecord>;

  /** The tools that an agent sees (an agent that asks: its own); without one, all that there are. */
  listTools(query: { agent?: string | undefined }, by: Principal): readonly ToolInfo[];
  /** What goes wrong in the tool is a result. Rejects with `not-found` for a tool that is not there, or not for this caller. */
  callTool(command: CallTool, by: Principal): Promise<ToolResult>;
  /** Calls `listener` whenever tools were offered or withdrawn. */
  onToolsChanged(listener: () => void): Disposable;

  status(): Promise<HostStatus>;
  capabilities(): HostCapabilities;
  /** Rejects when the host cannot take work. */
  ready(): Promise<void>;
}
