/** The hub of a host: its tasks in the host's own log, its agents from elsewhere in the home. */

import type { Clock } from '../base/clock.js';
import type { HomePaths } from '../base/home-paths.js';
import type { Host } from '../host/face.js';
import { lazySnapshots } from '../log/lazy-snapshots.js';
import { openSqliteSnapshots } from '../log/sqlite/sqlite-snapshots.js';
import type { Hub } from '../network/face.js';
import { createHub } from '../network/hub.js';
import type { Log } from '../ports/log.js';
import type { Logger } from '../ports/logger.js';
import type { Snapshots } from '../ports/snapshots.js';
import { nodeIdentity } from './node-id.js';
import { outsideAgents } from './outside-agents.js';

export interface TaskHubParts {
  readonly host: Host;
  readonly log: Log;
  /** Disposed by whoever made them, behind the hub. */
  readonly snapshots: Snapshots;
  readonly paths: HomePaths;
  readonly clock: Clock;
  readonly logger: Logger;
}

export function taskSnapshots(paths: HomePaths): Snapshots {
  return lazySnapshots(() => openSqliteSnapshots({ directory: paths.log, name: 'tasks.db' }));
}

/** Throws `invalid-input` for a file of the home that cannot be read. */
export function taskHub({ host, log, snapshots, paths, clock, logger }: TaskHubParts): Hub {
  const outside = outsideAgents(paths.outsideAgents);
  return createHub({ host, log, snapshots, outside, clock, logger, node: nodeIdentity(paths.nodeId) });
}
