/** What a host tells of itself and its load. */

import type { HostStatus } from '../contract/host.js';
import { statusOf } from '../domain/state.js';
import type { Agent } from '../ports/agent.js';
import type { Log } from '../ports/log.js';
import type { Awake } from './awake.js';

export interface StatusParts {
  readonly version: string;
  readonly home: string;
  readonly pid: number;
  readonly log: Log;
  readonly runtimes: ReadonlyMap<unknown, Agent>;
}

export async function hostStatus(parts: StatusParts, awake: Awake, startedAt: string): Promise<HostStatus> {
  const { version, home, pid, log, runtimes } = parts;
  const states = [...awake.list()].map(({ session }) => statusOf(session.state));
  return {
    ...{ version, pid, startedAt, home },
    events: (await log.head()).position,
    sessions: {
      awake: states.length,
      running: states.filter((status) => status === 'running').length,
      waiting: states.filter((status) => status === 'waiting').length,
    },
    runtimes: (await Promise.all([...runtimes.values()].map((runtime) => runtime.status()))).flat(),
  };
}
