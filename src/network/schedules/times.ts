/**
 * When a schedule's times are. Croner computes them and nothing else: it is given a time and says the next one, and no clock of its own
 * ever runs.
 *
 * When clocks are put forward or back, an expression that names its hours, minutes and seconds (`30 2 * * *`, `0 9,17 * * *`) means times of
 * the day: one that does not exist comes as soon as the clock has been put forward, one that exists twice comes the first time only. Any
 * other (with `*` or a step in one of these fields) means a rhythm: it comes at every time that fits and that there is, twice if need be.
 */

import { Cron } from 'croner';
import { messageOf, SpoolError } from '../../base/errors.js';
import type { CreateSchedule } from '../../contract/schedule.js';
import { MOST_TOLD, type Passed } from '../../domain/schedules/decide.js';
import { assertZone } from './zones.js';

export interface Times {
  /** The first time behind this one; null when there is none any more. All times are ISO texts in UTC. */
  next(after: string): string | null;
  /** Those behind `after` up to and including `until`. */
  passed(after: string, until: string): Passed | undefined;
}

export type Timing = Pick<CreateSchedule, 'at' | 'cron' | 'timeZone'>;

/** What an expression without a time zone is read in. */
export const DEFAULT_ZONE = 'UTC';

/** More are not counted: after a month without a host, a schedule that comes every second has had millions. */
const MOST_COUNTED = 1000;

/** Throws `invalid-input` for what is no schedule. Whether its times lie ahead is for `next` to say. */
export function timesOf({ at, cron, timeZone }: Timing): Times {
  if (at !== undefined && cron === undefined) return once(at, timeZone);
  if (cron !== undefined && at === undefined) return again(cron, timeZone ?? DEFAULT_ZONE);
  const found = at === undefined ? 'neither "at" nor "cron"' : 'both "at" and "cron"';
  throw new SpoolError('invalid-input', `found ${found}, wanted one of them`, {
    hint: '"at" sends one task at a time, "cron" sends one again and again',
  });
}

function once(at: string, timeZone: string | undefined): Times {
  const time = Date.parse(at);
  if (Number.isNaN(time)) {
    throw new SpoolError('invalid-input', `at: ${at} is no time`, {
      hint: 'write it as 2026-03-01T09:00:00Z or 2026-03-01T09:00:00+01:00',
    });
  }
  if (timeZone !== undefined) {
    throw new SpoolError('invalid-input', `timeZone: "at" says itself how far it is from UTC, so that ${timeZone} would mean nothing`, {
      hint: 'leave timeZone away; it belongs to "cron"',
    });
  }
  const due = new Date(time).toISOString();
  const next = (after: string): string | null => (due > after ? due : null);
  return { next, passed: passedBy(next, () => [due]) };
}

function again(expression: string, timeZone: string): Times {
  assertZone(timeZone);
  const cron = cronOf(expression, timeZone);
  const next = (after: string): string | null => cron.nextRun(new Date(after))?.toISOString() ?? null;
  // Croner looks for what lies before a time; one that is due at that very moment counts here.
  const newestUpTo = (until: string): string[] =>
    cron
      .previousRuns(MOST_TOLD, new Date(Date.parse(until) + 1))
      .map((date) => date.toISOString())
      .reverse();
  return { next, passed: passedBy(next, newestUpTo) };
}

const FIELDS = 'five fields (minute, hour, day of the month, month, day of the week), with a sixth in front for seconds';

function cronOf(expression: string, timezone: string): Cron {
  const hint = `an expression has ${FIELDS}: "0 9 * * MON-FRI" is nine o'clock from Monday to Friday`;
  const fields = expression.trim().split(/\s+/);
  const named = expression.trim().startsWith('@');
  if (!named && fields.length !== 5 && fields.length !== 6) {
    const found = fields.length === 1 ? 'one field' : `${fields.length} fields`;
    throw new SpoolError('invalid-input', `cron: ${JSON.stringify(expression)} has ${found}, wanted five or six`, { hint });
  }
  try {
    return new Cron(expression, { timezone, paused: true, mode: '5-or-6-parts', fixedTimeRule: 'no-wildcard' });
  } catch (error) {
    throw new SpoolError('invalid-input', `cron: ${JSON.stringify(expression)} cannot be read: ${reasonOf(error)}`, { hint });
  }
}

/** Croner puts the name of its class in front, and counts days and months from 0 when it tells which one was wrong. */
function reasonOf(error: unknown): string {
  const why = messageOf(error).replace(/^\w+: /, '');
  return why.replace(/^Invalid value for (\w+): .*$/, 'there is no such $1');
}

function collect(next: (after: string) => string | null, after: string, until: string, most: number): string[] {
  const found: string[] = [];
  for (let due = next(after); due !== null && due <= until && found.length < most; due = next(due)) found.push(due);
  return found;
}

/** All times of a schedule in a span, the newest ones also where there are too many to go through them all. */
function passedBy(next: Times['next'], newestUpTo: (until: string) => string[]): Times['passed'] {
  return (after, until) => {
    const counted = collect(next, after, until, MOST_COUNTED + 1);
    const [first] = counted;
    if (first === undefined) return undefined;
    const more = counted.length > MOST_COUNTED;
    const newest = more ? newestUpTo(until) : counted.slice(-MOST_TOLD);
    return { count: Math.min(counted.length, MOST_COUNTED), more, first, newest };
  };
}
