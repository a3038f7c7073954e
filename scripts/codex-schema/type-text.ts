/** Reads the text of a TypeScript type far enough to take a union apart: brackets, strings and comments are told from the rest. */

/** The members of a union at its outermost level, trimmed; a type that is no union is its only member. */
export function unionMembers(type: string): string[] {
  return splitOutside(type, '|').filter((member) => member !== '');
}

/** The properties of an object type `{ a: A, "b"?: B, }` by name, with their types as text. Comments are dropped. */
export function propertiesOf(object: string): Map<string, string> {
  const body = object.trim().replace(/^\{/, '').replace(/\}$/, '');
  const found = new Map<string, string>();
  for (const part of splitOutside(body, ',')) {
    const match = /^"?(\w+)"?(\?)?:\s*(.+)$/s.exec(part);
    const [, name, , type] = match ?? [];
    if (name !== undefined && type !== undefined) found.set(name, type.trim());
  }
  return found;
}

/** Splits at `separator` where no bracket, string or comment is open. Comments are dropped from the parts. */
function splitOutside(text: string, separator: string): string[] {
  const bare = text.replace(/\/\*[\s\S]*?\*\//g, '');
  const parts: string[] = [];
  let depth = 0;
  let part = '';
  for (const token of bare.match(/"(?:[^"\\]|\\.)*"|[\s\S]/g) ?? []) {
    if ('{([<'.includes(token)) depth += 1;
    if ('})]>'.includes(token)) depth -= 1;
    if (token === separator && depth === 0) {
      parts.push(part.trim());
      part = '';
    } else part += token;
  }
  return [...parts, part.trim()];
}
