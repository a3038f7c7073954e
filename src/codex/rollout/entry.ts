/**
 * One entry of a rollout, as far as it is known. The format is Codex's own and documented nowhere, so nothing is taken for granted:
 * what does not look as it was seen to look is no entry, and is left alone.
 *
 * Two forms were seen. Up to 0.138 an entry is `{timestamp, type, payload}`; later ones bear an `ordinal` beside it, and Codex's history
 * is a projection of them that remembers ordinals and byte offsets.
 */

export type Fields = Readonly<Record<string, unknown>>;

export interface Entry {
  readonly ordinal: number | undefined;
  readonly type: string;
  readonly payload: Fields;
}

/** Undefined for a line that is no entry. */
export function entryOf(text: string): Entry | undefined {
  const fields = parsed(text);
  const payload = fieldsOf(fields?.['payload']);
  const type = fields?.['type'];
  if (payload === undefined || typeof type !== 'string') return undefined;
  const ordinal = fields?.['ordinal'];
  return { ordinal: typeof ordinal === 'number' && Number.isSafeInteger(ordinal) ? ordinal : undefined, type, payload };
}

export function fieldsOf(value: unknown): Fields | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : undefined;
}

export function textIn(fields: Fields | undefined, name: string): string | undefined {
  const value = fields?.[name];
  return typeof value === 'string' ? value : undefined;
}

function parsed(text: string): Fields | undefined {
  try {
    return fieldsOf(JSON.parse(text));
  } catch {
    // Half of a line, or something that is none.
    return undefined;
  }
}
