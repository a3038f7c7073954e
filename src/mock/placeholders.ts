/** `{{input}}` and its like in the texts of a script. A name that is not known stays as it is, for all to see. */

export type Values = Readonly<Record<string, string>>;

export function filled(text: string, values: Values): string {
  return text.replace(/\{\{(\w+)\}\}/g, (whole, name: string) => (Object.hasOwn(values, name) ? (values[name] ?? whole) : whole));
}

/** The same in every text of a JSON value. */
export function filledIn(value: unknown, values: Values): unknown {
  if (typeof value === 'string') return filled(value, values);
  if (Array.isArray(value)) return value.map((entry) => filledIn(entry, values));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, entry]) => [name, filledIn(entry, values)]));
}
