/** Reading what an agent says: fields that may be missing or of another kind, and sizes that have no limit. */

export type Fields = Readonly<Record<string, unknown>>;

/** The most of something unknown that is kept, in characters. */
const MOST_RAW = 16 * 1024;

/** An object's fields; none for anything else. */
export function fieldsOf(value: unknown): Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {};
}

export function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

export function textIn(value: unknown, name: string): string | undefined {
  const field = fieldsOf(value)[name];
  return typeof field === 'string' ? field : undefined;
}

export function wholeIn(value: unknown, name: string): number | undefined {
  const field = fieldsOf(value)[name];
  return typeof field === 'number' && Number.isInteger(field) ? field : undefined;
}

/** The value itself, or the beginning of its text where that is long. */
export function bounded(value: unknown): unknown {
  const text = JSON.stringify(value) ?? '';
  return text.length <= MOST_RAW ? value : { cut: true, length: text.length, text: text.slice(0, MOST_RAW) };
}

/** A text that is not longer than `most`, and says so where it was. */
export function shortened(text: string, most: number): string {
  return text.length <= most ? text : `${text.slice(0, most)}\n[${text.length - most} more characters were left out]`;
}

/** What a block of content is to a reader of plain text. */
export function textOfBlock(block: unknown): string {
  const { type } = fieldsOf(block);
  switch (type) {
    case 'text':
      return textIn(block, 'text') ?? '';
    case 'resource_link':
      return `[${textIn(block, 'title') ?? textIn(block, 'name') ?? 'resource'}](${textIn(block, 'uri') ?? ''})`;
    case 'resource':
      return textIn(fieldsOf(block)['resource'], 'text') ?? `[${textIn(fieldsOf(block)['resource'], 'uri') ?? 'resource'}]`;
    default:
      return typeof type === 'string' ? `[${type}]` : '';
  }
}
