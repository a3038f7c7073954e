/**
 * Tells code, comments and strings of a TypeScript text apart. The rules look for words, and a word in a comment or a string is
 * not code. The compiler has no API to ask, and for this much its grammar is not needed.
 */

export interface Piece {
  readonly offset: number;
  readonly text: string;
}

export interface Scan {
  /** The text with comments, regular expressions and the insides of strings as spaces: same length, same lines. */
  readonly code: string;
  readonly comments: readonly Piece[];
  /** Strings without their quotes; a template counts as the pieces between its `${}`. */
  readonly strings: readonly Piece[];
}

const known = new Map<string, Scan>();

export function scan(text: string): Scan {
  let result = known.get(text);
  if (result === undefined) {
    result = new Scanner(text).run();
    known.set(text, result);
  }
  return result;
}

class Scanner {
  readonly #text: string;
  readonly #code: string[];
  readonly #comments: Piece[] = [];
  readonly #strings: Piece[] = [];
  #at = 0;

  constructor(text: string) {
    this.#text = text;
    this.#code = text.split('');
  }

  run(): Scan {
    this.#codeUntil('');
    return { code: this.#code.join(''), comments: this.#comments, strings: this.#strings };
  }

  /** Reads code up to the brace that closes the `${` it stands in, or to the end. */
  #codeUntil(close: '}' | ''): void {
    let depth = 0;
    while (this.#at < this.#text.length) {
      const char = this.#text.charAt(this.#at);
      if (close !== '' && char === '}' && depth === 0) return;
      if (char === '{') depth += 1;
      if (char === '}') depth -= 1;
      if (!this.#foreign(char)) this.#at += 1;
    }
  }

  /** Reads what starts here and is not code; false when it is code. */
  #foreign(char: string): boolean {
    if (char === '"' || char === "'") this.#quoted(char);
    else if (char === '`') this.#template();
    else if (char !== '/' && !(char === '#' && this.#at === 0)) return false;
    else if (this.#text.startsWith('//', this.#at) || this.#text.startsWith('#!', this.#at)) this.#comment('\n', 0);
    else if (this.#text.startsWith('/*', this.#at)) this.#comment('*/', 2);
    else if (this.#regexMayStart()) this.#regex();
    else return false;
    return true;
  }

  #comment(end: string, endLength: number): void {
    const start = this.#at;
    const found = this.#text.indexOf(end, start + 2);
    this.#at = found === -1 ? this.#text.length : found + endLength;
    this.#comments.push({ offset: start, text: this.#text.slice(start, this.#at) });
    this.#blank(start, this.#at);
  }

  #quoted(quote: string): void {
    const start = this.#at + 1;
    this.#at = start;
    while (this.#at < this.#text.length && this.#text.charAt(this.#at) !== quote) this.#at += this.#text.charAt(this.#at) === '\\' ? 2 : 1;
    this.#string(start, this.#at);
    this.#at += 1;
  }

  #template(): void {
    this.#at += 1;
    let start = this.#at;
    while (this.#at < this.#text.length && this.#text.charAt(this.#at) !== '`') {
      if (this.#text.startsWith('${', this.#at)) {
        this.#string(start, this.#at);
        this.#at += 2;
        this.#codeUntil('}');
        start = this.#at + 1;
      }
      this.#at += this.#text.charAt(this.#at) === '\\' ? 2 : 1;
    }
    this.#string(start, this.#at);
    this.#at += 1;
  }

  #string(start: number, end: number): void {
    this.#strings.push({ offset: start, text: this.#text.slice(start, end) });
    this.#blank(start, end);
  }

  /** After a value a slash divides; anywhere else it starts a regular expression. */
  #regexMayStart(): boolean {
    const before = this.#code
      .slice(Math.max(0, this.#at - 80), this.#at)
      .join('')
      .trimEnd();
    return before === '' || /[(,=:[!&|?{};<>+\-*%~^]$|\b(?:return|typeof|case|in|of|void|yield|await|else|do)$/.test(before);
  }

  #regex(): void {
    const start = this.#at;
    let inClass = false;
    this.#at += 1;
    while (this.#at < this.#text.length) {
      const char = this.#text.charAt(this.#at);
      if (char === '\n' || (char === '/' && !inClass)) break;
      if (char === '[') inClass = true;
      if (char === ']') inClass = false;
      this.#at += char === '\\' ? 2 : 1;
    }
    this.#at += 1;
    this.#blank(start, this.#at);
  }

  #blank(start: number, end: number): void {
    for (let i = start; i < Math.min(end, this.#code.length); i++) if (this.#code[i] !== '\n') this.#code[i] = ' ';
  }
}
