/** Time zones: whether there is one of that name, and which one was probably meant. */

import { SpoolError } from '../../base/errors.js';
import { nearest } from '../../base/nearest.js';

/** Throws `invalid-input`, naming zones whose names are like it. */
export function assertZone(name: string): void {
  if (isZone(name)) return;
  const near = zonesLike(name);
  const meant = near.length === 0 ? '' : `did you mean ${near.join(' or ')}? `;
  throw new SpoolError('invalid-input', `timeZone: there is no time zone ${name}`, {
    hint: `${meant}Zones have IANA names, as Europe/Berlin or UTC`,
    ...(near.length === 0 ? {} : { details: { near } }),
  });
}

function isZone(name: string): boolean {
  // A shift as +02:00 is a zone for newer versions of Node only, and none that knows of summer time.
  if (!/^[A-Za-z]/.test(name)) return false;
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }) !== undefined;
  } catch {
    // Not known, which is what was asked.
    return false;
  }
}

/** By the whole name, or by the place alone. */
function zonesLike(name: string): string[] {
  const known = ['UTC', ...Intl.supportedValuesOf('timeZone')];
  const words = new Map<string, string>();
  for (const zone of known) {
    words.set(placeOf(zone), zone);
    words.set(zone.toLowerCase(), zone);
  }
  const asked = name.toLowerCase().replaceAll(' ', '_');
  const found = [asked, placeOf(asked)].flatMap((word) => words.get(nearest(word, [...words.keys()]) ?? '') ?? []);
  return [...new Set(found)];
}

function placeOf(zone: string): string {
  return zone.toLowerCase().split('/').at(-1) ?? '';
}
