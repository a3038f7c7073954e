/** Answers of people in the shapes that Codex wants. A yes without a usable value is never turned into one that grants more than was asked. */

import type { ApprovalAnswer } from '../../contract/approval.js';
import type * as Codex from '../generated/protocol.js';

/** A yes grants exactly what was asked for, for the turn or for the session; a no grants nothing. */
export function permissionsReply(
  asked: Codex.RequestPermissionProfile,
  { decision }: ApprovalAnswer,
): Codex.PermissionsRequestApprovalResponse {
  if (decision !== 'accept' && decision !== 'acceptForSession') return { permissions: {}, scope: 'turn' };
  const permissions = {
    ...(asked.network === null ? {} : { network: asked.network }),
    ...(asked.fileSystem === null ? {} : { fileSystem: asked.fileSystem }),
  };
  return { permissions, scope: decision === 'acceptForSession' ? 'session' : 'turn' };
}

/**
 * `value` may be the map question id -> answer or answers, the same under `answers`, or one text for the first question. A no gives
 * no answers, which the model reads as "not answered".
 */
export function userInputReply(
  questions: readonly { readonly id: string }[],
  { decision, value }: ApprovalAnswer,
): Codex.ToolRequestUserInputResponse {
  const answers: Record<string, { answers: string[] }> = {};
  if (decision !== 'accept' && decision !== 'acceptForSession') return { answers };
  const [first] = questions;
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    const texts = textsOf(value);
    if (first !== undefined && texts.length > 0) answers[first.id] = { answers: texts };
    return { answers };
  }
  const byId: unknown = 'answers' in value && !questions.some(({ id }) => id === 'answers') ? value.answers : value;
  if (typeof byId !== 'object' || byId === null) return { answers };
  for (const { id } of questions) {
    const given: unknown = Reflect.get(byId, id);
    const texts = textsOf(typeof given === 'object' && given !== null && 'answers' in given ? given.answers : given);
    if (texts.length > 0) answers[id] = { answers: texts };
  }
  return { answers };
}

function textsOf(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(textsOf);
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? [String(value)] : [];
}

/** The value of a yes goes to the MCP server as it is. */
export function elicitationReply({ decision, value }: ApprovalAnswer): Codex.McpServerElicitationRequestResponse {
  if (decision === 'decline' || decision === 'cancel') return { action: decision, content: null, _meta: null };
  const _meta = decision === 'acceptForSession' ? { persist: 'session' } : null;
  return { action: 'accept', content: (value ?? null) as Codex.McpServerElicitationRequestResponse['content'], _meta };
}
