/** Usage errors that name the word that was probably meant. */

import { SpoolError } from '../base/errors.js';
import { nearest } from '../base/nearest.js';

export function unknownCommand(shown: string, word: string, words: readonly string[], help: string): SpoolError {
  const meant = nearest(word, words);
  const parent = shown.endsWith(` ${word}`) ? `${shown.slice(0, -word.length - 1)} ` : '';
  const hint = meant === undefined ? `\`${help}\` lists the commands` : `did you mean \`spool ${parent}${meant}\`?`;
  return new SpoolError('invalid-input', `there is no command \`spool ${shown}\``, { hint });
}

export function unknownFlag(flag: string, flags: readonly string[], path: string): SpoolError {
  const meant = nearest(flag, flags);
  const hint = meant === undefined ? `\`spool help ${path}\` lists the flags` : `did you mean ${meant}?`;
  return new SpoolError('invalid-input', `\`spool ${path}\` has no flag ${flag}`, { hint });
}
