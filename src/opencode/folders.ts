/**
 * Where an OpenCode server keeps what. Only its data (conversations, logins) lies in the home of the agent; its configuration, cache and
 * state lie in folders of ours, so that nothing of a user's own OpenCode is read or changed there.
 */

import { createHash } from 'node:crypto';
import { join } from 'node:path';

export function xdgFolders(data: string, ours: string): Record<string, string> {
  return {
    XDG_DATA_HOME: data,
    XDG_CONFIG_HOME: join(ours, 'config'),
    XDG_CACHE_HOME: join(ours, 'cache'),
    XDG_STATE_HOME: join(ours, 'state'),
  };
}

/** A short name for a text, the same each time. */
export function nameOf(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 12);
}
