/**
 * Variables in the values of other programs. Codex replaces nothing in its configuration, so each is resolved here where that is
 * safe, turned into one of Codex's own ways to take a variable, or told as what could not be carried over.
 */

import { sep } from 'node:path';

/** One thing that stands for something else, in the words of any of the programs. */
export interface Placeholder {
  /** As it is written. */
  readonly text: string;
  /** The variable of the environment that it stands for; undefined when it stands for something else. */
  readonly variable: string | undefined;
  /** What counts where the variable is not set. */
  readonly fallback: string | undefined;
}

const NAME = '[A-Za-z_][A-Za-z0-9_]*';
/** `${VAR}`, `${VAR:-else}`, `${env:VAR}`, `${input:id}`, `${workspaceFolder}`, and OpenCode's `{env:VAR}` and `{file:path}`. */
const ANY = /\$\{([^{}]*)\}|\{((?:env|file):[^{}]*)\}/g;
const VARIABLE = new RegExp(`^(?:env:)?(${NAME})(?::-(.*))?$`);
/** Words of editors that have the form of a variable. */
const CONTEXT = /^(?:workspaceFolder|workspaceFolderBasename|workspaceRoot|userHome|pathSeparator|\/|cwd|file\w*|selectedText)$/;

export function placeholdersIn(text: string): Placeholder[] {
  return [...text.matchAll(ANY)].map((match) => placeholderOf(match[0], match[1] ?? match[2] ?? ''));
}

/** The placeholder that the text is, with nothing around it. */
export function solePlaceholder(text: string): Placeholder | undefined {
  const [first] = placeholdersIn(text);
  return first?.text === text.trim() ? first : undefined;
}

/** The variable that a header takes its bearer token from: `Bearer ${VAR}`, and here `Bearer $VAR` too. */
export function bearerVariable(header: string): string | undefined {
  const token = /^bearer\s+(\S+)$/i.exec(header.trim())?.[1];
  if (token === undefined) return undefined;
  const bare = new RegExp(`^\\$(${NAME})$`).exec(token)?.[1];
  const sole = solePlaceholder(token);
  return bare ?? (sole?.fallback === undefined ? sole?.variable : undefined);
}

function placeholderOf(text: string, inner: string): Placeholder {
  const [, variable, fallback] = CONTEXT.test(inner) ? [] : (VARIABLE.exec(inner) ?? []);
  return { text, variable, fallback };
}

export interface Surroundings {
  readonly homedir: string;
  readonly project: string | undefined;
}

/** With what is the same for every run put in: the user's home, the project's folder, the separator of paths. */
export function resolved(text: string, { homedir, project }: Surroundings): string {
  const values: Readonly<Record<string, string | undefined>> = {
    userHome: homedir,
    pathSeparator: sep,
    '/': sep,
    workspaceFolder: project,
    workspaceRoot: project,
    workspaceFolderBasename: project?.split(sep).at(-1),
  };
  return text.replace(ANY, (whole, inner: string | undefined) => {
    if (inner === undefined || !Object.hasOwn(values, inner)) return whole;
    return values[inner] ?? whole;
  });
}

/** With the fallbacks of all variables put in, and what is left then. */
export function withFallbacks(text: string): { readonly text: string; readonly used: readonly string[]; readonly left: readonly string[] } {
  const used: string[] = [];
  const left: string[] = [];
  const filled = text.replace(ANY, (whole, inner: string | undefined, other: string | undefined) => {
    const { variable, fallback } = placeholderOf(whole, inner ?? other ?? '');
    if (fallback === undefined) left.push(whole);
    else used.push(variable ?? whole);
    return fallback ?? whole;
  });
  return { text: filled, used, left };
}
