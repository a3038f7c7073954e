/**
 * What Codex asks: every server request is a question for a person, or is answered at once, or is refused. Nothing is ever left
 * hanging, since Codex waits without a limit. The table is complete by type: a new request does not compile.
 */

import type { ApprovalAnswer, Ask } from '../../contract/approval.js';
import type { FileChange } from '../../contract/item.js';
import type { AskRef } from '../../ports/agent.js';
import type { ServerRequests } from '../generated/methods.js';
import type * as Codex from '../generated/protocol.js';
import { elicitationReply, permissionsReply, userInputReply } from './answers.js';

export type RequestMethod = keyof ServerRequests;
type Params<M extends RequestMethod> = ServerRequests[M]['params'];
type Result<M extends RequestMethod> = ServerRequests[M]['result'];

/** What to do with a server request. `turn` is Codex's id, or null when Codex did not say which turn asks. */
export type Verdict<R = unknown> =
  | {
      readonly kind: 'ask';
      readonly turn: string | null;
      readonly ref: AskRef;
      readonly ask: Ask;
      readonly reply: (answer: ApprovalAnswer) => R;
    }
  | { readonly kind: 'reply'; readonly result: R }
  | { readonly kind: 'refuse'; readonly code: number; readonly message: string };

export interface AskContext {
  readonly requestId: string | number;
  /** Milliseconds since 1970. */
  readonly now: number;
  /** The changes of a file change item that was started before; its approval request does not repeat them. */
  changes(item: string): readonly FileChange[] | undefined;
}

type Judge<M extends RequestMethod> = (params: Params<M>, context: AskContext) => Verdict<Result<M>>;
type Table = { readonly [M in RequestMethod]: Judge<M> };

const METHOD_NOT_FOUND = -32601;
const REFUSED = -32000;

const TABLE: Table = {
  'item/commandExecution/requestApproval': (params, context) => ({
    kind: 'ask',
    turn: params.turnId,
    ref: refOf(params, context),
    ask: {
      kind: 'command',
      title: commandTitle(params),
      item: params.itemId,
      ...text('reason', params.reason),
      ...text('command', params.command),
      ...text('cwd', params.cwd),
      // All four are understood by every version, although `availableDecisions` names only some of them.
      decisions: ['accept', 'acceptForSession', 'decline', 'cancel'],
    },
    reply: ({ decision }) => ({ decision }),
  }),
  'item/fileChange/requestApproval': (params, context) => {
    const changes = context.changes(params.itemId);
    return {
      kind: 'ask',
      turn: params.turnId,
      ref: refOf(params, context),
      ask: {
        kind: 'fileChange',
        title: fileChangeTitle(changes),
        item: params.itemId,
        ...text('reason', params.reason),
        ...(changes === undefined ? {} : { changes: [...changes] }),
        decisions: ['accept', 'acceptForSession', 'decline', 'cancel'],
      },
      reply: ({ decision }) => ({ decision }),
    };
  },
  'item/permissions/requestApproval': (params, context) => ({
    kind: 'ask',
    turn: params.turnId,
    ref: refOf(params, context),
    ask: {
      kind: 'permissions',
      title: 'The agent asks for more permissions',
      item: params.itemId,
      cwd: params.cwd,
      ...text('reason', params.reason),
      schema: params.permissions,
      decisions: ['accept', 'acceptForSession', 'decline'],
    },
    reply: (answer) => permissionsReply(params.permissions, answer),
  }),
  'item/tool/requestUserInput': (params, context) => ({
    kind: 'ask',
    turn: params.turnId,
    ref: refOf(params, context),
    ask: {
      kind: 'userInput',
      title: params.questions[0]?.question ?? 'The agent asks something',
      item: params.itemId,
      questions: params.questions.map(({ id, header, question, options, isSecret }) => ({
        id,
        question,
        ...(header === '' ? {} : { header }),
        ...(options === null ? {} : { options: options.map(({ label, description }) => ({ label, description })) }),
        ...(isSecret ? { secret: true } : {}),
      })),
      decisions: ['accept', 'decline'],
    },
    reply: (answer) => userInputReply(params.questions, answer),
  }),
  'mcpServer/elicitation/request': elicitation,
  // Tools of the host are not offered to Codex, so a call can only come from another client's registration.
  'item/tool/call': ({ tool }) => ({
    kind: 'reply',
    result: { success: false, contentItems: [{ type: 'inputText', text: `the tool ${tool} is not available here` }] },
  }),
  'account/chatgptAuthTokens/refresh': () => refuse('this host holds no ChatGPT tokens; log in with `codex login`'),
  'attestation/generate': () => refuse('this host does not attest'),
  'currentTime/read': (_params, { now }) => ({ kind: 'reply', result: { currentTimeAt: Math.floor(now / 1000) } }),
  // The two of the old conversation API; nothing that we start uses them.
  applyPatchApproval: () => ({ kind: 'reply', result: { decision: { denied: { rejection: 'not asked through this API' } } } }),
  execCommandApproval: () => ({ kind: 'reply', result: { decision: { denied: { rejection: 'not asked through this API' } } } }),
};

/** What to do with one server request. Never throws: what is not understood is refused, which Codex takes as a no. */
export function verdictOf(method: string, params: unknown, context: AskContext): Verdict {
  if (!isKnown(method)) return { kind: 'refuse', code: METHOD_NOT_FOUND, message: `this client does not know ${method}` };
  try {
    return judge(method, params as Params<typeof method>, context);
  } catch {
    return refuse(`this client could not read the parameters of ${method}`);
  }
}

function judge<M extends RequestMethod>(method: M, params: Params<M>, context: AskContext): Verdict<Result<M>> {
  const judgeOf: Table[M] = TABLE[method];
  return judgeOf(params, context);
}

function isKnown(method: string): method is RequestMethod {
  return Object.hasOwn(TABLE, method);
}

function refuse(message: string): Verdict<never> {
  return { kind: 'refuse', code: REFUSED, message };
}

/** The same after a reconnect: Codex sends the question again with the same request id. The turn keeps it apart from later processes, which count from 0 again. */
function refOf(params: { readonly turnId: string; readonly itemId: string }, { requestId }: AskContext): AskRef {
  return `${params.turnId}/${params.itemId}#${requestId}`;
}

function elicitation(
  params: Params<'mcpServer/elicitation/request'>,
  { requestId }: AskContext,
): Verdict<Result<'mcpServer/elicitation/request'>> {
  if (params.mode === 'openai/userVerification') return { kind: 'reply', result: { action: 'cancel', content: null, _meta: null } };
  const forSession = persistsForSession(params._meta);
  const message = params.mode === 'url' ? `${params.message} ${params.url}` : params.message;
  return {
    kind: 'ask',
    turn: params.turnId,
    ref: `${params.turnId ?? params.threadId}/${params.serverName}#${requestId}`,
    ask: {
      kind: 'elicitation',
      title: message,
      reason: `asked by the MCP server ${params.serverName}`,
      ...(params.mode === 'url' ? {} : { schema: params.requestedSchema }),
      decisions: forSession ? ['accept', 'acceptForSession', 'decline', 'cancel'] : ['accept', 'decline', 'cancel'],
    },
    reply: elicitationReply,
  };
}

/** Approvals of MCP tools come as elicitations that say how long a yes may last. */
function persistsForSession(meta: unknown): boolean {
  if (typeof meta !== 'object' || meta === null || !('persist' in meta)) return false;
  const { persist } = meta;
  return persist === 'session' || (Array.isArray(persist) && persist.includes('session'));
}

function commandTitle(params: Codex.CommandExecutionRequestApprovalParams): string {
  const host = params.networkApprovalContext?.host;
  if (host !== undefined) return `Allow network access to ${host}?`;
  if (params.kind === 'writeStdin') return `Type into the running command ${params.command ?? ''}?`.replace(' ?', '?');
  return params.command == null ? 'Run a command?' : `Run ${params.command}?`;
}

function fileChangeTitle(changes: readonly FileChange[] | undefined): string {
  if (changes === undefined || changes.length === 0) return 'Change files?';
  const [first] = changes;
  return changes.length === 1 && first !== undefined ? `Change ${first.path}?` : `Change ${changes.length} files?`;
}

function text<K extends string>(key: K, value: string | null | undefined): Partial<Record<K, string>> {
  const field: Partial<Record<K, string>> = {};
  if (value !== null && value !== undefined) field[key] = value;
  return field;
}
