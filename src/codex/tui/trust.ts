/**
 * Whether the user trusts a folder, as Codex's configuration has it: what a project brings along (settings, hooks) counts only then. Where
 * nothing was decided, Codex asks at its start; so it is told that the folder is not trusted, for this start alone.
 */

import { readFileSync, realpathSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { readToml, type TomlTable } from '../config-file/toml-read.js';
import { fieldsOf, textIn } from '../rollout/entry.js';

export interface Trust {
  readonly level: 'trusted' | 'untrusted' | undefined;
  /** The configuration says what its commands may do where nobody chose. */
  readonly permitted: boolean;
}

/** Of the home's configuration; where it cannot be read nothing is decided, and Codex will say what is wrong with it. */
export function trustIn(home: string, cwd: string): Trust {
  const config = configIn(home);
  const projects = fieldsOf(config['projects']);
  const levels = foldersOf(cwd).map((folder) => textIn(fieldsOf(projects?.[folder]), 'trust_level'));
  const level = levels.find((found) => found === 'trusted' || found === 'untrusted');
  const permitted = ['sandbox_mode', 'default_permissions', 'profile'].some((key) => config[key] !== undefined);
  return { level, permitted };
}

function configIn(home: string): TomlTable {
  try {
    return readToml(readFileSync(join(home, 'config.toml'), 'utf8'));
  } catch {
    return {};
  }
}

/** Where Codex looks for the decision: the folder, the root of its repository, and the repository whose worktree that is. */
function foldersOf(cwd: string): string[] {
  const folder = real(cwd);
  const root = rootOf(folder);
  return [...new Set([folder, cwd, ...(root === undefined ? [] : [root, ...mainOf(root)])])];
}

function rootOf(folder: string): string | undefined {
  for (let at = folder; ; at = dirname(at)) {
    if (kindOf(join(at, '.git')) !== undefined) return at;
    if (dirname(at) === at) return undefined;
  }
}

function mainOf(root: string): string[] {
  const file = join(root, '.git');
  if (kindOf(file) !== 'file') return [];
  const target = /^gitdir: *(.+?)\s*$/m.exec(readFileSync(file, 'utf8'))?.[1];
  const main = target === undefined ? undefined : /^(.*)\/\.git\/worktrees\/[^/]+$/.exec(resolve(root, target))?.[1];
  return main === undefined ? [] : [real(main)];
}

function kindOf(path: string): 'file' | 'folder' | undefined {
  const stats = statSync(path, { throwIfNoEntry: false });
  return stats === undefined ? undefined : stats.isDirectory() ? 'folder' : 'file';
}

function real(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}
