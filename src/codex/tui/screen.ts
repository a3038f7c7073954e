/**
 * What stands on a terminal: the few escape sequences that Codex's interface draws with, on a grid of characters. Colours are left out, and
 * what is not known changes nothing. It serves to recognize the questions of a start and to say why one did not go well.
 */

const MOST_PENDING = 4_096;
/** A whole escape sequence at the beginning of a text: CSI, OSC or another string, or a short one. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences are made of them
const SEQUENCE = /^\u001b(?:\[([0-9;:?<=>!]*)[ -/]*([@-~])|[\]PX^_][^\u0007\u001b]*(?:\u0007|\u001b\\)|[ -/]*([0-Z\\`-~]))/;

export class Screen {
  readonly #columns: number;
  readonly #rows: number;
  #lines: string[][];
  #row = 0;
  #column = 0;
  #saved: readonly [row: number, column: number] = [0, 0];
  #top = 0;
  #bottom: number;
  /** The next character goes to the next line: the last one stands in the last column. */
  #wraps = false;
  #pending = '';

  constructor(columns: number, rows: number) {
    this.#columns = columns;
    this.#rows = rows;
    this.#bottom = rows - 1;
    this.#lines = Array.from({ length: rows }, () => []);
  }

  /** Takes what was written; a sequence may come in parts. */
  write(text: string): void {
    let rest = this.#pending + text;
    this.#pending = '';
    while (rest !== '') {
      if (!rest.startsWith('\u001b')) {
        const end = rest.indexOf('\u001b');
        for (const character of end < 0 ? rest : rest.slice(0, end)) this.#put(character);
        rest = end < 0 ? '' : rest.slice(end);
        continue;
      }
      const found = SEQUENCE.exec(rest);
      if (found === null) {
        // It goes on in the next part, or is none.
        if (rest.length < MOST_PENDING) this.#pending = rest;
        return;
      }
      const [whole, parameters, final, short] = found;
      if (final !== undefined) this.#control(final, parameters ?? '');
      else if (short !== undefined) this.#escape(short);
      rest = rest.slice(whole.length);
    }
  }

  /** The lines, without the blanks at their ends and without empty ones around. */
  text(): string {
    const lines = this.#lines.map((line) =>
      Array.from(line, (character) => character ?? ' ')
        .join('')
        .trimEnd(),
    );
    return lines.join('\n').replace(/^\n+|\n+$/g, '');
  }

  #put(character: string): void {
    switch (character) {
      case '\r':
        this.#moveTo(this.#row, 0);
        return;
      case '\n':
        this.#down();
        return;
      case '\b':
        this.#moveTo(this.#row, this.#column - 1);
        return;
      case '\t':
        this.#moveTo(this.#row, (Math.floor(this.#column / 8) + 1) * 8);
        return;
    }
    if (character < ' ' || character === '\u007f') return;
    if (this.#wraps) {
      this.#down();
      this.#moveTo(this.#row, 0);
    }
    this.#line(this.#row)[this.#column] = character;
    if (this.#column === this.#columns - 1) this.#wraps = true;
    else this.#column += 1;
  }

  #escape(final: string): void {
    if (final === '7') this.#saved = [this.#row, this.#column];
    else if (final === '8') this.#moveTo(...this.#saved);
    else if (final === 'M') this.#up();
    else if (final === 'D') this.#down();
    else if (final === 'c') this.#clear(0, this.#rows);
  }

  #control(final: string, parameters: string): void {
    if (/^[?<=>!]/.test(parameters)) {
      // The other screen is empty when it is entered and when it is left.
      if (parameters === '?1049' && (final === 'h' || final === 'l')) this.#clear(0, this.#rows);
      return;
    }
    const numbers = parameters.split(/[;:]/).map(Number);
    const [first = 0, second = 0] = numbers;
    const count = Math.min(Math.max(first, 1), 1_000);
    if (this.#moves(final, count, second)) return;
    const line = this.#line(this.#row);
    switch (final) {
      case 'J':
        if (first === 0) this.#clear(this.#row, this.#rows, this.#column);
        else this.#clear(0, first === 1 ? this.#row + 1 : this.#rows);
        break;
      case 'K':
        if (first === 0) line.length = Math.min(line.length, this.#column);
        else line.fill(' ', 0, first === 1 ? this.#column + 1 : undefined);
        break;
      case 'X':
        line.fill(' ', this.#column, this.#column + count);
        break;
      case 'P':
        line.splice(this.#column, count);
        break;
      case '@':
        if (this.#column < line.length) line.splice(this.#column, 0, ...Array.from({ length: count }, () => ' '));
        line.length = Math.min(line.length, this.#columns);
        break;
      case 'L':
      case 'M':
        this.#scroll(this.#row, final === 'M' ? count : -count);
        break;
      case 'S':
      case 'T':
        this.#scroll(this.#top, final === 'S' ? count : -count);
        break;
      case 'r':
        this.#top = Math.min(count - 1, this.#rows - 1);
        this.#bottom = Math.min(second === 0 ? this.#rows : second, this.#rows) - 1;
        this.#moveTo(0, 0);
        break;
    }
  }

  /** Whether it is a sequence that only moves. */
  #moves(final: string, count: number, second: number): boolean {
    const [row, column] = [this.#row, this.#column];
    const goal: Readonly<Record<string, readonly [row: number, column: number]>> = {
      A: [row - count, column],
      B: [row + count, column],
      C: [row, column + count],
      D: [row, column - count],
      E: [row + count, 0],
      F: [row - count, 0],
      G: [row, count - 1],
      H: [count - 1, Math.max(second, 1) - 1],
      f: [count - 1, Math.max(second, 1) - 1],
      d: [count - 1, column],
      u: this.#saved,
    };
    if (final === 's') this.#saved = [row, column];
    const place = Object.hasOwn(goal, final) ? goal[final] : undefined;
    if (place !== undefined) this.#moveTo(...place);
    return place !== undefined;
  }

  #moveTo(row: number, column: number): void {
    this.#row = Math.min(Math.max(row, 0), this.#rows - 1);
    this.#column = Math.min(Math.max(column, 0), this.#columns - 1);
    this.#wraps = false;
  }

  #down(): void {
    if (this.#row === this.#bottom) this.#scroll(this.#top, 1);
    else this.#moveTo(this.#row + 1, this.#column);
    this.#wraps = false;
  }

  #up(): void {
    if (this.#row === this.#top) this.#scroll(this.#top, -1);
    else this.#moveTo(this.#row - 1, this.#column);
  }

  /** Moves the lines from `top` to the end of the region up, or down where `by` is negative. */
  #scroll(top: number, by: number): void {
    if (top > this.#bottom) return;
    const count = Math.min(Math.abs(by), this.#bottom - top + 1);
    const fresh = Array.from({ length: count }, (): string[] => []);
    if (by > 0) {
      this.#lines.splice(top, count);
      this.#lines.splice(this.#bottom + 1 - count, 0, ...fresh);
    } else {
      this.#lines.splice(this.#bottom + 1 - count, count);
      this.#lines.splice(top, 0, ...fresh);
    }
  }

  #clear(from: number, to: number, column = 0): void {
    for (let row = from; row < to; row++) {
      const line = this.#line(row);
      line.length = row === from ? Math.min(line.length, column) : 0;
    }
  }

  #line(row: number): string[] {
    const line = this.#lines[row] ?? [];
    this.#lines[row] = line;
    return line;
  }
}
