/** Answers of people in the shapes that Codex wants. A yes without a usable value is never turned into one that grants more than was asked. */

import { answersOf, toolResultOf } from '../../contract/answer-value.js';
import type { ApprovalAnswer } from '../../contract/approval.js';
import type * as Codex from '../generated/protocol.js';

/** A yes grants what was asked for, or what of it the value names, for the turn or for the session; a no grants nothing. */
export function permissionsReply(
  asked: Codex.RequestPermissionProfile,
  { decision, value }: ApprovalAnswer,
): Codex.PermissionsRequestApprovalResponse {
  if (!isYes(decision)) return { permissions: {}, scope: 'turn' };
  const wanted = value === undefined ? asked : (value as Partial<Codex.RequestPermissionProfile>);
  const network = asked.network !== null && wanted.network?.enabled === asked.network.enabled ? { network: asked.network } : {};
  const files = asked.fileSystem === null || wanted.fileSystem == null ? {} : chosen(asked.fileSystem, wanted.fileSystem);
  return {
    permissions: { ...network, ...files },
    scope: decision === 'acceptForSession' ? 'session' : 'turn',
  };
}

type FileSystem = Codex.AdditionalFileSystemPermissions;
type Entry = NonNullable<FileSystem['entries']>[number];

/**
 * Taken from what was asked, so that it cannot be more. Codex names paths twice, in the old lists and as entries; a choice may be made in
 * either, and is given in both. Entries that deny, and the limit of a search, hold something back and always stay.
 */
function chosen(asked: FileSystem, wanted: Partial<FileSystem>): { fileSystem?: FileSystem } {
  const read = asked.read?.filter((path) => names(wanted, 'read', path)) ?? null;
  const write = asked.write?.filter((path) => names(wanted, 'write', path)) ?? null;
  const entries = asked.entries?.filter((entry) => entry.access === 'deny' || includes(wanted, entry));
  const grants = [...(read ?? []), ...(write ?? []), ...(entries ?? []).filter(({ access }) => access !== 'deny')];
  return grants.length === 0 ? {} : { fileSystem: { ...asked, read, write, ...(entries === undefined ? {} : { entries }) } };
}

function names(wanted: Partial<FileSystem>, access: 'read' | 'write', path: string): boolean {
  return wanted[access]?.includes(path) === true || wanted.entries?.some((entry) => isPath(entry, access, path)) === true;
}

function includes(wanted: Partial<FileSystem>, entry: Entry): boolean {
  const { access, path } = entry;
  if (wanted.entries?.some((one) => one.access === access && JSON.stringify(one.path) === JSON.stringify(path)) === true) return true;
  return path.type === 'path' && access !== 'deny' && wanted[access]?.includes(path.path) === true;
}

function isPath({ access, path }: Entry, wanted: 'read' | 'write', name: string): boolean {
  return access === wanted && path.type === 'path' && path.path === name;
}

/** A no gives no answers, which the model reads as "not answered". */
export function userInputReply(
  questions: readonly { readonly id: string }[],
  { decision, value }: ApprovalAnswer,
): Codex.ToolRequestUserInputResponse {
  if (!isYes(decision)) return { answers: {} };
  const given = Object.entries(answersOf(questions, value).answers);
  return { answers: Object.fromEntries(given.map(([id, texts]) => [id, { answers: [...texts] }])) };
}

/** What the tool gave back; a no tells the model that nobody ran it, in the words of whoever said no if there are any. */
export function toolReply(tool: string, { decision, value }: ApprovalAnswer): Codex.DynamicToolCallResponse {
  const result = toolResultOf(value);
  if (isYes(decision) && result !== undefined) return { success: result.success ?? true, contentItems: result.contentItems };
  const said = typeof value === 'string' && value !== '' ? `: ${value}` : '';
  return { success: false, contentItems: [{ type: 'inputText', text: `the call of ${tool} was declined${said}` }] };
}

function isYes(decision: ApprovalAnswer['decision']): boolean {
  return decision === 'accept' || decision === 'acceptForSession';
}
