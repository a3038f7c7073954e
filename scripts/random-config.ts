/**
 * Configurations as people write them, by chance but the same for the same seed: odd keys, odd line ends, strings that look like headers,
 * servers that bear the names Spool wants. Codex reads all of them; what it doesn't know it passes over.
 */

import type { ManagedConfig, ManagedTable, TomlValue } from '../src/codex/config-file/managed-config.js';
import type { Dice } from '../src/testing/seeded.js';

export interface RandomConfig {
  readonly text: string;
  /** Nothing can be added to `mcp_servers`: it is an inline table. */
  readonly closed: boolean;
}

const SERVERS = [
  'docs',
  'web',
  'my docs',
  'a"b',
  'x.y',
  'w\\i\\n',
  'ключ',
  'tab\there',
  '] evil = "',
  'line\nbreak',
  '__proto__',
  'constructor',
  '',
];

const COMMENTS = [
  '# a comment',
  '#',
  '#no space, and a tab\tin it',
  '# ünïcödé 🎈',
  '  # indented',
  '# [mcp_servers.docs]',
  '# it keeps a block: "# >>> spool >>>" to "# <<< spool <<<"',
  '# trailing blanks   ',
];

/** Lines within strings and arrays, where they mean nothing. */
const LOOKALIKES = [
  '[mcp_servers.docs]',
  '[[hooks]]',
  'default_permissions = ":read-only"',
  '# >>> spool >>> What stands between these two marks',
  '# spool wrote: mcp_servers.docs=00000000',
  '# <<< spool <<<',
  'plain text',
  '',
  '  "quoted" and \'quoted\'',
];

export function randomConfig(dice: Dice): RandomConfig {
  return new Writer(dice).write();
}

class Writer {
  readonly #dice: Dice;
  readonly #lines: string[] = [];
  #names = 0;
  #closed = false;

  constructor(dice: Dice) {
    this.#dice = dice;
  }

  write(): RandomConfig {
    this.#noise();
    this.#top();
    const servers = this.#dice.hits(0.6) ? this.#servers() : [];
    const tables = Array.from({ length: this.#dice.between(0, 5) }, () => this.#table());
    // Servers stand among the other tables, in one piece or not.
    for (const table of shuffled([...tables, ...servers], this.#dice)) {
      for (const line of table) this.#lines.push(line);
      this.#noise();
    }
    return { text: this.#joined(), closed: this.#closed };
  }

  #joined(): string {
    const style = this.#dice.pick([
      [6, 'lf'],
      [2, 'crlf'],
      [1, 'mixed'],
    ] as const);
    const eol = (): string => (style === 'lf' || (style === 'mixed' && this.#dice.hits(0.5)) ? '\n' : '\r\n');
    const text = this.#lines.map((line) => line.replaceAll('\n', eol) + eol()).join('');
    const ended = this.#dice.hits(0.25) ? text.replace(/\r?\n$/, '') : text;
    return (this.#dice.hits(0.1) ? '\uFEFF' : '') + ended + (this.#dice.hits(0.1) ? '  ' : '');
  }

  #noise(): void {
    for (let left = this.#dice.between(0, 3); left > 0; left -= 1) {
      this.#lines.push(
        this.#dice.pick([
          [3, ''],
          [1, '   '],
          [1, '\t'],
          [4, this.#oneOf(COMMENTS)],
        ]),
      );
    }
  }

  #top(): void {
    if (this.#dice.hits(0.4)) this.#lines.push('model = "gpt-5.5"   # mine');
    if (this.#dice.hits(0.2)) this.#lines.push(this.#oneOf(['default_permissions = ":read-only"', '"default_permissions"=\':workspace\'']));
    for (let left = this.#dice.between(0, 5); left > 0; left -= 1) {
      this.#lines.push(this.#pair());
      this.#noise();
    }
    this.#closed = this.#dice.hits(0.1);
    if (this.#closed) this.#lines.push('mcp_servers = { docs = { command = "mine" }, "other" = { command = "o", args = ["#"] } }');
  }

  #servers(): string[][] {
    if (this.#closed) return [];
    return shuffled(SERVERS, this.#dice)
      .slice(0, this.#dice.between(1, 3))
      .map((name) => this.#server(name));
  }

  #server(name: string): string[] {
    const key = JSON.stringify(name);
    const head = this.#oneOf([`[mcp_servers.${key}]`, `[ "mcp_servers" . ${key} ] # mine`, `\t['mcp_servers'.${key}]`]);
    const plain = [head, 'command = "mine"', ...this.#sometimes(0.5, `args = [\n  "a", # one\n  "b",\n]`)];
    const env = [`[mcp_servers.${key}.env]`, 'A = "1"', ...this.#sometimes(0.3, '"B C" = """\n[x]\n"""')];
    return this.#dice.pick([
      [3, plain],
      [2, [...plain, ...env]],
      [1, [...env, '', ...plain]],
      [1, [`[mcp_servers.${key}]`, 'command = "mine"', 'env.A = "1"', '']],
    ]);
  }

  #table(): string[] {
    const name = this.#key();
    const body = Array.from({ length: this.#dice.between(0, 3) }, () => this.#pair());
    return this.#dice.pick([
      [4, [`[${name}]`, ...body]],
      [2, [`[${name}.${this.#key()}]  # below`, ...body, `[${name}]`, this.#pair()]],
      [2, [`[[${name}]]`, ...body, `[${name}.sub]`, this.#pair(), `[[${name}]]`, ...body]],
      [1, [`  [ ${name} ]`, `dotted . key.${this.#key()} = 1`, ...body, `[${name}.dotted.more]`, this.#pair()]],
    ]);
  }

  #pair(): string {
    const key = this.#dice.pick([
      [4, this.#key()],
      [1, `${this.#key()}.${this.#key()}`],
      [1, `${this.#key()} . "b.c"`],
    ]);
    const around = this.#oneOf(['=', ' = ', '\t=  ']);
    return `${this.#oneOf(['', '', '  '])}${key}${around}${this.#value(2)}${this.#oneOf(['', '', '   ', ' # why', '\t#'])}`;
  }

  /** Never the same twice. */
  #key(): string {
    this.#names += 1;
    const name = `k${this.#names}`;
    return this.#oneOf([name, name, `"${name} ü"`, `'${name} "x"'`, `"${name}\\u00e9\\n"`, `${name}-_`]);
  }

  #value(depth: number): string {
    const simple = [
      '1',
      '-17',
      '0xFF',
      '1_000',
      '3.14',
      '6e-2',
      'true',
      'inf',
      '-nan',
      '1979-05-27T07:32:00Z',
      '1979-05-27 07:32:00.5',
      '07:32:00',
      '2000-02-29',
    ];
    const strings = [
      '""',
      '"x"',
      "'C:\\Users\\x'",
      '"a\\"b\\\\ \\u00fc # no comment"',
      '"[mcp_servers.docs]"',
      "'# <<< spool <<<'",
      '"🎈"',
    ];
    const long = (quotes: string): string => `${quotes}\n${Array.from({ length: 4 }, () => this.#oneOf(LOOKALIKES)).join('\n')}\n${quotes}`;
    if (depth === 0) return this.#oneOf([...simple, ...strings]);
    return this.#dice.pick([
      [4, this.#oneOf(simple)],
      [5, this.#oneOf(strings)],
      [2, long('"""')],
      [2, long("'''").replaceAll("'quoted'", 'quoted')],
      [1, `[ ${this.#value(depth - 1)}, ${this.#value(depth - 1)} ]`],
      [1, `[\n${LOOKALIKES.filter((line) => line.startsWith('#')).join('\n')}\n  ${this.#value(depth - 1)} , # one\n]`],
      [1, `{ a = ${this.#value(0)}, "b c".d = ${this.#value(0)} }`],
    ]);
  }

  #sometimes(probability: number, line: string): string[] {
    return this.#dice.hits(probability) ? [line] : [];
  }

  #oneOf<T>(choices: readonly T[]): T {
    return this.#dice.pick(choices.map((choice) => [1, choice] as const));
  }
}

function shuffled<T>(items: readonly T[], dice: Dice): T[] {
  return items
    .map((item) => ({ item, at: dice.draw() }))
    .toSorted((a, b) => a.at - b.at)
    .map(({ item }) => item);
}

const TEXTS = [
  'x',
  '',
  'C:\\new\\table',
  'say "hi"',
  'two\r\nlines\ttab\b\f',
  '\u0000\u001b[31m\u007f\u0085\u2028',
  '"""',
  "'''",
  '🎈 ünï',
  '# <<< spool <<<',
];

/** What Spool may want to write. */
export function randomManaged(dice: Dice): ManagedConfig {
  const text = (): string => dice.pick(TEXTS.map((one) => [1, one] as const));
  const server = (name: string): ManagedTable => {
    const values: Record<string, TomlValue> = { command: text(), args: [text(), text()] };
    if (dice.hits(0.4)) values['env'] = Object.fromEntries([[`E ${text()}`, text()]]);
    if (dice.hits(0.3)) values['startup_timeout_sec'] = dice.between(1, 60);
    if (dice.hits(0.2)) values['enabled'] = dice.hits(0.5);
    return { path: ['mcp_servers', name], values };
  };
  const servers = shuffled(SERVERS, dice).slice(0, dice.between(0, 4)).map(server);
  const plugins = dice.hits(0.4) ? [{ path: ['plugins', 'x@market'], values: { enabled: true } }] : [];
  const topLevel: Record<string, TomlValue> = dice.hits(0.5) ? { default_permissions: ':workspace' } : {};
  if (dice.hits(0.2)) topLevel['developer_instructions'] = text();
  return { topLevel, tables: shuffled([...servers, ...plugins], dice) };
}
