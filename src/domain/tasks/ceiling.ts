/**
 * What a task may do: never more than whoever sent it. Where it cannot be told which of two rights is the lesser, it is the least that
 * there is, because a right that grows on its way is a hole and one that shrinks is seen and mended.
 */

import type { ApprovalPolicy, ApprovalRule } from '../../contract/approval-policy.js';
import type { Permissions } from '../../contract/session.js';
import type { TaskCeiling } from '../../contract/task.js';

/** From the least to the most. */
const PROFILES = [':read-only', ':workspace', ':danger-full-access'] as const;
/** From the one that lets the agent do the least without a word to the one that never asks. */
const POLICIES = ['untrusted', 'on-request', 'never'] as const;
const MODES = ['deny', 'ask', 'auto'] as const;

const LEAST = ':read-only';
const MOST = ':danger-full-access';

/** What both allow. */
export function meetPermissions(one: Permissions, other: Permissions): Permissions {
  const profile = meetProfiles(one.profile, other.profile);
  const approvalPolicy = lesser(POLICIES, one.approvalPolicy, other.approvalPolicy);
  return { ...(profile === undefined ? {} : { profile }), ...(approvalPolicy === undefined ? {} : { approvalPolicy }) };
}

/** One that is not named, and one that the runtime's own configuration describes, allow what nobody here can tell. */
function meetProfiles(one: string | undefined, other: string | undefined): string | undefined {
  if (one === other) return one;
  if (one === MOST) return other;
  if (other === MOST) return one;
  const known = isKnown(one) && isKnown(other);
  return known ? lesser(PROFILES, one, other) : LEAST;
}

function isKnown(profile: string | undefined): profile is (typeof PROFILES)[number] {
  return PROFILES.some((one) => one === profile);
}

function lesser<T extends string>(order: readonly T[], one: T | undefined, other: T | undefined): T | undefined {
  // Codex's own default asks on request: it is what an absent one means.
  if (one === undefined && other === undefined) return undefined;
  const [a, b] = [order.indexOf(one ?? order[1] ?? (other as T)), order.indexOf(other ?? order[1] ?? (one as T))];
  return order[Math.min(a, b)];
}

/** Accepts only what both accept, and declines or asks a person about whatever one of them does. */
export function meetPolicies(one: ApprovalPolicy, other: ApprovalPolicy): ApprovalPolicy {
  if (acceptsAll(one)) return other;
  if (acceptsAll(other)) return one;
  const mode = lesser(MODES, one.mode, other.mode) ?? 'ask';
  const both = new Set((other.rules ?? []).map(keyOf));
  const rules = [
    ...(one.rules ?? []).filter((rule) => !accepts(rule) || both.has(keyOf(rule))),
    ...(other.rules ?? []).filter((rule) => !accepts(rule)),
  ];
  const seconds = [one.deadlineSeconds, other.deadlineSeconds].filter((value) => value !== undefined);
  return {
    // "auto" with rules that are all gone would accept everything.
    mode: mode === 'auto' && rules.length === 0 ? 'ask' : mode,
    ...(rules.length === 0 ? {} : { rules: ordered(rules) }),
    ...(seconds.length === 0 ? {} : { deadlineSeconds: Math.min(...seconds) }),
  };
}

/** What restricts comes first, because the first rule that fits decides. */
function ordered(rules: readonly ApprovalRule[]): ApprovalRule[] {
  return [...rules.filter((rule) => !accepts(rule)), ...rules.filter(accepts)];
}

function acceptsAll({ mode, rules = [] }: ApprovalPolicy): boolean {
  return mode === 'auto' && rules.length === 0;
}

function accepts({ decision }: ApprovalRule): boolean {
  return decision === 'accept' || decision === 'acceptForSession';
}

function keyOf(rule: ApprovalRule): string {
  return JSON.stringify(Object.entries(rule).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** What both ceilings let through; null is none. */
export function meetCeilings(one: TaskCeiling | null, other: TaskCeiling | null): TaskCeiling | null {
  if (one === null) return other;
  if (other === null) return one;
  return {
    permissions: meetPermissions(one.permissions, other.permissions),
    approvals: meetPolicies(one.approvals, other.approvals),
  };
}

/** Whether whoever has `ceiling` may be given something that cannot be held to any permissions. */
export function isUnlimited(ceiling: TaskCeiling | null): boolean {
  return ceiling === null || (ceiling.permissions.profile === MOST && ceiling.permissions.approvalPolicy === 'never');
}
