/** Tasks by the clock: each schedule is a stream of its own in the log. */

import type { Clock } from '../../base/clock.js';
import { SpoolError } from '../../base/errors.js';
import type { SendTask, Task } from '../../contract/task.js';
import type { Principal } from '../../host/face.js';
import type { Log } from '../../ports/log.js';
import type { Logger } from '../../ports/logger.js';
import type { Schedules } from '../face.js';

export interface ScheduleParts {
  readonly log: Log;
  readonly clock: Clock;
  readonly logger: Logger;
  /** A repeat with the same command id sends nothing twice. */
  readonly send: (command: SendTask, by: Principal) => Promise<Task>;
}

export function createSchedules(_parts: ScheduleParts): Schedules {
  const none = (): Promise<never> => Promise.reject(new SpoolError('unsupported', 'there are no schedules yet'));
  return {
    create: none,
    list: () => Promise.resolve({ items: [], next: null }),
    get: none,
    remove: none,
    pause: none,
    resume: none,
    run: none,
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}
