/**
 * Whether a command line begins with the words of a rule. Asked in two ways, because a mistake must fall on the safe side: before a yes
 * every command of the line must certainly begin with them, for a no it is enough that one of them may.
 */

import { type Command, commandsOf } from './shell-line.js';

/** Where shells are; one of the same name elsewhere could be anything. */
const SHELL = /^(?:\/(?:usr\/(?:local\/)?|opt\/homebrew\/|run\/current-system\/sw\/)?bin\/)?(?:bash|zsh|sh|dash|ksh)$/;

/** What may stand in front of a command. */
const ASSIGNMENT = /^[A-Za-z_]\w*(?:\[[^\]]*\])?\+?=/;
const RESERVED = new Set(['!', '{', 'if', 'then', 'elif', 'else', 'while', 'until', 'do', 'time', 'coproc']);

/** Programs that run what they are given as arguments, or that read it as a program. */
const RUNS_OTHERS =
  /^(?:sudo|doas|su|runuser|env|xargs|parallel|timeout|nohup|nice|ionice|chrt|taskset|stdbuf|setsid|setpriv|unshare|nsenter|chroot|strace|ltrace|watch|entr|script|flock|command|builtin|exec|eval|source|\.|trap|alias|function|find|fd|ssh|docker|podman|kubectl|tmux|screen|busybox|toybox|bash|zsh|sh|dash|ksh|fish|csh|tcsh|pwsh|powershell|cmd|python[\d.]*|node|deno|bun|perl|ruby|php|lua|awk|gawk|mawk|osascript|npx|bunx|uvx)(?:\.exe)?$/;

/** The words of a rule, read as a shell reads them. */
export function wordsOf(prefix: string): readonly string[] {
  const commands = commandsOf(prefix);
  const [only] = commands ?? [];
  if (commands?.length === 1 && only !== undefined) return textsOf(only);
  return prefix.split(/\s+/).filter((word) => word !== '');
}

/** The commands of a line, without the shell that a runtime puts around it; null when it cannot be told what they are. */
export function commandsRun(line: string): readonly Command[] | null {
  return commandsOf(scriptOf(line));
}

/** Whether every command of the line certainly begins with these words. */
export function surelyBegins(line: string, words: readonly string[]): boolean {
  const commands = commandsRun(line);
  if (commands === null || commands.length === 0 || words.length === 0) return false;
  return commands.every((command) => words.every((word, at) => command[at]?.text === word && command[at].open === undefined));
}

/** Whether one of the commands of the line may begin with these words; of a line that cannot be read, whether it contains them. */
export function maybeBegins(line: string, words: readonly string[]): boolean {
  const wanted = words.map((word) => word.toLowerCase());
  const commands = commandsRun(line);
  if (commands === null) return contains(scriptOf(line), wanted);
  return commands.some((command) => {
    const first = command.findIndex(({ text }) => !ASSIGNMENT.test(text) && !RESERVED.has(text));
    const name = command[first];
    if (name === undefined) return false;
    if (beginsAt(textsOf(command), first, wanted)) return true;
    return (name.open !== undefined || RUNS_OTHERS.test(nameOf(name.text))) && contains(textsOf(command).join(' '), wanted);
  });
}

/** Runtimes show what they run as `/bin/bash -lc 'git status'`: what is run is the script. */
function scriptOf(line: string): string {
  const [only, ...more] = commandsOf(line) ?? [];
  if (only === undefined || more.length > 0 || only.some(({ open }) => open !== undefined)) return line;
  const [shell = '', flag, script, ...rest] = textsOf(only);
  if (!SHELL.test(shell) || (flag !== '-c' && flag !== '-lc') || rest.length > 0) return line;
  return script ?? line;
}

/** Whether the text has these words one after the other, whatever stands around them. */
function contains(text: string, wanted: readonly string[]): boolean {
  const plain = text.replace(/\\\n|['"\\]/g, '').replace(/\$\{?IFS\}?/g, ' ');
  const words = plain.split(/[\s;|&()<>`${},]+/).filter((word) => word !== '');
  return words.some((_, at) => beginsAt(words, at, wanted));
}

function beginsAt(words: readonly string[], at: number, wanted: readonly string[]): boolean {
  return wanted.every((word, n) => {
    const here = words[at + n]?.toLowerCase();
    return here === word || (n === 0 && here !== undefined && nameOf(here) === word);
  });
}

/** `rm` of `/bin/rm`. */
function nameOf(program: string): string {
  return program.slice(program.lastIndexOf('/') + 1).toLowerCase();
}

function textsOf(command: Command): string[] {
  return command.map(({ text }) => text);
}
