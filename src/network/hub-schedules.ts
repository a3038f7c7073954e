/** The schedules of a hub: what they want of it, which is little. */

import { PERSON } from '../contract/task.js';
import type { Schedules } from './face.js';
import type { FoundStream } from './first-look.js';
import type { Members } from './members.js';
import { createSchedules } from './schedules/schedules.js';
import type { SendDesk } from './send-desk.js';
import type { TaskStore } from './task-writer.js';

export interface HubScheduleParts extends TaskStore {
  readonly streams: Promise<readonly FoundStream[]>;
  readonly members: Members;
  readonly sending: SendDesk;
  /** Once the tasks that were there are picked up. */
  readonly recovered: () => Promise<void>;
}

export function hubSchedules({ members, sending, recovered, ...parts }: HubScheduleParts): Schedules {
  return createSchedules({
    ...parts,
    async send(command, by, check) {
      await recovered();
      return sending.send(command, by, undefined, check);
    },
    checkAlias: (alias) => void members.find(alias),
    isAgent: (alias) => alias !== PERSON && members.get(alias) !== undefined,
  });
}
