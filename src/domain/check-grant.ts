/**
 * Whether what is granted is a part of what was asked for. Nothing is known here of what the words mean, so a part is a choice: a field
 * or an entry of a list may be left out, and what is left in is the same to the letter.
 */

/** Paths of what was granted beyond what was asked for; empty when it is a part. */
export function beyond(asked: unknown, granted: unknown, path = ''): readonly string[] {
  if (granted === undefined || granted === null) return [];
  if (Array.isArray(asked) && Array.isArray(granted)) {
    return granted.flatMap((entry: unknown, at) => (asked.some((one) => same(one, entry)) ? [] : [`${path}[${at}]`]));
  }
  if (isRecord(asked) && isRecord(granted)) {
    return Object.entries(granted).flatMap(([key, value]) => beyond(field(asked, key), value, path === '' ? key : `${path}.${key}`));
  }
  return same(asked, granted) ? [] : [path === '' ? 'the value' : path];
}

/** Whether anything at all is granted. */
export function grantsSomething(granted: unknown): boolean {
  if (typeof granted !== 'object' || granted === null) return granted !== undefined && granted !== null;
  return Object.values(granted).some(grantsSomething);
}

function same(a: unknown, b: unknown): boolean {
  if (Array.isArray(a) && Array.isArray(b)) return a.length === b.length && a.every((one, at) => same(one, b[at]));
  if (!isRecord(a) || !isRecord(b)) return a === b;
  return Object.keys(a).length === Object.keys(b).length && Object.entries(a).every(([key, one]) => same(one, field(b, key)));
}

/** Own fields only: what every object has was not asked for. */
function field(of: Readonly<Record<string, unknown>>, key: string): unknown {
  return Object.hasOwn(of, key) ? of[key] : undefined;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
