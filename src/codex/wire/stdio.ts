/** Messages over the pipes of an app-server that we started: one line each. */

import type { Clock } from '../../base/clock.js';
import { messageOf } from '../../base/errors.js';
import { LineCutter } from '../../base/lines.js';
import type { PipedProcess, ProcessExit } from '../../base/process.js';
import { Inbox } from './inbox.js';
import type { Transport, TransportEnd } from './transport.js';

export interface StdioOptions {
  readonly clock: Clock;
  /** The longest message that is taken, in bytes; 64 MiB when absent. */
  readonly maxMessageBytes?: number;
}

const MAX_MESSAGE_BYTES = 64 * 1024 * 1024;

/**
 * The end of stdout and the exit of the process come shortly after each other, in either order. How long we wait for the other one,
 * in milliseconds: with the exit we can say why, and without the end of stdout the last messages would be lost. A child of the
 * process that holds its stdout open must not keep us waiting for ever.
 */
const SECOND_SIGN_MS = 1_000;

/**
 * Takes over stdin and stdout of `child`. Closing ends its stdin, at which an app-server goes by itself; whoever started the process
 * stops it nevertheless.
 */
export function stdioTransport(child: PipedProcess, options: StdioOptions): Transport {
  const inbox = new Inbox();
  const ending = new Ending(options.clock);
  const cutter = new LineCutter({
    maxBytes: options.maxMessageBytes ?? MAX_MESSAGE_BYTES,
    onLine: (line) => {
      if (line.trim() !== '') inbox.deliver(line);
    },
  });
  child.stdout.on('data', (chunk: Buffer) => {
    if (ending.over) return;
    try {
      cutter.push(chunk);
    } catch (error) {
      // What follows cannot be cut into messages any more. The pipe is still read, so that the process can end.
      ending.now({ how: 'failed', message: `what Codex sent cannot be read: ${messageOf(error)}` });
    }
  });
  child.stdout.once('close', () => {
    if (!ending.over) cutter.end();
    ending.stdoutEnded();
  });
  child.stdout.on('error', (error) => ending.now({ how: 'failed', message: `reading from Codex failed: ${error.message}` }));
  void child.exited.then((exit) => ending.exited(exit));
  return {
    send(text) {
      if (!ending.over && child.stdin.writable) child.stdin.write(`${text}\n`);
    },
    receive: (listener) => inbox.listen(listener),
    async close() {
      ending.now({ how: 'closed', message: 'we closed the connection' });
      child.stdin.end();
      await ending.reached;
    },
    closed: ending.reached,
  };
}

/** Puts the two signs of an end together, and lets the first end stand. */
class Ending {
  readonly reached: Promise<TransportEnd>;
  over = false;
  readonly #clock: Clock;
  #resolve: (end: TransportEnd) => void = () => undefined;
  #exit: ProcessExit | undefined;
  #stdoutEnded = false;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.reached = new Promise((resolve) => {
      this.#resolve = resolve;
    });
  }

  now(end: TransportEnd): void {
    this.over = true;
    this.#resolve(end);
  }

  exited(exit: ProcessExit): void {
    this.#exit = exit;
    this.#sign();
  }

  stdoutEnded(): void {
    this.#stdoutEnded = true;
    this.#sign();
  }

  #sign(): void {
    if (this.#exit !== undefined && this.#stdoutEnded) this.#conclude();
    else this.#clock.after(SECOND_SIGN_MS, () => this.#conclude());
  }

  #conclude(): void {
    if (this.#exit === undefined) return this.now({ how: 'ended', message: 'Codex closed its stdout' });
    const { code, signal } = this.#exit;
    const message = signal === null ? `Codex exited with code ${code}` : `Codex was ended by ${signal}`;
    return this.now({ how: 'exited', message, exitCode: code, signal });
  }
}
