/** Sizes in flags, as people write them: `500`, `64k`, `1.5m`. */

import { SpoolError } from '../base/errors.js';

const UNITS: Readonly<Record<string, number>> = { '': 1, k: 1_000, m: 1_000_000 };

/** The size in a flag's value in bytes, or undefined when the flag was not given. */
export function byteSize(flag: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const [, number, unit = ''] = /^(\d+(?:\.\d+)?)([km]?)b?$/i.exec(text.trim()) ?? [];
  const factor = UNITS[unit.toLowerCase()];
  if (number !== undefined && factor !== undefined) return Math.round(Number(number) * factor);
  throw new SpoolError('invalid-input', `${flag} wants a size as 500, 64k or 1.5m, and got ${JSON.stringify(text)}`);
}
