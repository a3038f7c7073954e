/**
 * What an agent asks, put to the person at the editor. Whoever answers first is heard: a question that was answered elsewhere is taken
 * back from the editor.
 */

import {
  type AgentContext,
  type CreateElicitationRequest,
  type ElicitationPropertySchema,
  methods,
  type PermissionOption,
  type RequestPermissionRequest,
  type SendRequestOptions,
} from '@agentclientprotocol/sdk';
import { SpoolError } from '../../base/errors.js';
import type { Client } from '../../client/connect.js';
import type { AnswerApproval, Approval, Decision } from '../../contract/approval.js';
import { changesShown } from './change-content.js';
import { callOf, changeTitle } from './turn-updates.js';

export interface Asking {
  readonly client: Client;
  readonly editor: AgentContext;
  /** What the editor calls the conversation. */
  readonly sessionId: string;
  /** Whether the editor shows forms. */
  readonly forms: boolean;
}

/** What an editor can be offered. To put a question away is what it does when the turn is cancelled. */
const OPTIONS: Readonly<Partial<Record<Decision, PermissionOption>>> = {
  accept: { optionId: 'accept', kind: 'allow_once', name: 'Allow' },
  acceptForSession: { optionId: 'acceptForSession', kind: 'allow_always', name: 'Allow for this session' },
  decline: { optionId: 'decline', kind: 'reject_once', name: 'Deny' },
};

/** False when the editor has no way to show this question: then it waits for an answer from elsewhere. */
export function canShow({ kind, schema, questions }: Approval, forms: boolean): boolean {
  if (kind === 'command' || kind === 'fileChange' || kind === 'permissions') return true;
  if (kind === 'elicitation' && schema === undefined) return true;
  return forms && (kind === 'elicitation' || (kind === 'userInput' && questions !== undefined));
}

/** Asks, and gives the answer to the host. `closed` is aborted when the question needs no answer any more. */
export async function askEditor(approval: Approval, asking: Asking, closed: AbortSignal): Promise<void> {
  const options = { cancellationSignal: closed, stopWaitingOnCancel: true };
  const isForm = approval.kind === 'userInput' || (approval.kind === 'elicitation' && approval.schema !== undefined);
  const given = isForm ? await formAnswer(approval, asking, options) : await choice(approval, asking, options);
  if (given === undefined || closed.aborted) return;
  try {
    await asking.client.approvals.answer(approval.id, given);
  } catch (error) {
    // Somebody else was a moment earlier, or the turn has ended.
    if (SpoolError.from(error).code !== 'conflict') throw error;
  }
}

async function choice(approval: Approval, { editor, sessionId }: Asking, how: SendRequestOptions): Promise<AnswerApproval | undefined> {
  const { item, id, title, decisions, reason } = approval;
  const options = decisions.flatMap((decision) => OPTIONS[decision] ?? []);
  const told = reason === undefined ? title : `${title} (${reason})`;
  const toolCall = { toolCallId: item ?? id, ...subjectOf(approval), title: told };
  const request: RequestPermissionRequest = { sessionId, toolCall, options };
  const { outcome } = await editor.request(methods.client.session.requestPermission, request, how);
  if (outcome.outcome === 'cancelled') return undefined;
  const decision = decisions.find((one) => one === outcome.optionId);
  return decision === undefined ? undefined : { decision };
}

function subjectOf({ kind, id, command, cwd, changes = [], tool, server, arguments: input }: Approval): Partial<ReturnType<typeof callOf>> {
  if (kind === 'command' && command !== undefined) {
    return callOf({ id, kind: 'command', command, status: 'inProgress', ...(cwd === undefined ? {} : { cwd }) });
  }
  if (kind === 'fileChange') return { title: changeTitle(changes), kind: 'edit', ...changesShown(changes) };
  return tool === undefined
    ? { kind: 'other' }
    : callOf({ id, kind: 'toolCall', tool, status: 'inProgress', arguments: input, ...(server === undefined ? {} : { server }) });
}

async function formAnswer(approval: Approval, { editor, sessionId }: Asking, how: SendRequestOptions): Promise<AnswerApproval | undefined> {
  const request = { mode: 'form', sessionId, message: approval.title, requestedSchema: schemaOf(approval) } as CreateElicitationRequest;
  const reply = await editor.request(methods.client.elicitation.create, request, how);
  if (reply.action !== 'accept') return approval.decisions.includes('decline') ? { decision: 'decline' } : undefined;
  return { decision: 'accept', value: 'content' in reply ? reply.content : {} };
}

function schemaOf({ schema, questions = [] }: Approval): unknown {
  if (schema !== undefined) return schema;
  const fields = questions.map(({ id, header, question, options }): [string, ElicitationPropertySchema] => [
    id,
    {
      ...{ type: 'string', description: question },
      ...(header === undefined ? {} : { title: header }),
      ...(options === undefined ? {} : { enum: options.map(({ label }) => label) }),
    },
  ]);
  return { type: 'object', properties: Object.fromEntries(fields), required: questions.map(({ id }) => id) };
}
