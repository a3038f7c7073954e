/**
 * Recovery at start: sessions whose snapshot is behind their stream, or that had something open, are woken; their intents do the
 * rest. Sessions at rest are left asleep, so a start costs by what was going on and not by what there is.
 */

import { Lane } from '../base/lane.js';
import type { Log } from '../ports/log.js';
import type { Logger } from '../ports/logger.js';
import type { Snapshots } from '../ports/snapshots.js';
import type { Awake } from './awake.js';

export interface RecoveryParts {
  readonly log: Log;
  readonly snapshots: Snapshots;
  readonly awake: Awake;
  readonly logger: Logger;
}

const AT_ONCE = 8;

/** Resolves with how many sessions were woken. One that cannot be woken is logged and left. */
export async function recover(parts: RecoveryParts): Promise<number> {
  const { log, snapshots, awake, logger } = parts;
  const marks = await snapshots.marks();
  const lanes = Array.from({ length: AT_ONCE }, () => new Lane());
  let woken = 0;
  for await (const { stream, head } of log.streams()) {
    const mark = marks.get(stream);
    if (mark?.settled === true && mark.position === head) continue;
    woken += 1;
    const lane = lanes[woken % AT_ONCE];
    void lane?.run(async () => {
      try {
        const { session } = await awake.get(stream);
        session.save();
      } catch (error) {
        logger.error({ session: stream, err: error }, 'the session could not be recovered');
      }
    });
  }
  await Promise.all(lanes.map((lane) => lane.drain()));
  return woken;
}
