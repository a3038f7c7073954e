/**
 * Menus and lines at the keyboard that can be taken away again: what they have drawn is counted, and wiped when somebody else has
 * answered meanwhile.
 */

import { PassThrough, Writable } from 'node:stream';
import { type CANCEL_SYMBOL, confirm, isCancel, multiselect, password, select, text } from '@clack/prompts';
import { closedError, wipeOf } from './answer-keys.js';
import type { Io } from './output.js';
import { wrapped } from './render/wrap.js';

/** Thrown when a person has left a menu with Esc. */
export class LeftMenu extends Error {
  override readonly name = 'LeftMenu';
}

export interface MenuChoice<V extends string = string> {
  readonly value: V;
  readonly label: string;
  readonly hint?: string;
}

export interface LineOptions {
  readonly initial?: string;
  /** Shown while nothing is typed. */
  readonly placeholder?: string;
  readonly wrong?: (line: string) => string | undefined;
}

/** Every method resolves to what was chosen; rejects with `LeftMenu` on Esc, with `cancelled` when the question is closed. */
export class Menus implements Disposable {
  readonly #io: Io;
  readonly #signal: AbortSignal;
  readonly #keys = new PassThrough();
  readonly #screen: Screen;
  readonly #interrupted = new AbortController();
  readonly #onData = (chunk: Buffer): void => this.#press(chunk.toString('utf8'));

  constructor(io: Io, signal: AbortSignal) {
    this.#io = io;
    this.#signal = AbortSignal.any([signal, this.#interrupted.signal]);
    this.#screen = new Screen(io.stderr);
    io.stdin.setRawMode(true);
    io.stdin.resume();
    io.stdin.on('data', this.#onData);
  }

  choose<V extends string>(message: string, choices: readonly MenuChoice<V>[], initial?: V): Promise<V> {
    const initialValue = initial === undefined ? {} : { initialValue: initial };
    return this.#ask((common) =>
      select<string>({ ...common, message, options: [...choices], showInstructions: false, ...initialValue }),
    ) as Promise<V>;
  }

  /** Which of several: all, some or, unless `required`, none. */
  tick(message: string, choices: readonly MenuChoice[], options: { initial?: readonly string[]; required: boolean }): Promise<string[]> {
    const { initial = [], required } = options;
    const options_ = { message, options: [...choices], initialValues: [...initial], required };
    return this.#ask((common) => multiselect<string>({ ...common, ...options_ }));
  }

  line(message: string, { initial, placeholder, wrong }: LineOptions = {}): Promise<string> {
    return this.#ask((common) =>
      text({
        ...common,
        message: this.#barred(message),
        ...(initial === undefined ? {} : { initialValue: initial }),
        ...(placeholder === undefined ? {} : { placeholder }),
        ...(wrong === undefined ? {} : { validate: (line) => wrong(line ?? '') }),
      }),
    ).then((line) => line ?? '');
  }

  secret(message: string, wrong: (line: string) => string | undefined): Promise<string> {
    return this.#ask((common) => password({ ...common, message: this.#barred(message), validate: (line) => wrong(line ?? '') }));
  }

  yesNo(message: string, initial: boolean): Promise<boolean> {
    return this.#ask((common) => confirm({ ...common, message, initialValue: initial }));
  }

  /** Not every kind of menu breaks a long message itself. */
  #barred(message: string): string {
    const bar = this.#io.ink(this.#io.stderr).gray('│');
    return wrapped(message, this.#screen.columns - 4).join(`\n${bar}  `);
  }

  async #ask<T>(show: (common: Common) => Promise<T | typeof CANCEL_SYMBOL>): Promise<T> {
    if (this.#signal.aborted) throw closedError();
    const answer = await show({ input: this.#keys, output: this.#screen, signal: this.#signal });
    if (this.#signal.aborted) {
      this.#screen.wipe();
      throw closedError();
    }
    if (isCancel(answer)) throw new LeftMenu();
    return answer;
  }

  #press(keys: string): void {
    if (keys.includes('\u0003')) {
      this.#interrupted.abort();
      this.#io.interrupts.press();
      return;
    }
    // The line ends inside of a paste are text: they must not answer the questions behind this one.
    this.#keys.write(keys.replace(/[\r\n]+(?=[^\r\n])/g, ' '));
  }

  [Symbol.dispose](): void {
    this.#io.stdin.off('data', this.#onData);
    this.#io.stdin.setRawMode(false);
    this.#io.stdin.pause();
    this.#screen.destroy();
  }
}

interface Common {
  readonly input: PassThrough;
  readonly output: Writable;
  readonly signal: AbortSignal;
}

/** Hands everything on to the terminal, and knows how many rows below its beginning the cursor stands. */
class Screen extends Writable {
  readonly #terminal: NodeJS.WriteStream;
  readonly #onResize = (): boolean => this.emit('resize');
  #rows = 0;

  constructor(terminal: NodeJS.WriteStream) {
    super({ decodeStrings: false });
    this.#terminal = terminal;
    terminal.on('resize', this.#onResize);
  }

  get columns(): number {
    return this.#terminal.columns || 80;
  }

  get rows(): number {
    return this.#terminal.rows || 24;
  }

  override _write(chunk: unknown, _encoding: string, done: () => void): void {
    const drawn = String(chunk);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what moves the cursor.
    for (const [, count, direction] of drawn.matchAll(/\u001b\[(\d*)([AB])|\n/g)) {
      this.#rows += direction === 'A' ? -Number(count || 1) : direction === 'B' ? Number(count || 1) : 1;
    }
    this.#terminal.write(drawn);
    done();
  }

  wipe(): void {
    this.#terminal.write(wipeOf(this.#rows));
    this.#rows = 0;
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#terminal.off('resize', this.#onResize);
    done(error);
  }
}
