/** One question of an agent, answered by a person at the keyboard: with a key where that is enough, else with menus. */

import type { Amendment, Approval, ApprovalAnswer, Decision } from '../contract/approval.js';
import { askKey, type Key } from './answer-keys.js';
import { wantsWords } from './form-fields.js';
import { grantsOf } from './grants.js';
import type { Io } from './output.js';

/** Resolves to the answer; rejects with `cancelled` when `closed` is aborted, and after Ctrl-C. */
export async function askPerson(io: Io, approval: Approval, closed: AbortSignal): Promise<ApprovalAnswer> {
  return wantsWords(approval) ? await askWords(io, approval, closed) : await askYes(io, approval, closed);
}

/** The no that may be answered: where the question itself cannot be declined, what asks it is stopped. */
export function refusalOf({ decisions }: Approval): Decision {
  return decisions.includes('decline') || !decisions.includes('cancel') ? 'decline' : 'cancel';
}

async function askWords(io: Io, approval: Approval, closed: AbortSignal): Promise<ApprovalAnswer> {
  const given = await menuAnswer(io, approval, closed);
  if (given !== undefined) return given;
  const key = await askKey(
    io,
    [
      { key: 'b', means: 'back to the question' },
      { key: 'n', means: 'no answer' },
    ],
    closed,
  );
  return key === 'n' ? { decision: refusalOf(approval) } : await askWords(io, approval, closed);
}

/** Undefined when the person has left the menu. */
async function menuAnswer(io: Io, approval: Approval, closed: AbortSignal): Promise<ApprovalAnswer | undefined> {
  const { askQuestions } = await import('./questions.js');
  const { LeftMenu } = await import('./menus.js');
  try {
    return await askQuestions(io, approval, closed);
  } catch (error) {
    if (error instanceof LeftMenu) return undefined;
    throw error;
  }
}

async function askYes(io: Io, approval: Approval, closed: AbortSignal): Promise<ApprovalAnswer> {
  const amendments = new Map(amendmentKeys(approval.amendments ?? []));
  const key = await askKey(io, keysOf(approval, amendments), closed);
  const amendment = amendments.get(key);
  if (amendment !== undefined) return { decision: 'accept', amendment: amendment.id };
  if (key === 'y') return { decision: 'accept' };
  if (key === 's') return { decision: 'acceptForSession' };
  if (key === 'p') return (await menuAnswer(io, approval, closed)) ?? (await askYes(io, approval, closed));
  return { decision: refusalOf(approval) };
}

function keysOf(approval: Approval, amendments: ReadonlyMap<string, Amendment>): Key[] {
  const { kind, url, decisions, permissions } = approval;
  const many = kind === 'permissions' && grantsOf(permissions).length > 1;
  const rules = [...amendments].map(([key, { action, title }]) => ({
    key,
    means: `${action === 'allow' ? 'yes' : 'no'}, for good. ${title}`,
  }));
  return [
    { key: 'y', means: url === undefined ? (many ? 'yes, all of it' : 'yes') : 'done, go on' },
    { key: 'n', means: 'no' },
    ...(decisions.includes('acceptForSession') ? [{ key: 's', means: 'yes, for this session' }] : []),
    ...(many ? [{ key: 'p', means: 'a part of it' }] : []),
    ...rules,
  ];
}

/** A rule that is written for good is another key than a yes: `a` where there is one, else numbers. */
function amendmentKeys(amendments: readonly Amendment[]): [key: string, Amendment][] {
  if (amendments.length === 1) return amendments.map((one) => ['a', one]);
  return amendments.slice(0, 9).map((one, i) => [String(i + 1), one]);
}
