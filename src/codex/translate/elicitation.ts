/** What MCP servers ask through Codex, and what Codex itself asks about their tools in the same form. */

import type { Amendment, ApprovalAnswer, Ask } from '../../contract/approval.js';
import type * as Codex from '../generated/protocol.js';
import { stringField, text } from './unknown.js';

type Params = Exclude<Codex.McpServerElicitationRequestParams, { mode: 'openai/userVerification' }>;
type Reply = Codex.McpServerElicitationRequestResponse;

/** The item of a running tool call, by what is known of it; undefined when it cannot be told apart. */
export type FindCall = (server: string, tool: string | undefined, args: unknown) => string | undefined;

export function elicitationAsk(params: Params, call: FindCall): Ask {
  const approval = toolApprovalOf(params);
  if (approval !== undefined) return toolAsk(params, approval, call);
  const asked = {
    kind: 'elicitation',
    title: params.message,
    server: params.serverName,
    reason: `asked by the MCP server ${params.serverName}`,
  } as const;
  const decisions: Ask['decisions'] = ['accept', 'decline', 'cancel'];
  if (params.mode !== 'url') return { ...asked, schema: params.requestedSchema, decisions };
  const effect = 'A yes tells the server that the page is being opened; nothing here opens it.';
  return { ...asked, url: params.url, effect, decisions };
}

export function elicitationReply(params: Params, { decision, value, amendment }: ApprovalAnswer): Reply {
  if (decision === 'decline' || decision === 'cancel') return { action: decision, content: null, _meta: null };
  const approval = toolApprovalOf(params);
  if (approval === undefined) return { action: 'accept', content: contentOf(params, value), _meta: null };
  const wanted = decision === 'acceptForSession' ? 'session' : amendment === ALWAYS ? 'always' : undefined;
  const persist = wanted !== undefined && approval.persist.includes(wanted) ? { persist: wanted } : null;
  return { action: 'accept', content: null, _meta: persist };
}

/** A form is answered with an object; without a value everything in it was left out. */
function contentOf({ mode }: Params, value: unknown): Reply['content'] {
  return mode === 'url' ? null : ((value ?? {}) as Reply['content']);
}

/** A question of Codex whether a tool of the server may run. */
interface ToolApproval {
  readonly tool: string | undefined;
  readonly description: string | undefined;
  readonly arguments: unknown;
  /** How long a yes may last. */
  readonly persist: readonly unknown[];
}

function toolApprovalOf({ _meta, message }: Params): ToolApproval | undefined {
  if (stringField(_meta, 'codex_approval_kind') !== 'mcp_tool_call') return undefined;
  const persist = field(_meta, 'persist');
  return {
    // Before 0.169 the tool is named in the message only.
    tool: stringField(_meta, 'tool_name') ?? /\btool "(.+)"\?$/.exec(message)?.[1],
    description: stringField(_meta, 'tool_description'),
    arguments: field(_meta, 'tool_params'),
    persist: Array.isArray(persist) ? persist : [persist],
  };
}

const ALWAYS = 'tool';

function toolAsk({ serverName, message }: Params, approval: ToolApproval, call: FindCall): Ask {
  const { tool, description, persist } = approval;
  const item = call(serverName, tool, approval.arguments);
  const amendments = persist.includes('always') && tool !== undefined ? [amendmentOf(serverName, tool)] : [];
  return {
    kind: 'elicitation',
    title: tool === undefined ? message : `Run tool ${tool} of MCP server ${serverName}?`,
    ...(item === undefined ? {} : { item }),
    ...text('reason', description),
    server: serverName,
    ...text('tool', tool),
    ...(approval.arguments === undefined ? {} : { arguments: approval.arguments }),
    ...(amendments.length === 0 ? {} : { amendments }),
    effect: "The tool runs in the MCP server's own process, which is outside of the sandbox.",
    decisions: persist.includes('session') ? ['accept', 'acceptForSession', 'decline', 'cancel'] : ['accept', 'decline', 'cancel'],
  };
}

function amendmentOf(server: string, tool: string): Amendment {
  const title = `From now on run tool ${tool} of MCP server ${server} without asking, in every session of this CODEX_HOME (written to its config.toml)`;
  return { id: ALWAYS, kind: 'tool', title, server, tool, action: 'allow', permanent: true };
}

function field(of: unknown, name: string): unknown {
  return typeof of === 'object' && of !== null && Object.hasOwn(of, name) ? Reflect.get(of, name) : undefined;
}
