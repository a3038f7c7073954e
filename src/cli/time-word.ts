/** A time in a flag's value: `17:30`, `+10m`, `2026-03-01 09:00`, or a full ISO time. Without a zone it is meant where the person is. */

import { SpoolError } from '../base/errors.js';

const UNITS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** The time as ISO text in UTC. Throws `invalid-input` for what is none. */
export function timeIn(flag: string, word: string, now: number): string {
  const [, count, unit = ''] = /^\+(\d+)\s*([smhd])$/.exec(word) ?? [];
  if (count !== undefined) return new Date(now + Number(count) * (UNITS[unit] ?? 0)).toISOString();
  const [, hours, minutes] = /^(\d{1,2}):(\d{2})$/.exec(word) ?? [];
  if (hours !== undefined && Number(hours) < 24 && Number(minutes) < 60) return nextAt(Number(hours), Number(minutes), now);
  // A date alone would be midnight in UTC, which nobody means who types it.
  const time = /^\d{4}-\d\d-\d\d[T ]\d\d:\d\d/.test(word) ? Date.parse(word.replace(' ', 'T')) : Number.NaN;
  if (!Number.isNaN(time)) return new Date(time).toISOString();
  throw new SpoolError('invalid-input', `${flag} wants a time, and got ${JSON.stringify(word)}`, {
    hint: `write it as 17:30, +10m, "2026-03-01 09:00" or 2026-03-01T09:00:00+01:00`,
  });
}

/** The next time that clocks here show this. */
function nextAt(hours: number, minutes: number, now: number): string {
  const day = new Date(now);
  day.setHours(hours, minutes, 0, 0);
  if (day.getTime() <= now) day.setDate(day.getDate() + 1);
  return day.toISOString();
}
