/** The hub of a host: its tasks in the host's own log, its agents from elsewhere in the home. */

import { type Clock, isoTime } from '../base/clock.js';
import type { HomePaths } from '../base/home-paths.js';
import type { Host } from '../host/face.js';
import { sourcedTool } from '../host/tools/sourced-tool.js';
import { lazySnapshots } from '../log/lazy-snapshots.js';
import { openSqliteSnapshots } from '../log/sqlite/sqlite-snapshots.js';
import type { Hub } from '../network/face.js';
import { lazyHub } from '../network/lazy-hub.js';
import { TaskTools } from '../network/tools/task-tools.js';
import type { AgentDirectory } from '../ports/agents.js';
import type { Log } from '../ports/log.js';
import type { Logger } from '../ports/logger.js';
import type { OutsideDirectory } from '../ports/outside-agents.js';
import type { Snapshots } from '../ports/snapshots.js';
import { nodeIdentity } from './node-id.js';
import { besideOutsiders, outsideAgents } from './outside-agents.js';
import { webhookFiles } from './webhook-files.js';

/** What there is of tasks before the host, which is made with it. */
export interface TaskParts extends AsyncDisposable {
  readonly snapshots: Snapshots;
  readonly outside: OutsideDirectory;
  /** By which agents take part. */
  readonly tools: TaskTools;
  /** The same agents, none of whom is called like one from elsewhere; who takes part from now on, or no more, is told to `tools`. */
  watched(agents: AgentDirectory): AgentDirectory;
}

/** `hub` is asked for only when a tool is called. */
export function taskParts(paths: HomePaths, logger: Logger, hub: () => Hub): TaskParts {
  const snapshots = lazySnapshots(() => openSqliteSnapshots({ directory: paths.log, name: 'tasks.db' }));
  const outside = outsideAgents(paths.outsideAgents, logger);
  const tools = new TaskTools({ hub, isOutsider: (alias) => outside.get(alias) !== undefined, sourced: sourcedTool });
  return {
    ...{ snapshots, outside, tools },
    watched: (agents) => ({
      ...besideOutsiders(agents, outside),
      async update(alias, change) {
        const before = agents.get(alias)?.tasks !== undefined;
        const agent = await agents.update(alias, change);
        if ((agent.tasks !== undefined) !== before) tools.changed(alias);
        return agent;
      },
    }),
    [Symbol.asyncDispose]: () => snapshots[Symbol.asyncDispose](),
  };
}

export interface TaskHubParts {
  readonly host: Host;
  readonly log: Log;
  /** Disposed by whoever made them, behind the hub. */
  readonly tasks: TaskParts;
  readonly paths: HomePaths;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Throws `invalid-input` for a file of the home that cannot be read. */
export function taskHub({ host, log, tasks: { snapshots, outside }, paths, clock, logger }: TaskHubParts): Hub {
  const webhookStore = webhookFiles(paths);
  const startedAt = isoTime(clock);
  return lazyHub({
    ...{ host, log, snapshots, outside, webhookStore, clock, logger },
    // Made with the first who asks, as the hub is.
    get node() {
      return { ...nodeIdentity(paths.nodeId), startedAt };
    },
  });
}
