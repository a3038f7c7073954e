/** Blocks of a page that are written by a program: what stands between `<!-- name -->` and `<!-- /name -->`. */

/** Throws when the page has no such marks. */
export function withBlock(page: string, name: string, block: string): string {
  const [before, rest] = split(page, `<!-- ${name} -->\n`, name);
  const [, after] = split(rest, `<!-- /${name} -->`, name);
  return `${before}<!-- ${name} -->\n${block.trimEnd()}\n<!-- /${name} -->${after}`;
}

/** What stands there now. */
export function blockOf(page: string, name: string): string {
  const [, rest] = split(page, `<!-- ${name} -->\n`, name);
  return split(rest, `<!-- /${name} -->`, name)[0];
}

export function markdownTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

function split(text: string, mark: string, name: string): [string, string] {
  const at = text.indexOf(mark);
  if (at < 0) throw new Error(`the page has no ${mark.trim()} for the block ${name}`);
  return [text.slice(0, at), text.slice(at + mark.length)];
}
