/** The program that an agent's file names: a path, or a name on the host's PATH. There is never a shell in between. */

import { accessSync, constants, statSync } from 'node:fs';
import { basename, delimiter, isAbsolute, join } from 'node:path';
import { SpoolError } from '../base/errors.js';
import { redact } from '../base/redact.js';

/** The most of a command that is shown, in characters. */
const MOST_SHOWN = 80;

export interface Program {
  /** Absolute. */
  readonly path: string;
  readonly args: readonly string[];
  /** For a person to read, without anything that may be a secret. */
  readonly shown: string;
}

/** Throws `runtime-missing`, or `invalid-input` where nothing sensible is named. */
export function programOf(command: readonly string[] | undefined, path: string | undefined): Program {
  const [name, ...args] = command ?? [];
  if (name === undefined) {
    throw new SpoolError('invalid-input', 'it is not said which program speaks the Agent Client Protocol', {
      hint: 'set runtimeOptions.command of the agent, like ["opencode", "acp"]',
    });
  }
  if (!isAbsolute(name) && basename(name) !== name) {
    throw new SpoolError('invalid-input', `the program ${name} is named by a relative path`, {
      hint: 'name it by an absolute path, or by a name that is on the PATH of the host',
    });
  }
  const found = findOnPath(name, path);
  if (found === undefined) {
    const where = isAbsolute(name) ? `there is no executable file ${name}` : `${name} is not on the PATH of the host`;
    throw new SpoolError('runtime-missing', `the program of this agent was not found: ${where}`, {
      hint: 'install it, or set runtimeOptions.command of the agent to the absolute path of it',
      details: { command: name },
    });
  }
  return { path: found, args, shown: shownAs([basename(name), ...args].join(' ')) };
}

/** The absolute path of an executable; undefined when there is none. */
export function findOnPath(name: string, path: string | undefined): string | undefined {
  if (isAbsolute(name)) return isExecutable(name) ? name : undefined;
  if (basename(name) !== name) return undefined;
  // A relative folder on the PATH would mean another file wherever we stand.
  const folders = (path ?? '').split(delimiter).filter((folder) => isAbsolute(folder));
  return folders.map((folder) => join(folder, name)).find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    // Not there, or not for us: both mean that it is not it.
    return false;
  }
}

function shownAs(command: string): string {
  const line = redact(command).replaceAll(/\s+/g, ' ');
  return line.length <= MOST_SHOWN ? line : `${line.slice(0, MOST_SHOWN - 1)}…`;
}
