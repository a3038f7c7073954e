/**
 * Starts a process on a terminal of its own, for programs that want one. It leads its own session as all that process.ts starts, and is
 * stopped in the same way. When we die the terminal is gone, and the system tells the process so with SIGHUP.
 */

import { existsSync } from 'node:fs';
import { constants } from 'node:os';
import { SpoolError } from './errors.js';
import { killFamily, type StopOptions } from './kill-ladder.js';
import { type ProcessExit, processTable, type StartProcess } from './process.js';

export interface StartInTerminal extends Omit<StartProcess, 'onStderr'> {
  /** The whole environment, as strings. */
  readonly env: Readonly<Record<string, string>>;
  readonly columns: number;
  readonly rows: number;
  /** Gets what it writes, as it writes it, which may be before it is handed out; `type` answers it. */
  readonly onOutput: (text: string, type: (text: string) => void) => void;
}

export interface TerminalProcess {
  readonly pid: number;
  /** Tells this process from a later one with the same pid; undefined when it ended before it could be read. */
  readonly start: string | undefined;
  /** Resolves when the process itself is gone and all that it wrote was handed over. */
  readonly exited: Promise<ProcessExit>;
  readonly exit: ProcessExit | undefined;
  /** Types at the terminal; without effect when nobody sits there any more. */
  write(text: string): void;
  /** As that of `RunningProcess`. */
  stop(options?: StopOptions): Promise<readonly number[]>;
}

type LoadTerminals = () => Promise<Pick<typeof import('@lydell/node-pty'), 'spawn'>>;

const loadTerminals: LoadTerminals = () => import('@lydell/node-pty');

/**
 * Rejects with `runtime-missing` when this installation has no terminals, `invalid-input` when the folder is not there. A command that
 * cannot be run is told as any end of it: exit status 1 and what the system says as output.
 */
export async function startInTerminal(options: StartInTerminal, load: LoadTerminals = loadTerminals): Promise<TerminalProcess> {
  const { command, args = [], cwd = process.cwd(), env, columns: cols, rows, onOutput } = options;
  const { spawn } = await terminals(load);
  if (!existsSync(cwd)) throw new SpoolError('invalid-input', `the folder ${cwd} does not exist`, { details: { cwd } });
  const pty = spawn(command, [...args], { cwd, cols, rows, env: { ...env }, name: env['TERM'] ?? 'xterm-256color' });
  let exit: ProcessExit | undefined;
  const exited = new Promise<ProcessExit>((resolve) => {
    pty.onExit(({ exitCode, signal }) => {
      exit = endOf(exitCode, signal);
      resolve(exit);
    });
  });
  const write = (text: string): void => {
    if (exit === undefined) pty.write(text);
  };
  pty.onData((text) => onOutput(text, write));
  const { pid } = pty;
  const start = (await processTable.find(pid))?.start;
  let stopping: Promise<readonly number[]> | undefined;
  const stop = async (how?: StopOptions): Promise<readonly number[]> => {
    const left = await killFamily({ pid, start }, processTable, how);
    if (!left.includes(pid)) await exited;
    return left;
  };
  return {
    ...{ pid, start, exited },
    get exit() {
      return exit;
    },
    write,
    stop: (how) => {
      stopping ??= stop(how);
      return stopping;
    },
  };
}

async function terminals(load: LoadTerminals): ReturnType<LoadTerminals> {
  try {
    return await load();
  } catch (error) {
    throw new SpoolError('runtime-missing', 'this installation of Spool has no terminals: the package @lydell/node-pty cannot be loaded', {
      hint: 'install Spool again with its optional packages (npm install --include=optional), or use a runtime without a terminal',
      cause: error,
    });
  }
}

function endOf(exitCode: number, signal: number | undefined): ProcessExit {
  if (signal === undefined || signal === 0) return { code: exitCode, signal: null };
  const name = Object.entries(constants.signals).find(([, number]) => number === signal)?.[0];
  return { code: null, signal: name ?? String(signal) };
}
