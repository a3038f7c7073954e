/** Whether a value that is written as it is would be a secret in a file. */

const NAMES = /(?:token|secret|passw(?:or)?d|passphrase|credentials?|authorization|cookie|(?:^|[_-]|api|access|private)key)$/i;
const SIGNS = /^(?:sk-|gh[pousr]_|github_pat_|xox[abprs]-|glpat-|eyJ)|:\/\/[^/\s:@]*:[^/\s@]+@|[?&][\w-]*(?:key|token|secret)=[^&]+/i;

/** By the name that it stands under, and by what it looks like. */
export function isSecret(name: string, value: string): boolean {
  return value.trim() !== '' && (SIGNS.test(value) || NAMES.test(name.replace(/([a-z0-9])([A-Z])/g, '$1_$2')));
}
