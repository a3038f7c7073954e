/**
 * Writes composed instructions to where they are read. A file that somebody else wrote is never touched, and one of ours only when
 * something has changed.
 */

import { lstatSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { writePrivateFile } from '../../base/private-files.js';
import { COMPOSED_MARK } from '../../domain/instructions.js';

/** `foreign`: what stands there is not ours, and still stands there. */
export type WrittenInstructions = 'written' | 'unchanged' | 'foreign';

export interface InstructionsFile {
  readonly file: string;
  /** Begins with `COMPOSED_MARK`. */
  readonly text: string;
  /** Replaces a file whole or not at all. */
  readonly write?: (file: string, text: string) => void;
}

/** Throws what the system says when it cannot be written; then the old file is as it was. */
export function writeInstructions({ file, text, write = writeDerived }: InstructionsFile): WrittenInstructions {
  const found = standing(file);
  if (found === text) return 'unchanged';
  if (found !== undefined && found.trim() !== '' && !found.startsWith(COMPOSED_MARK)) return 'foreign';
  write(file, text);
  return 'written';
}

/** Takes away what `writeInstructions` wrote, and nothing else. */
export function removeInstructions(file: string): void {
  if (hasInstructions(file)) rmSync(file, { force: true });
}

/** Whether a text of ours stands there, be it an old one. */
export function hasInstructions(file: string): boolean {
  return standing(file)?.startsWith(COMPOSED_MARK) === true;
}

/** Whether Codex reads another file of this home in the place of its AGENTS.md. */
export function isOverridden(home: string): boolean {
  try {
    return readFileSync(join(home, 'AGENTS.override.md'), 'utf8').trim() !== '';
  } catch {
    // None, or one that Codex cannot read either.
    return false;
  }
}

/** After a power cut it is compared and written again with the next conversation. */
function writeDerived(file: string, text: string): void {
  writePrivateFile(file, text, { derived: true });
}

/** The text of the file; undefined when there is nothing. A link or a folder was put there by somebody, whatever it says. */
function standing(file: string): string | undefined {
  const found = lstatSync(file, { throwIfNoEntry: false });
  if (found === undefined) return undefined;
  return found.isFile() ? readFileSync(file, 'utf8') : 'somebody else';
}
