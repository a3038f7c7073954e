/** Schedules and webhooks as facts for people, each with a name. Pure. */

import type { Schedule } from '../../contract/schedule.js';
import type { DeadLetter, Webhook } from '../../contract/webhook.js';
import { wantedOf } from './task-lines.js';
import { age, duration } from './words.js';

type Row = readonly [name: string, value: string];
type Wish = readonly [name: string, value: string | undefined];

/** `at 2026-…`, or `0 9 * * * (UTC)`. */
export function timingOf({ at, cron, timeZone }: Schedule): string {
  return cron === undefined ? `once, at ${at}` : `${cron} (${timeZone ?? 'UTC'})`;
}

/** `in 5 min`, `paused`, `over`. */
export function nextOf({ next, paused }: Schedule, now: number): string {
  if (paused) return 'paused';
  if (next === null) return 'over';
  const left = Date.parse(next) - now;
  if (left < 60_000) return left <= 0 ? 'now' : `in ${duration(left)}`;
  return `in ${age(new Date(now - left).toISOString(), now)}`;
}

export function scheduleFacts(schedule: Schedule, now: number): Row[] {
  const { last, task, next } = schedule;
  const { to, input, ...how } = task;
  return given([
    ['schedule', schedule.id],
    ['when', timingOf(schedule)],
    ['next', next === null ? nextOf(schedule, now) : `${next} (${nextOf(schedule, now)})`],
    ['missed', { skip: 'left out', once: 'one task for all', all: 'one task for each' }[schedule.missed]],
    ['to', to],
    ['how', Object.keys(how).length === 0 ? undefined : JSON.stringify(how)],
    ['sent', `${schedule.runs} ${schedule.runs === 1 ? 'task' : 'tasks'}`],
    ['last', last === undefined ? undefined : `${last.due}: ${last.error ?? last.task ?? 'nothing was sent'}`],
    ['made', `${schedule.createdAt} by ${schedule.by}`],
    ['input', wantedOf(input)],
  ]);
}

/** `ok`, `failing`, `stopped`. */
export function stateOf({ stopped, lastError }: Webhook): string {
  return stopped !== undefined ? 'stopped' : lastError === undefined ? 'ok' : 'failing';
}

export function webhookFacts(webhook: Webhook, now: number): Row[] {
  const { agents, lastDeliveredAt, lastError, stopped } = webhook;
  return given([
    ['webhook', webhook.id],
    ['url', webhook.url],
    ['events', webhook.events.join(', ')],
    ['agents', agents?.join(', ')],
    ['state', stateOf(webhook)],
    ['stopped', stopped === undefined ? undefined : `${stopped.reason} (${stopped.at})`],
    ['error', lastError === undefined ? undefined : `${lastError.message} (${lastError.at})`],
    ['delivered', lastDeliveredAt === undefined ? 'nothing yet' : `${lastDeliveredAt} (${age(lastDeliveredAt, now)})`],
    ['waiting', String(webhook.waiting)],
    ['dead', String(webhook.dead)],
    ['made', `${webhook.createdAt} by ${webhook.by}`],
  ]);
}

export function letterRow({ id, event, attempts, error, at }: DeadLetter, now: number): string[] {
  return [id, event.type, age(at, now), String(attempts), error];
}

function given(rows: readonly Wish[]): Row[] {
  return rows.filter((row): row is Row => row[1] !== undefined);
}
