/** JSON text that is the same for the same value, in whatever order its keys were set. Works in a browser. */

/** The keys of every object are sorted; what JSON cannot say is null. */
export function sortedJson(value: unknown): string {
  return JSON.stringify(value, sortKeys) ?? 'null';
}

function sortKeys(_: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  const entries = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries);
}
