/** Where a text stops being JSON: what engines tell about it differs by version, and often they do not tell the place at all. */

const BLANK = /[ \t\r\n]*/y;
// Every character from the blank on, save for the quote and the backslash.
const STRING = /"(?:[ !#-[\]-\uffff]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y;
const SCALAR = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/y;

type Wanted = 'value' | 'value or ]' | 'key or }' | 'key' | ':' | ', or end' | 'end of text';

export interface Break {
  /** Characters before the place; line and column count from 1. */
  readonly offset: number;
  readonly line: number;
  readonly column: number;
  readonly wanted: string;
}

/** The first place where `text` breaks the grammar, or null when it is JSON. */
export function jsonBreak(text: string): Break | null {
  const scanner = new Scanner(text);
  const wanted = scanner.run();
  if (wanted === null) return null;
  const before = text.slice(0, scanner.offset).split('\n');
  const column = (before.at(-1)?.length ?? 0) + 1;
  return { offset: scanner.offset, line: before.length, column, wanted };
}

class Scanner {
  readonly #text: string;
  readonly #open: ('}' | ']')[] = [];
  #wanted: Wanted = 'value';
  offset = 0;

  constructor(text: string) {
    this.#text = text;
  }

  /** What was wanted at `offset` and not found; null at the end of a whole text. */
  run(): string | null {
    for (;;) {
      this.#take(BLANK);
      if (this.offset === this.#text.length && this.#wanted === 'end of text') return null;
      const before = this.#wanted;
      if (!this.#step()) return before === ', or end' ? `, or ${this.#open.at(-1) ?? ''}` : before;
    }
  }

  #step(): boolean {
    const char = this.#text[this.offset];
    const closing = this.#open.at(-1);
    switch (this.#wanted) {
      case 'value or ]':
        return char === ']' ? this.#close() : this.#value(char);
      case 'value':
        return this.#value(char);
      case 'key or }':
        return char === '}' ? this.#close() : this.#key();
      case 'key':
        return this.#key();
      case ':':
        return char === ':' && this.#pass('value');
      case ', or end':
        if (char === ',') return this.#pass(closing === '}' ? 'key' : 'value');
        return char === closing && this.#close();
      case 'end of text':
        return false;
    }
  }

  #value(char: string | undefined): boolean {
    if (char === '{' || char === '[') {
      this.#open.push(char === '{' ? '}' : ']');
      return this.#pass(char === '{' ? 'key or }' : 'value or ]');
    }
    if (!this.#take(STRING) && !this.#take(SCALAR)) return false;
    this.#afterValue();
    return true;
  }

  #key(): boolean {
    this.#wanted = this.#take(STRING) ? ':' : this.#wanted;
    return this.#wanted === ':';
  }

  #pass(wanted: Wanted): boolean {
    this.offset += 1;
    this.#wanted = wanted;
    return true;
  }

  #close(): boolean {
    this.#open.pop();
    this.offset += 1;
    this.#afterValue();
    return true;
  }

  #afterValue(): void {
    this.#wanted = this.#open.length === 0 ? 'end of text' : ', or end';
  }

  #take(pattern: RegExp): boolean {
    pattern.lastIndex = this.offset;
    const found = pattern.exec(this.#text)?.[0] ?? '';
    this.offset += found.length;
    return found !== '';
  }
}
