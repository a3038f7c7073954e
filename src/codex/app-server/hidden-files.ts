/**
 * What an agent's commands must not read. A sandbox of Codex keeps them from writing, but lets them read whatever its user may; so the
 * profile that is meant is put behind one of ours, which takes the reading of some files away.
 */

import { readFileSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import type { OpenThread } from '../../ports/agent.js';
import type * as Codex from '../generated/protocol.js';
import type { Link } from './link.js';
import { deniesReading } from './versions.js';

export type Hiding = Required<Pick<Codex.ThreadStartParams, 'permissions' | 'config'>>;

/**
 * The profile that hides them and its definition; undefined where nothing is to be hidden or nothing can be: without a sandbox, in older
 * versions, and where the user's settings describe the sandbox in the old way, which knows no such thing.
 */
export async function hiding(link: Link, { cwd, permissions, setup = {} }: OpenThread): Promise<Hiding | undefined> {
  const { unreadable = [] } = setup;
  if (unreadable.length === 0 || !deniesReading(link.version)) return undefined;
  const meant = permissions.profile ?? (await defaultProfile(link, cwd));
  if (meant === undefined || meant === ':danger-full-access') return undefined;
  const name = `spool-${meant.replace(/^:/, '')}`;
  const filesystem = Object.fromEntries(unreadable.map((path) => [path, 'deny']));
  return { permissions: name, config: { permissions: { [name]: { extends: meant, filesystem } } } };
}

/** What Codex goes by where nobody names a profile; undefined for settings of the old kind. */
async function defaultProfile(link: Link, cwd: string): Promise<string | undefined> {
  const { config } = await link.request('config/read', { cwd, includeLayers: false });
  const named = config['default_permissions'];
  if (typeof named === 'string') return named;
  if (config.sandbox_mode !== null || config.sandbox_workspace_write !== null) return undefined;
  return isKnown(config['projects'], cwd) ? ':workspace' : ':read-only';
}

/** Whether its user has said of the folder, or of the repository that it is in, whether it is trusted: either way agents may write there. */
function isKnown(projects: unknown, cwd: string): boolean {
  if (typeof projects !== 'object' || projects === null) return false;
  return [cwd, repositoryOf(cwd)].some((folder) => {
    const project: unknown = folder === undefined ? undefined : Reflect.get(projects, folder);
    return typeof project === 'object' && project !== null && typeof Reflect.get(project, 'trust_level') === 'string';
  });
}

/** The main folder of the git repository, also from one of its further worktrees. */
function repositoryOf(cwd: string): string | undefined {
  for (let folder = resolve(cwd); ; folder = dirname(folder)) {
    const git = join(folder, '.git');
    const found = statSync(git, { throwIfNoEntry: false });
    if (found?.isDirectory() === true) return folder;
    if (found?.isFile() === true) {
      const shared = /^gitdir: (.*)\/\.git\/worktrees\/[^/]+\s*$/.exec(readFileSync(git, 'utf8'))?.[1];
      return shared === undefined ? folder : resolve(folder, shared);
    }
    if (dirname(folder) === folder) return undefined;
  }
}
