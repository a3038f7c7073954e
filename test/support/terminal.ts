/**
 * `spool` on a terminal: tmux gives it one of any size, and says when something is written on it, so that nobody has to wait for time.
 */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { MAIN } from './spool.js';

export interface TerminalOptions {
  readonly env: Readonly<Record<string, string>>;
  readonly columns?: number;
  readonly rows?: number;
  readonly cwd?: string;
  /** What is started in place of `spool`. */
  readonly program?: readonly string[];
}

/** How long a screen may take on a busy machine; a test that waits for it shows what stood there instead. */
const LONGEST_MS = 20_000;

export class Terminal implements AsyncDisposable {
  /** Holds the socket of this tmux, which would stay behind anywhere else. */
  readonly #folder = mkdtempSync(join(tmpdir(), 'sp-tmux-'));
  readonly #server = ['-S', join(this.#folder, 'socket')];
  readonly #tmux: ChildProcess;
  readonly #replies: ((lines: string[]) => void)[] = [];
  /** Called when something was written on the terminal. */
  readonly #readers = new Set<() => void>();
  readonly #closed: Promise<unknown>;

  /** Starts the built `spool` with these words. Its exit status is written below its last line, as `[exit 0]`. */
  constructor(args: readonly string[], { env, columns = 80, rows = 40, cwd, program = [process.execPath, MAIN] }: TerminalOptions) {
    const all = { PATH: process.env['PATH'] ?? '', ...env };
    const variables = Object.entries(all).flatMap(([name, value]) => ['-e', `${name}=${value}`]);
    const size = ['-x', String(columns), '-y', String(rows)];
    // The shell outlives Ctrl-C, so that the status can be seen.
    const shell = ['sh', '-c', 'trap : INT; "$@"; printf "[exit %s]\\n" "$?"; exec cat', 'sh', ...program, ...args];
    this.#tmux = spawn('tmux', [...this.#server, '-f', '/dev/null', '-u', '-C', 'new-session', ...size, ...variables, ...shell], {
      env: { PATH: all.PATH, TERM: 'xterm', LC_ALL: 'C.UTF-8' },
      stdio: ['pipe', 'pipe', 'inherit'],
      ...(cwd === undefined ? {} : { cwd }),
    });
    this.#closed = once(this.#tmux, 'close');
    // What tmux answers to the command that started it.
    this.#replies.push(() => undefined);
    this.#listen();
  }

  #listen(): void {
    if (this.#tmux.stdout === null) return;
    let reply: string[] | undefined;
    createInterface({ input: this.#tmux.stdout }).on('line', (line) => {
      if (line.startsWith('%begin ')) reply = [];
      else if (line.startsWith('%end ') || line.startsWith('%error ')) {
        this.#replies.shift()?.(reply ?? []);
        reply = undefined;
      } else if (reply !== undefined) reply.push(line);
      else if (line.startsWith('%output ')) for (const read of this.#readers) read();
    });
  }

  #say(command: string): Promise<string[]> {
    return new Promise((resolve) => {
      this.#replies.push(resolve);
      this.#tmux.stdin?.write(`${command}\n`);
    });
  }

  /** What stands on the terminal now, without the empty lines at its end; with colours as escape sequences when asked for. */
  async screen({ colours = false } = {}): Promise<string> {
    return (await this.#say(`capture-pane -p${colours ? ' -e' : ''}`))
      .map((line) => line.trimEnd())
      .join('\n')
      .trimEnd();
  }

  /** Presses keys by their names in tmux: `Enter`, `Escape`, `Down`, `C-c`, `y`. */
  async press(...keys: readonly string[]): Promise<void> {
    await this.#say(`send-keys ${keys.join(' ')}`);
  }

  /** Types a text all at once, as a paste does; a line end in it is what Enter sends. */
  async type(text: string): Promise<void> {
    await this.#say(`send-keys -l "${text.replace(/["\\$]/g, '\\$&').replaceAll('\n', '\\r')}"`);
  }

  /** Forgets what stands on the terminal, save for the line with the cursor. */
  async clear(): Promise<void> {
    await this.#say('send-keys -R');
  }

  /** The screen, once it fits. */
  async shows(wanted: string | RegExp | ((screen: string) => boolean)): Promise<string> {
    const fits = (screen: string): boolean =>
      typeof wanted === 'string' ? screen.includes(wanted) : typeof wanted === 'function' ? wanted(screen) : wanted.test(screen);
    const late = AbortSignal.timeout(LONGEST_MS);
    let wake = (): void => undefined;
    const woken = (): void => wake();
    this.#readers.add(woken);
    late.addEventListener('abort', woken);
    try {
      for (;;) {
        // Listened for before the look, so that what is written behind it is not missed.
        const written = new Promise<void>((resolve) => {
          wake = resolve;
        });
        const screen = await this.screen();
        if (fits(screen)) return screen;
        if (late.aborted) throw new Error(`the terminal does not show ${String(wanted)}, but:\n${screen}`);
        await written;
      }
    } finally {
      this.#readers.delete(woken);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const ending = spawn('tmux', [...this.#server, 'kill-server'], { stdio: 'ignore' });
    await once(ending, 'close');
    await this.#closed;
    rmSync(this.#folder, { recursive: true });
  }
}
