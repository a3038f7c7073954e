/**
 * Who answers a question: the first rule that fits, else the mode, else a person. Pure, so that every policy can be tried without a
 * process.
 */

import type { Approval, Decision } from '../contract/approval.js';
import { type ApprovalPolicy, type ApprovalRule, UNATTENDED_SECONDS } from '../contract/approval-policy.js';
import { fits, takesBareYes } from './policy-fit.js';

/** `decision` absent: a person is asked, for `seconds` at most when given. `why` is one line for people. */
export interface Ruling {
  readonly decision?: Decision;
  readonly why: string;
  readonly seconds?: number;
}

/** `cwd` is the folder of the session. */
export function decidePolicy(policy: ApprovalPolicy, approval: Approval, cwd: string): Ruling {
  const rules = policy.rules ?? [];
  const at = rules.findIndex((rule) => fits(rule, approval, cwd));
  const rule = rules[at];
  return rule === undefined ? byMode(policy, approval) : byRule(policy, rule, at + 1, approval);
}

/** The no that may be answered: where the question itself cannot be declined, what asks it is stopped. */
export function refusalOf(decisions: readonly Decision[]): Decision {
  return decisions.includes('decline') ? 'decline' : 'cancel';
}

function byRule(policy: ApprovalPolicy, rule: ApprovalRule, number: number, { decisions }: Approval): Ruling {
  const named = `rule ${number} (${conditionsOf(rule)})`;
  switch (rule.decision) {
    case 'ask':
      return { ...asked(policy), why: `${named} leaves it to a person` };
    case 'decline':
      return { decision: refusalOf(decisions), why: `${named} declines` };
    case 'accept':
    case 'acceptForSession':
      return { decision: consentOf(rule.decision, decisions), why: `${named} accepts` };
  }
}

function byMode(policy: ApprovalPolicy, approval: Approval): Ruling {
  const ruled = policy.rules !== undefined && policy.rules.length > 0;
  const none = ruled ? 'no rule fits, and ' : '';
  switch (policy.mode) {
    case 'ask':
      return { ...asked(policy), why: `${none}the mode "ask" leaves it to a person` };
    case 'deny':
      return { decision: refusalOf(approval.decisions), why: `${none}the mode "deny" declines` };
    case 'auto':
      if (ruled) return { ...asked(policy), why: 'no rule fits, and the mode "auto" leaves it to a person' };
      if (!takesBareYes(approval)) return { ...asked(policy), why: 'it takes more than a yes, so the mode "auto" leaves it to a person' };
      return { decision: consentOf('accept', approval.decisions), why: 'the mode "auto" without rules accepts' };
  }
}

/** Only where a person is expected may a question wait for ever. */
function asked({ mode, deadlineSeconds }: ApprovalPolicy): { seconds?: number } {
  const seconds = deadlineSeconds ?? (mode === 'ask' ? undefined : UNATTENDED_SECONDS);
  return seconds === undefined ? {} : { seconds };
}

/** Never a yes for longer than was meant. */
function consentOf(wanted: 'accept' | 'acceptForSession', decisions: readonly Decision[]): Decision {
  return decisions.includes(wanted) ? wanted : 'accept';
}

function conditionsOf({ decision: _, ...conditions }: ApprovalRule): string {
  const given = Object.entries(conditions).filter(([, value]) => value !== undefined);
  if (given.length === 0) return 'every question';
  return given.map(([name, value]) => (value === true ? name : `${name} ${JSON.stringify(value)}`)).join(', ');
}
