/** Usage errors that name the word that was probably meant. */

import { SpoolError } from '../base/errors.js';

/** The nearest of `words`, when one is near enough to be meant. */
export function nearest(word: string, words: readonly string[]): string | undefined {
  const allowed = Math.max(1, Math.floor(word.length / 3));
  const ranked = words
    .map((candidate) => ({ candidate, far: candidate.startsWith(word) && word.length > 1 ? 0 : distance(word, candidate) }))
    .sort((a, b) => a.far - b.far);
  const best = ranked[0];
  return best !== undefined && best.far <= allowed ? best.candidate : undefined;
}

/** How many letters have to be changed, added, left out or swapped with their neighbour. */
function distance(a: string, b: string): number {
  let before: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1] ? 0 : 1;
      let least = Math.min((last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (last[j - 1] ?? 0) + same);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) least = Math.min(least, (before[j - 2] ?? 0) + 1);
      row.push(least);
    }
    before = last;
    last = row;
  }
  return last[b.length] ?? 0;
}

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
