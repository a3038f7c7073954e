/** What a thread may do, as each version of Codex wants to be told: a profile, and folders beside the working one that may be written. */

import type { OpenThread } from '../../ports/agent.js';
import type * as Codex from '../generated/protocol.js';
import { hiding } from './hidden-files.js';
import type { Link } from './link.js';
import { namesProfiles } from './versions.js';

/** The one profile of which it is known that it lets an agent write. */
const WRITING = ':workspace';

export type Permitted = Pick<Codex.ThreadStartParams, 'permissions' | 'runtimeWorkspaceRoots' | 'config'>;

/** Folders only add to what may be written: where a profile or the user's own settings forbid writing, they change nothing. */
export async function permissionsOf(link: Link, thread: OpenThread): Promise<Permitted> {
  const { cwd, permissions, setup = {} } = thread;
  const { profile } = permissions;
  const more = setup.writableRoots ?? [];
  if (!namesProfiles(link.version)) return await olderPermissions(link, cwd, profile, more);
  const named = (await hiding(link, thread)) ?? (profile === undefined ? {} : { permissions: profile });
  if (more.length === 0) return named;
  // They take the place of those that the user's settings name, which count where no profile is chosen.
  const own = profile === undefined ? await configuredRoots(link, cwd) : [];
  return { ...named, runtimeWorkspaceRoots: [...new Set([cwd, ...own, ...more])] };
}

/** Up to 0.130 the folders are a part of the profile, or of the settings. There they open a profile that forbids writing, too. */
async function olderPermissions(link: Link, cwd: string, id: string | undefined, more: readonly string[]): Promise<Permitted> {
  if (id !== undefined) {
    const modifications = id === WRITING ? more.map((path) => ({ type: 'additionalWritableRoot', path })) : [];
    const profile = { type: 'profile', id, ...(modifications.length === 0 ? {} : { modifications }) };
    // The generated types know only the newest form.
    return { permissions: profile as unknown as string };
  }
  if (more.length === 0) return {};
  const roots = new Set([...(await configuredRoots(link, cwd)), ...more]);
  return { config: { 'sandbox_workspace_write.writable_roots': [...roots] } };
}

async function configuredRoots(link: Link, cwd: string): Promise<readonly string[]> {
  const { config } = await link.request('config/read', { cwd, includeLayers: false });
  return config.sandbox_workspace_write?.writable_roots ?? [];
}
