/** What OpenCode's server says, as far as we read it: only fields that are used, so that a later version may say more. */

import { z } from 'zod';

const Tokens = z.object({
  total: z.number().optional(),
  input: z.number(),
  output: z.number(),
  reasoning: z.number(),
  cache: z.object({ read: z.number(), write: z.number() }),
});
export type Tokens = z.infer<typeof Tokens>;

const Failure = z.object({ name: z.string(), data: z.record(z.string(), z.unknown()).optional() });
export type Failure = z.infer<typeof Failure>;

export const SessionInfo = z.object({
  id: z.string(),
  directory: z.string(),
  parentID: z.string().optional(),
  tokens: Tokens.optional(),
});
export type SessionInfo = z.infer<typeof SessionInfo>;

export const Message = z.discriminatedUnion('role', [
  z.object({ role: z.literal('user'), id: z.string(), sessionID: z.string() }),
  z.object({
    role: z.literal('assistant'),
    id: z.string(),
    sessionID: z.string(),
    parentID: z.string(),
    providerID: z.string(),
    modelID: z.string(),
    finish: z.string().optional(),
    error: Failure.optional(),
    time: z.object({ completed: z.number().optional() }),
  }),
]);
export type Message = z.infer<typeof Message>;
export type AssistantMessage = Extract<Message, { role: 'assistant' }>;

const Times = z.object({ start: z.number(), end: z.number().optional() });
const Input = z.record(z.string(), z.unknown());
const Metadata = z.record(z.string(), z.unknown()).optional();

const ToolState = z.discriminatedUnion('status', [
  z.object({ status: z.literal('pending'), input: Input }),
  z.object({ status: z.literal('running'), input: Input, metadata: Metadata, time: Times }),
  z.object({ status: z.literal('completed'), input: Input, output: z.string(), metadata: Metadata, time: Times }),
  z.object({ status: z.literal('error'), input: Input, error: z.string(), metadata: Metadata, time: Times }),
]);
export type ToolState = z.infer<typeof ToolState>;

const part = { id: z.string(), messageID: z.string(), sessionID: z.string() };

const KnownPart = z.discriminatedUnion('type', [
  z.object({
    ...part,
    type: z.literal('text'),
    text: z.string(),
    synthetic: z.boolean().optional(),
    ignored: z.boolean().optional(),
    time: Times.optional(),
    metadata: Metadata,
  }),
  z.object({ ...part, type: z.literal('reasoning'), text: z.string(), time: Times }),
  z.object({ ...part, type: z.literal('tool'), callID: z.string(), tool: z.string(), state: ToolState }),
  z.object({ ...part, type: z.literal('step-finish'), reason: z.string(), tokens: Tokens }),
  z.object({ ...part, type: z.literal('compaction'), auto: z.boolean().optional() }),
]);
const OtherPart = z.object({ ...part, type: z.string() });
export type KnownPart = z.infer<typeof KnownPart>;
export type ToolPart = Extract<KnownPart, { type: 'tool' }>;

/** Parts of these kinds say nothing that is not said otherwise. */
const SILENT: ReadonlySet<string> = new Set(['step-start', 'snapshot', 'patch', 'file', 'agent', 'subtask', 'retry']);

export const PermissionRequest = z.object({
  id: z.string(),
  sessionID: z.string(),
  permission: z.string(),
  patterns: z.array(z.string()),
  metadata: z.record(z.string(), z.unknown()),
  always: z.array(z.string()),
  tool: z.object({ messageID: z.string(), callID: z.string() }).optional(),
});
export type PermissionRequest = z.infer<typeof PermissionRequest>;

export const QuestionRequest = z.object({
  id: z.string(),
  sessionID: z.string(),
  questions: z.array(
    z.object({
      question: z.string(),
      header: z.string().optional(),
      options: z.array(z.object({ label: z.string(), description: z.string().optional() })).optional(),
      multiple: z.boolean().optional(),
    }),
  ),
  tool: z.object({ messageID: z.string(), callID: z.string() }).optional(),
});
export type QuestionRequest = z.infer<typeof QuestionRequest>;

const Status = z.discriminatedUnion('type', [
  z.object({ type: z.literal('idle') }),
  z.object({ type: z.literal('busy') }),
  z.object({ type: z.literal('retry'), attempt: z.number(), message: z.string() }),
]);

const sessionID = z.string();

const KnownEvent = z.discriminatedUnion('type', [
  z.object({ type: z.literal('session.created'), properties: z.object({ sessionID, info: SessionInfo }) }),
  z.object({ type: z.literal('session.status'), properties: z.object({ sessionID, status: Status }) }),
  z.object({ type: z.literal('session.idle'), properties: z.object({ sessionID }) }),
  z.object({ type: z.literal('session.error'), properties: z.object({ sessionID: sessionID.optional(), error: Failure.optional() }) }),
  z.object({ type: z.literal('message.updated'), properties: z.object({ sessionID, info: Message }) }),
  z.object({ type: z.literal('message.part.updated'), properties: z.object({ sessionID, part: z.unknown() }) }),
  z.object({
    type: z.literal('message.part.delta'),
    properties: z.object({ sessionID, messageID: z.string(), partID: z.string(), field: z.string(), delta: z.string() }),
  }),
  z.object({ type: z.literal('permission.asked'), properties: PermissionRequest }),
  z.object({ type: z.literal('permission.replied'), properties: z.object({ sessionID, requestID: z.string() }) }),
  z.object({ type: z.literal('question.asked'), properties: QuestionRequest }),
  z.object({ type: z.literal('question.replied'), properties: z.object({ sessionID, requestID: z.string() }) }),
  z.object({ type: z.literal('question.rejected'), properties: z.object({ sessionID, requestID: z.string() }) }),
  z.object({
    type: z.literal('todo.updated'),
    properties: z.object({ sessionID, todos: z.array(z.object({ content: z.string(), status: z.string() })) }),
  }),
]);

/** What was said about a session; `unknown` is what we cannot read of it. Undefined for what concerns no conversation. */
export type ServerEvent =
  | z.infer<typeof KnownEvent>
  | { readonly type: 'unknown'; readonly session: string; readonly method: string; readonly params: unknown };

/** Events about a session that say nothing which is not said otherwise. */
const IGNORED: ReadonlySet<string> = new Set([
  'session.updated',
  'session.diff',
  'session.deleted',
  'session.compacted',
  'message.removed',
  'message.part.removed',
  'command.executed',
]);

const Frame = z.object({ payload: z.object({ type: z.string(), properties: z.unknown() }) });

/** One frame of the stream of all events. */
export function readEvent(text: string): ServerEvent | undefined {
  const frame = Frame.safeParse(jsonOf(text));
  if (!frame.success) return undefined;
  const { payload } = frame.data;
  const known = KnownEvent.safeParse(payload);
  if (known.success) return known.data;
  const session: unknown = Reflect.get(Object(payload.properties), 'sessionID');
  if (typeof session !== 'string' || IGNORED.has(payload.type) || payload.type.startsWith('session.next.')) return undefined;
  return { type: 'unknown', session, method: payload.type, params: payload.properties };
}

export type ReadPart = KnownPart | { readonly type: 'unknown'; readonly messageID: string; readonly raw: unknown };

/** Undefined for a part that says nothing to us. */
export function readPart(raw: unknown): ReadPart | undefined {
  const known = KnownPart.safeParse(raw);
  if (known.success) return known.data;
  const other = OtherPart.safeParse(raw);
  if (!other.success || SILENT.has(other.data.type)) return undefined;
  return { type: 'unknown', messageID: other.data.messageID, raw };
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // What is no JSON is no event.
    return undefined;
  }
}

export const Messages = z.array(z.object({ info: Message, parts: z.array(z.unknown()) }));
export type Messages = z.infer<typeof Messages>;

export const Statuses = z.record(z.string(), Status);

export const Providers = z.object({
  providers: z.array(
    z.object({
      id: z.string(),
      models: z.record(
        z.string(),
        z.object({
          id: z.string(),
          name: z.string(),
          capabilities: z.object({ toolcall: z.boolean(), input: z.object({ image: z.boolean() }) }),
          limit: z.object({ context: z.number() }),
          variants: z.record(z.string(), z.unknown()).optional(),
        }),
      ),
    }),
  ),
});
export type Providers = z.infer<typeof Providers>;
