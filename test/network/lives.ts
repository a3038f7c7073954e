/** Hosts one after the other over the same store: the first ones die at an append that a test names, the next finds what they have left. */

import type { AgentInfo } from '../../src/contract/host.js';
import { memoryLog } from '../../src/log/memory/memory-log.js';
import { memorySnapshots } from '../../src/log/memory/memory-snapshots.js';
import type { AgentScript } from '../../src/testing/index.js';
import { ManualClock } from '../../src/testing/manual-clock.js';
import { memoryOutsideAgents } from '../../src/testing/outside-agents.js';
import { OWNER } from '../host/rig.js';
import { MortalLog, mortalSnapshots } from './mortal-log.js';
import { type Stage, stage } from './stage.js';

/** A host that is still the one that ran the turn would say so. */
export const GOES_ON: AgentScript = { open: () => Promise.resolve({ unsettled: 'running' as const }) };

export interface Life extends Stage {
  readonly mortal: MortalLog;
}

export interface Lives {
  readonly clock: ManualClock;
  /** The next host. One that has died is never disposed: nobody is there who could. */
  begin(script?: AgentScript): Life;
}

export function lives(agents: readonly AgentInfo[]): Lives {
  const [log, snapshots, tasks, outside] = [memoryLog(), memorySnapshots(), memorySnapshots(), memoryOutsideAgents()];
  const clock = new ManualClock();
  return {
    clock,
    begin(script) {
      const mortal = new MortalLog(log);
      const kept = { log: mortal, snapshots: mortalSnapshots(snapshots, mortal), tasks: mortalSnapshots(tasks, mortal), outside, clock };
      return Object.assign(stage(agents, { ...kept, ...(script === undefined ? {} : { script }) }), { mortal });
    },
  };
}

/** The types of a session's events. */
export async function told(life: Stage, session: string | undefined): Promise<string[]> {
  const { events } = await life.host.events(session ?? '', { after: 0, limit: 1000 }, OWNER);
  return events.map(({ type }) => type);
}
