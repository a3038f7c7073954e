/** The settings of a server that Codex starts: command, arguments, variables, folder. */

import { isAbsolute, join, resolve } from 'node:path';
import { SpoolError } from '../../base/errors.js';
import type { Draft } from './draft.js';
import type { ServerFields } from './fields.js';
import { placeholdersIn, resolved, solePlaceholder } from './placeholders.js';

/** `command` as it was taken: a program, or in OpenCode a list with its arguments. */
export function mapStdio(command: { readonly spelling: string; readonly value: unknown }, left: ServerFields, draft: Draft): void {
  const words: unknown[] = Array.isArray(command.value) ? command.value : [command.value];
  const [program, ...inline] = words.map((word) => (typeof word === 'string' ? word : undefined));
  if (program === undefined || program.trim() === '' || inline.includes(undefined)) {
    throw new SpoolError('invalid-input', `${command.spelling} is neither a program nor a list of texts`);
  }
  const given = [...inline.filter((word) => word !== undefined), ...(left.texts('args') ?? [])];
  const args = given.map((arg) => draft.filled('args', arg));
  draft.values['command'] = fromHome(draft.filled('command', program), draft);
  if (args.length > 0) draft.values['args'] = args;
  for (const arg of args) draft.literal('args', '', arg);
  mapVariables(left, draft);
  const cwd = folder(left, draft, [program, ...given]);
  if (cwd !== undefined) draft.values['cwd'] = cwd;
}

function mapVariables(left: ServerFields, draft: Draft): void {
  const env: Record<string, string> = {};
  const handedOn = new Set(left.texts('env_vars') ?? []);
  for (const [name, written] of left.map('env', 'environment') ?? []) {
    const value = resolved(written, draft.around);
    const sole = solePlaceholder(value);
    if (placeholdersIn(value).length === 0) {
      env[name] = value;
      draft.literal('env', name, value);
    } else if (sole?.variable !== undefined && sole.fallback === undefined) {
      handedOn.add(name);
      if (sole.variable !== name)
        draft.warnings.push(`env.${name} comes from ${sole.text}; Codex hands it on only by its own name: set ${name}`);
    } else if (sole?.fallback !== undefined) {
      env[name] = sole.fallback;
      draft.warnings.push(`env.${name} is ${sole.text}; it stands there with what counts by default`);
    } else {
      draft.warnings.push(
        `env.${name} is not carried over: ${placeholdersIn(value)[0]?.text ?? value} has no place in Codex's configuration`,
      );
    }
  }
  if (Object.keys(env).length > 0) draft.values['env'] = env;
  if (handedOn.size === 0) return;
  draft.values['env_vars'] = [...handedOn];
  draft.warnings.push(fromEnvironment([...handedOn], 'the server has to do'));
}

/** The environment of a Codex that a host runs is a closed list, so that no key of the host gets to an agent's commands. */
export function fromEnvironment(names: readonly string[], otherwise: string): string {
  return `takes ${names.join(', ')} from the environment of Codex, to which a host hands on no keys, and else what SPOOL_PASS_ENV names; without it ${otherwise}`;
}

function folder(left: ServerFields, draft: Draft, words: readonly string[]): string | undefined {
  const { project } = draft.around;
  const written = left.text('cwd', 'working_directory');
  if (written === undefined) {
    // Where it came from it was started in the project's folder, and it needs that.
    return words.some((word) => /^\.{1,2}[\\/]/.test(word)) ? project : undefined;
  }
  const cwd = fromHome(draft.filled('cwd', written), draft);
  if (isAbsolute(cwd)) return cwd;
  if (project !== undefined) return resolve(project, cwd);
  draft.warnings.push(`cwd is ${cwd}, which counts from wherever Codex works`);
  return cwd;
}

/** What a shell would have done, and Codex does not. */
function fromHome(path: string, { around }: Draft): string {
  return /^~[\\/]/.test(path) ? join(around.homedir, path.slice(2)) : path;
}
