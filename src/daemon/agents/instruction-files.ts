/** The files beside an agent's configuration that its instructions are composed from: `instructions.md` and `instructions.d`. */

import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { messageOf } from '../../base/errors.js';
import type { NamedText } from '../../domain/instructions.js';

const SUFFIX = '.instructions.md';

/** `complain` is given a sentence for each file that is there and cannot be read. */
export type Complain = (message: string) => void;

/** Whether there is any such file with something in it. */
export function hasInstructionFiles(folder: string): boolean {
  return [join(folder, 'instructions.md'), ...moduleFiles(folder)].some(
    (file) => (statSync(file, { throwIfNoEntry: false })?.size ?? 0) > 0,
  );
}

/** What stands in the agent's own file. */
export function ownInstructions(folder: string, complain: Complain): string {
  return textOf(join(folder, 'instructions.md'), complain);
}

/** The modules by name. */
export function instructionModules(folder: string, complain: Complain): readonly NamedText[] {
  const place = join(folder, 'instructions.d');
  return moduleFiles(folder).map((file) => ({ name: file.slice(place.length + 1, -SUFFIX.length), text: textOf(file, complain) }));
}

/** The text of a file; empty when there is none. */
export function textOf(file: string, complain: Complain): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const missing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
    if (!missing) complain(`${file} cannot be read and is left out: ${messageOf(error)}`);
    return '';
  }
}

function moduleFiles(folder: string): string[] {
  const place = join(folder, 'instructions.d');
  try {
    const names = readdirSync(place).filter((name) => name.endsWith(SUFFIX));
    return names.toSorted().map((name) => join(place, name));
  } catch {
    // The agent has no modules.
    return [];
  }
}
