/** Whom clients of A2A can reach: agents of this host and agents from elsewhere whose task settings say that they are public. */

import type { TaskSettings } from '../../contract/task.js';
import type { Host, Principal } from '../../host/face.js';
import type { Hub } from '../../network/face.js';

export interface PublicAgent {
  readonly alias: string;
  readonly role: string | undefined;
  readonly skills: readonly string[];
  /** Whether it can be shown images. */
  readonly images: boolean;
}

/** As whom the door looks who is there; what it then does for a client it does as that client. */
const READER: Principal = { name: 'a2a', role: 'viewer' };

/** The agents of this host first. Asked anew each time, because a setting may have changed. */
export function publicAgents(host: Host, hub: Hub): PublicAgent[] {
  const { runtimes } = host.capabilities();
  const own = host.listAgents(READER).items.flatMap(({ alias, tasks, runtime }) => {
    const images = runtimes.find((one) => one.runtime === runtime)?.images === true;
    return shown(alias, tasks, images);
  });
  // What an agent from elsewhere can be shown only it knows.
  return [...own, ...hub.listOutsideAgents(READER).items.flatMap(({ alias, tasks }) => shown(alias, tasks, true))];
}

function shown(alias: string, settings: TaskSettings | undefined, images: boolean): PublicAgent[] {
  if (settings?.public !== true) return [];
  return [{ alias, role: settings.role, skills: settings.skills ?? [], images }];
}
