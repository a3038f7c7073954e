/**
 * Reads a line of shell as far as it can be told for certain what it runs: plain words, quotes, and commands in a row. Everything that
 * could run or write something else (substitutions, redirections, background, subshells, here documents, comments) makes it unread. It
 * must hold for bash, zsh and sh alike, so what they read differently is left unread too.
 */

/** A word as its program gets it. */
export interface Word {
  readonly text: string;
  /** From here on the shell makes something else of it: a pattern of file names, braces, a home folder. Absent when it stays as it is. */
  readonly open?: number;
}

/** The words of one command, its name first. */
export type Command = readonly Word[];

/** Nobody reads so long a line before saying yes to it, and nor do we. */
const LONGEST = 32_000;
/** What a person would not see, or would take for a space: control and format characters, spaces of other scripts. */
const UNSEEN = /[^\P{C}\t\n]|[^\P{Z} ]/u;

const SPACE = /(?:[ \t]|\\\n)+/y;
const BETWEEN = /&&|\|\|?|;|\n/y;
/** Redirections that can neither read nor write anything. */
const TO_NOWHERE = /(?<![0-9])[0-9]?(?:>&[0-9]|(?:>>?|<) ?\/dev\/null)(?=[\s;|&]|$)/y;

const CONTINUED = /\\\n/y;
const SINGLE = /'([^']*)'/y;
const DOUBLE = /"((?:[^"\\$`]|\\[\s\S])*)"/y;
const ESCAPED = /\\([^\n])/y;
const PATTERN = /[*?[\]{}]/y;
const PLAIN = /[^\s'"\\$`;|&<>()*?[\]{}]/y;

/** The commands of a line in their order, or null when it cannot be told what they are. */
export function commandsOf(line: string): readonly Command[] | null {
  if (line.length > LONGEST || UNSEEN.test(line)) return null;
  const commands: Word[][] = [[]];
  const reader = new Reader(line);
  while (!reader.ended) {
    if (reader.take(SPACE) !== undefined || reader.take(TO_NOWHERE) !== undefined) continue;
    if (reader.take(BETWEEN) !== undefined) {
      commands.push([]);
      continue;
    }
    const word = readWord(reader);
    if (word === null) return null;
    commands.at(-1)?.push(word);
  }
  return commands.filter((command) => command.length > 0);
}

/** The word that begins here, or null when what stands here is none. */
function readWord(reader: Reader): Word | null {
  const from = reader.at;
  let text = '';
  let open: number | undefined;
  for (;;) {
    const piece =
      reader.take(SINGLE) ??
      unquoted(reader.take(DOUBLE)) ??
      reader.take(ESCAPED) ??
      (reader.take(CONTINUED) === undefined ? undefined : '');
    if (piece !== undefined) {
      text += piece;
      continue;
    }
    const atStart = reader.at === from;
    const letter = reader.take(PATTERN);
    const plain = letter ?? reader.take(PLAIN);
    if (plain === undefined) break;
    if (atStart && plain === '#') return null;
    if (letter !== undefined || opensHere(plain, atStart, text)) open ??= text.length;
    text += plain;
  }
  if (reader.at === from) return null;
  return open === undefined ? { text } : { text, open };
}

/** A tilde is a home folder where a path may begin; zsh makes a path of `=name`, and may take `^name` for a pattern. */
function opensHere(letter: string, atStart: boolean, before: string): boolean {
  if (letter === '~') return atStart || before.endsWith('=') || before.endsWith(':');
  return atStart && (letter === '=' || letter === '^');
}

/** Within double quotes a backslash means something before these only. */
function unquoted(text: string | undefined): string | undefined {
  return text?.replace(/\\\n/g, '').replace(/\\([$`"\\])/g, '$1');
}

class Reader {
  at = 0;
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  get ended(): boolean {
    return this.at >= this.#text.length;
  }

  /** What the pattern matches right here (its group where it has one), passed over; else undefined. */
  take(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.at;
    const match = pattern.exec(this.#text);
    if (match === null) return undefined;
    this.at = pattern.lastIndex;
    return match[1] ?? match[0];
  }
}
