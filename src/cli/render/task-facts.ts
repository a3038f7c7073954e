/** A task as facts, each with a name; what there is nothing to say of is left out. Pure. */

import type { Task } from '../../contract/task.js';
import { statusOf } from './task-lines.js';
import { age, duration, tokens } from './words.js';

type Row = readonly [name: string, value: string];

export function taskFacts(task: Task, now: number): Row[] {
  const rows: readonly (readonly [string, string | undefined])[] = [
    ['task', task.id],
    ['status', statusOf(task)],
    ['error', task.error === undefined ? undefined : `${task.error.message} (${task.error.code})`],
    ['expired', expiryOf(task)],
    ['from → to', task.chain.join(' → ')],
    ['part of', task.parent],
    ['sent', `${task.createdAt} (${age(task.createdAt, now)})`],
    ['begin by', task.attempts === 0 ? timeOf(task.queueDeadline, now) : undefined],
    ['end by', timeOf(task.deadline, now)],
    ['works', worksOf(task)],
    ['attempts', attemptsOf(task)],
    ['session', sessionOf(task)],
    ['may', mayOf(task)],
    ['ended', task.endedAt === undefined ? undefined : `${task.endedAt}, after ${spanOf(task.createdAt, task.endedAt)}`],
    ['used', task.usage === undefined ? undefined : tokens(task.usage.totalTokens)],
    ['the chain', chainOf(task)],
  ];
  return rows.filter((row): row is Row => row[1] !== undefined);
}

function expiryOf({ expired }: Task): string | undefined {
  if (expired === undefined) return undefined;
  return expired === 'queue' ? 'it was not begun in time' : 'it was not done in time';
}

function worksOf({ leasedBy, to, leaseUntil, endedAt }: Task): string | undefined {
  if (leasedBy === undefined || endedAt !== undefined) return undefined;
  return `${leasedBy === 'hub' ? to : leasedBy}${leaseUntil === undefined ? '' : `, to be heard of by ${leaseUntil}`}`;
}

function attemptsOf({ attempts, attemptsLeft, endedAt }: Task): string | undefined {
  if (endedAt !== undefined) return attempts > 1 ? String(attempts) : undefined;
  return `${attempts}, and at most ${attemptsLeft} more`;
}

function sessionOf({ session, turn, sessionMode }: Task): string | undefined {
  const kind = sessionMode === 'pair' ? 'the standing one of sender and agent' : undefined;
  if (session === undefined) return kind;
  return `${session}${turn === undefined ? '' : `, ${turn}`}`;
}

function mayOf({ ceiling }: Task): string | undefined {
  if (ceiling === undefined) return undefined;
  const { profile, approvalPolicy } = ceiling.permissions;
  const words = [profile, approvalPolicy === undefined ? undefined : `asks ${approvalPolicy}`].filter((word) => word !== undefined);
  return [...words, `answers: ${ceiling.approvals.mode}`].join(', ');
}

function chainOf({ spent, budget }: Task): string | undefined {
  if (spent === undefined || (spent.tasks < 2 && budget === undefined)) return undefined;
  const most = [
    ...(budget?.tasks === undefined ? [] : [`${budget.tasks} tasks`]),
    ...(budget?.tokens === undefined ? [] : [tokens(budget.tokens)]),
  ];
  const limit = most.length === 0 ? '' : `, of at most ${most.join(' and ')}`;
  return `${spent.tasks} ${spent.tasks === 1 ? 'task' : 'tasks'}, ${tokens(spent.tokens)}${limit}`;
}

function timeOf(at: string | undefined, now: number): string | undefined {
  if (at === undefined) return undefined;
  const left = Date.parse(at) - now;
  return left > 0 ? `${at} (in ${duration(left)})` : at;
}

function spanOf(from: string, to: string): string {
  return duration(Math.max(0, Date.parse(to) - Date.parse(from)));
}
