/** What an agent asks before it goes on: whether it may do something, or a form to be filled in. */

import type {
  CreateElicitationRequest,
  CreateElicitationResponse,
  PermissionOption,
  PermissionOptionKind,
  RequestPermissionResponse,
} from '@agentclientprotocol/sdk';
import type { ApprovalAnswer, Ask, Decision } from '../contract/approval.js';
import { fieldsOf, shortened, textIn } from './foreign.js';
import type { ToolCall } from './tool-calls.js';

/** The ways to say yes and no that an agent may offer, in the order in which we take them. */
const WAYS: Readonly<Record<'accept' | 'acceptForSession' | 'decline', readonly PermissionOptionKind[]>> = {
  accept: ['allow_once'],
  acceptForSession: ['allow_always'],
  // A no for good would be one that the person who answers has not said.
  decline: ['reject_once', 'reject_always'],
};

/** The most of what an agent says beside a question, in characters. */
const MOST_REASON = 4_000;

export const CANCELLED: RequestPermissionResponse = { outcome: { outcome: 'cancelled' } };

/** The question whether a tool call may go on. `reason` is what the agent says beside it. */
export function permissionAsk(call: ToolCall, options: readonly PermissionOption[], reason: string): Ask {
  const always = options.find(({ kind }) => kind === 'allow_always');
  const decisions: Decision[] = [
    ...(optionFor(options, 'accept') === undefined ? [] : (['accept'] as const)),
    ...(always === undefined ? [] : (['acceptForSession'] as const)),
    'decline',
    'cancel',
  ];
  const effect = `acceptForSession is what the agent calls ${JSON.stringify(always?.name)}; how long it remembers that is its own affair`;
  return {
    ...subjectOf(call),
    item: call.id,
    ...(reason === '' ? {} : { reason: shortened(reason, MOST_REASON) }),
    ...(always === undefined ? {} : { effect }),
    decisions,
  };
}

function subjectOf(call: ToolCall): Pick<Ask, 'kind' | 'title'> & Partial<Ask> {
  const { cwd } = call;
  switch (call.nature) {
    case 'command':
      return { kind: 'command', title: `Run: ${oneLine(call.command)}`, command: call.command, ...(cwd === undefined ? {} : { cwd }) };
    case 'fileChange':
      return { kind: 'fileChange', title: `Change files: ${oneLine(call.title)}`, changes: call.changes };
    case 'toolCall': {
      const wanted = call.arguments === undefined ? {} : { arguments: call.arguments };
      return { kind: 'permissions', title: oneLine(call.title), tool: call.tool, permissions: { tool: call.tool, ...wanted }, ...wanted };
    }
  }
}

function oneLine(text: string): string {
  const line = text.replaceAll(/\s+/g, ' ').trim();
  return line.length <= 200 ? line : `${line.slice(0, 199)}…`;
}

/** A no for which the agent has no words is told as a question that was put away. */
export function permissionReply(options: readonly PermissionOption[], { decision }: ApprovalAnswer): RequestPermissionResponse {
  const option = decision === 'cancel' ? undefined : optionFor(options, decision);
  return option === undefined ? CANCELLED : { outcome: { outcome: 'selected', optionId: option.optionId } };
}

function optionFor(options: readonly PermissionOption[], decision: keyof typeof WAYS): PermissionOption | undefined {
  return WAYS[decision].flatMap((way) => options.find(({ kind }) => kind === way) ?? [])[0];
}

/** A form, or a page to open. */
export function elicitationAsk(request: CreateElicitationRequest): Ask {
  const { message } = request;
  const schema = fieldsOf(request)['requestedSchema'];
  const url = textIn(request, 'url');
  return {
    kind: 'elicitation',
    title: oneLine(message),
    ...(schema === undefined ? {} : { schema }),
    ...(url === undefined ? {} : { url }),
    decisions: ['accept', 'decline', 'cancel'],
  };
}

type Content = NonNullable<Extract<CreateElicitationResponse, { action: 'accept' }>['content']>;

export function elicitationReply({ decision, value }: ApprovalAnswer): CreateElicitationResponse {
  if (decision === 'decline' || decision === 'cancel') return { action: decision };
  // It was held against the schema of the question before it came here.
  return { action: 'accept', ...(value === undefined ? {} : { content: fieldsOf(value) as Content }) };
}
