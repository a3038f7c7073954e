/**
 * What Codex asks: every server request is a question for a person, or is answered at once, or is refused. Nothing is ever left
 * hanging, since Codex waits without a limit. The table is complete by type: a new request does not compile.
 */

import type { ApprovalAnswer, Ask } from '../../contract/approval.js';
import type { FileChange } from '../../contract/item.js';
import type { AskRef } from '../../ports/agent.js';
import type { ServerRequests } from '../generated/methods.js';
import { permissionsReply, toolReply, userInputReply } from './answers.js';
import { commandAsk, commandReply } from './command-question.js';
import { elicitationAsk, elicitationReply, type FindCall } from './elicitation.js';
import { text } from './unknown.js';

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
  /** The item of a tool call that was started before; the question about it does not name it. */
  readonly mcpCall: FindCall;
  /** Whether the thread was started with a tool of this name that we run. */
  hasTool(name: string): boolean;
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
    ask: commandAsk(params),
    reply: (answer) => commandReply(params, answer),
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
        ...(params.grantRoot == null
          ? {}
          : {
              permissions: { grantRoot: params.grantRoot },
              effect: `A yes may also let the agent write anywhere below ${params.grantRoot} for the rest of the conversation.`,
            }),
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
      permissions: params.permissions,
      effect: 'A yes gives this to every command until the turn ends, acceptForSession until the conversation ends.',
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
  'item/tool/call': toolCall,
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
  { requestId, mcpCall }: AskContext,
): Verdict<Result<'mcpServer/elicitation/request'>> {
  if (params.mode === 'openai/userVerification') return { kind: 'reply', result: { action: 'cancel', content: null, _meta: null } };
  return {
    kind: 'ask',
    turn: params.turnId,
    ref: `${params.turnId ?? params.threadId}/${params.serverName}#${requestId}`,
    ask: elicitationAsk(params, mcpCall),
    reply: (answer) => elicitationReply(params, answer),
  };
}

/** A tool that we do not run was registered by another client of the thread, or is a mistake of the model: it need not wait to hear so. */
function toolCall(params: Params<'item/tool/call'>, context: AskContext): Verdict<Result<'item/tool/call'>> {
  const { turnId, callId, namespace, tool } = params;
  if (namespace != null || !context.hasTool(tool)) {
    const name = namespace == null ? tool : `${namespace}.${tool}`;
    return {
      kind: 'reply',
      result: { success: false, contentItems: [{ type: 'inputText', text: `the tool ${name} is not available here` }] },
    };
  }
  return {
    kind: 'ask',
    turn: turnId,
    ref: refOf({ turnId, itemId: callId }, context),
    ask: {
      kind: 'dynamicTool',
      title: `The agent calls the tool ${tool}`,
      item: callId,
      tool,
      arguments: params.arguments,
      decisions: ['accept', 'decline'],
    },
    reply: (answer) => toolReply(tool, answer),
  };
}

function fileChangeTitle(changes: readonly FileChange[] | undefined): string {
  if (changes === undefined || changes.length === 0) return 'Change files?';
  const [first] = changes;
  return changes.length === 1 && first !== undefined ? `Change ${first.path}?` : `Change ${changes.length} files?`;
}
