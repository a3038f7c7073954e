/** Commands without the shell around them. */

/** The command that a person would type: runtimes wrap it as `/bin/bash -lc '…'`. */
export function bareCommand(command: string): string {
  const inner = /^(?:\/[\w/.-]+\/)?(?:ba|z|da)?sh -l?c (?<rest>[\s\S]+)$/.exec(command)?.groups?.['rest'];
  if (inner === undefined) return command;
  const single = /^'((?:[^']|'\\''|'"'"')*)'$/.exec(inner)?.[1];
  if (single !== undefined) return single.replaceAll(`'\\''`, "'").replaceAll(`'"'"'`, "'");
  const double = /^"((?:[^"\\]|\\.)*)"$/.exec(inner)?.[1];
  if (double !== undefined) return double.replace(/\\(["\\$`])/g, '$1');
  return /^[\w./-]+$/.test(inner) ? inner : command;
}
