/**
 * Whether a rule fits a question. Where it cannot be told, the answer falls on the safe side: a rule that accepts does not fit, one that
 * declines or asks does.
 */

import type { Approval } from '../contract/approval.js';
import type { ApprovalRule } from '../contract/approval-policy.js';
import { maybeBegins, surelyBegins, wordsOf } from './command-prefix.js';
import { isInside, isPrivateInside } from './paths.js';
import { isReadOnly } from './read-only-commands.js';

/** Every condition that is given holds. `cwd` is the session's folder. */
export function fits(rule: ApprovalRule, approval: Approval, cwd: string): boolean {
  const accepts = rule.decision === 'accept' || rule.decision === 'acceptForSession';
  if (accepts && (!takesBareYes(approval) || goesBeyond(rule, approval))) return false;
  return (
    (rule.kind === undefined || rule.kind === approval.kind) &&
    (rule.command === undefined || begins(rule.command, approval, accepts)) &&
    (rule.readOnly === undefined || readsOnly(approval, cwd)) &&
    (rule.inside === undefined || liesInside(rule.inside, approval, cwd, accepts)) &&
    (rule.network === undefined || isNetwork(rule.network, approval)) &&
    (rule.server === undefined || rule.server === approval.server) &&
    (rule.tool === undefined || rule.tool === approval.tool)
  );
}

/** Whether a yes alone is an answer. Nothing is made up in place of what a person would write or do. */
export function takesBareYes({ kind, decisions, url, schema, tool }: Approval): boolean {
  if (!decisions.includes('accept') || kind === 'userInput' || kind === 'dynamicTool') return false;
  if (kind !== 'elicitation') return true;
  if (url !== undefined) return false;
  if (typeof schema !== 'object' || schema === null) return schema === undefined && tool !== undefined;
  if (!('required' in schema)) return true;
  return Array.isArray(schema.required) && schema.required.length === 0;
}

/** What a command or a change does says nothing of the network, the permissions or the tool that are asked for beside it. */
function goesBeyond({ command, readOnly, inside, network, tool }: ApprovalRule, approval: Approval): boolean {
  if (command === undefined && readOnly === undefined && inside === undefined) return false;
  if (approval.permissions !== undefined) return true;
  return (approval.network !== undefined && network === undefined) || (approval.tool !== undefined && tool === undefined);
}

function begins(prefix: string, { command }: Approval, accepts: boolean): boolean {
  if (command === undefined) return false;
  return accepts ? surelyBegins(command, wordsOf(prefix)) : maybeBegins(command, wordsOf(prefix));
}

function readsOnly({ command, cwd }: Approval, session: string): boolean {
  return command !== undefined && isReadOnly(command, { cwd, session });
}

function liesInside(inside: string, approval: Approval, cwd: string, accepts: boolean): boolean {
  const folder = inside === 'cwd' ? cwd : inside;
  switch (approval.kind) {
    case 'command':
      return approval.cwd === undefined ? !accepts : isInside(approval.cwd, folder, cwd);
    case 'fileChange': {
      const paths = (approval.changes ?? []).flatMap(({ path, movedTo }) => (movedTo === undefined ? [path] : [path, movedTo]));
      if (paths.length === 0) return !accepts;
      if (!accepts) return paths.some((path) => isInside(path, folder, cwd));
      return paths.every((path) => isInside(path, folder, cwd) && !isPrivateInside(path, folder, cwd));
    }
    default:
      return false;
  }
}

function isNetwork(wanted: true | string, { network }: Approval): boolean {
  if (network === undefined) return false;
  return wanted === true || hostName(wanted) === hostName(network.host);
}

function hostName(host: string): string {
  return host.toLowerCase().replace(/\.$/, '');
}
