/**
 * Recovery at start: sessions whose snapshot is behind their stream, or that had something open, are woken; their intents do the
 * rest. Sessions at rest are left asleep, so a start costs by what was going on and not by what there is.
 */

import { Lane } from '../base/lane.js';
import type { Log } from '../ports/log.js';
import type { Logger } from '../ports/logger.js';
import type { Snapshots } from '../ports/snapshots.js';
import type { Awake } from './awake.js';
import { isSessionId } from './session-id.js';

export interface RecoveryParts {
  readonly log: Log;
  readonly snapshots: Snapshots;
  readonly awake: Awake;
  readonly logger: Logger;
  /** Aborted when the host stops, which cuts it short. */
  readonly stopping: AbortSignal;
}

const AT_ONCE = 8;

/** Never rejects; what goes wrong is logged. */
export async function recover(parts: RecoveryParts): Promise<void> {
  const { logger, stopping } = parts;
  try {
    const woken = await wake(parts);
    if (woken > 0) logger.info({ sessions: woken }, 'sessions were picked up where they stood');
  } catch (error) {
    if (!stopping.aborted) logger.error({ err: error }, 'recovery was cut short');
  }
}

/** Resolves with how many sessions were woken. One that cannot be woken is logged and left. */
async function wake({ log, snapshots, awake, logger }: RecoveryParts): Promise<number> {
  const marks = await snapshots.marks();
  const lanes = Array.from({ length: AT_ONCE }, () => new Lane());
  let woken = 0;
  for await (const { stream, head } of log.streams()) {
    if (!isSessionId(stream)) continue;
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
