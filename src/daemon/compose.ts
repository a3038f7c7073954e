/**
 * The one place that constructs implementations: log, snapshots, agents, runtimes, and the host over them. Read downward it is the
 * start of a host, upward its stop.
 */

import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { resolve } from 'node:path';
import { systemClock } from '../base/clock.js';
import { SpoolError } from '../base/errors.js';
import { type HomePaths, homePaths } from '../base/home-paths.js';
import { makePrivateFolder } from '../base/private-files.js';
import { Stack } from '../base/stack.js';
import { VERSION } from '../base/version.js';
import type { Host } from '../host/face.js';
import { createHost } from '../host/host.js';
import type { OnReview } from '../host/review-desk.js';
import { HostTools } from '../host/tools/host-tools.js';
import type { HostTool } from '../host/tools/tool.js';
import { openSqliteLog } from '../log/sqlite/sqlite-log.js';
import { openSqliteSnapshots } from '../log/sqlite/sqlite-snapshots.js';
import type { Hub } from '../network/face.js';
import type { AgentDirectory } from '../ports/agents.js';
import type { Log } from '../ports/log.js';
import type { Logger } from '../ports/logger.js';
import { agentAccess } from './agent-access.js';
import { agentFiles } from './agents/agent-files.js';
import { serversBesideFile } from './agents/servers-beside-file.js';
import { codexAccounts } from './codex-accounts.js';
import { type Environment, otherHome, sharedCodexHome } from './environment.js';
import { hiddenFiles } from './hidden.js';
import { readHostFile } from './host-file.js';
import { hostToolServer, mountHostTools } from './host-tools.js';
import { createLogger } from './logging.js';
import { modelGateway } from './model-gateway.js';
import { composeRuntimes } from './runtimes/compose-runtimes.js';
import { runtimeOff } from './switch-file.js';
import { taskHub, taskParts } from './task-hub.js';
import { openVault, refresherOf } from './vault.js';

export interface ComposeOptions {
  readonly env: Environment;
  /** Overrides SPOOL_HOME. */
  readonly home?: string | undefined;
  /** Overrides SPOOL_LOG. */
  readonly logLevel?: string | undefined;
  /** Leave running turns going in their runtime when the host stops, so that the next start picks them up. Default true. */
  readonly keepRunningTurns?: boolean | undefined;
  /** Takes reviews on that agents' review loops ask for; without it each is a session of the reviewer. */
  readonly onReview?: OnReview | undefined;
  /** Offered from the start, so that conversations that are picked up have them too. */
  readonly tools?: readonly HostTool[] | undefined;
}

export interface Composed {
  /** Owns all that it is made of: disposing it closes the log and the runtimes too. */
  readonly host: Host;
  /** Goes with the host. */
  readonly hub: Hub;
  /** What the program offers to its agents. */
  readonly tools: HostTools;
  readonly paths: HomePaths;
  readonly logger: Logger;
}

/** Opens a home and puts a host over it. Rejects with `home-locked`, `log-too-new`, `log-damaged`; then nothing is left open. */
export async function compose(options: ComposeOptions): Promise<Composed> {
  const env: Environment = options.home === undefined ? options.env : { ...options.env, SPOOL_HOME: resolve(options.home) };
  const paths = homePaths(env, homedir(), process.platform);
  const logger = createLogger(options.logLevel ?? env['SPOOL_LOG'] ?? 'warn', (line) => process.stderr.write(line));
  for (const folder of [paths.config, paths.data, paths.run]) makePrivateFolder(folder);

  const stack = new Stack();
  try {
    const log = stack.use(await openLog(paths));
    const snapshots = stack.use(await openSqliteSnapshots({ directory: paths.log }));
    // What logins have left that were killed.
    if (existsSync(paths.logins)) await (await import('./login.js')).sweepLogins(paths);
    const vault = openVault(paths);
    const accounts = codexAccounts({ vault, account: refresherOf({ vault, env, logger }), agents: () => agents.list() });
    const access = agentAccess({ paths, logger });
    const gateway = stack.use(modelGateway({ access, vault, agents: () => agents, paths, env, logger }));
    // Closed before what it leads to.
    stack.use(access);
    const keepRunningTurns = options.keepRunningTurns ?? true;
    const runtimes = stack.use(
      composeRuntimes({ env, paths, logger, clock: systemClock, account: (home) => accounts.of(home), keepRunningTurns }),
    ).all;
    const tasks = stack.use(taskParts(paths, logger, () => hub));
    const agents: AgentDirectory = agentFiles({
      places: { agents: paths.agents, homes: paths.homes, sharedHome: sharedCodexHome(env), otherHome: otherHome(env) },
      logger,
      contributions: [
        serversBesideFile,
        hiddenFiles(paths, vault),
        accounts.check,
        gateway.contribution,
        hostToolServer({ access, host: () => host, warm: () => mounted.warm() }),
      ],
    });
    const tools = hostTools(options.tools, logger);
    const host = createHost({
      version: VERSION,
      home: paths.home,
      pid: process.pid,
      cwd: process.cwd(),
      log,
      snapshots,
      agents: tasks.watched(agents),
      runtimes,
      runtimeOff: runtimeOff(paths.settings),
      clock: systemClock,
      logger,
      onReview: options.onReview,
      tools: [tools, tasks.tools],
      retire: () => hub[Symbol.asyncDispose](),
      release: () => stack[Symbol.asyncDispose](),
    });
    const hub = taskHub({ host, log, tasks, paths, clock: systemClock, logger });
    const mounted = stack.use(mountHostTools(access, host, logger));
    return { host, hub, tools, paths, logger };
  } catch (error) {
    await stack[Symbol.asyncDispose]();
    throw error;
  }
}

/** Throws as `offer` does. */
function hostTools(offered: readonly HostTool[] = [], logger: Logger): HostTools {
  const tools = new HostTools(logger);
  for (const tool of offered) tools.offer(tool);
  return tools;
}

async function openLog(paths: HomePaths): Promise<Log> {
  try {
    return await openSqliteLog({ directory: paths.log });
  } catch (error) {
    const failure = SpoolError.from(error);
    if (failure.code !== 'home-locked') throw error;
    const holder = readHostFile(paths.hostFile);
    const who = holder === undefined ? 'another host' : `the host with pid ${holder.pid} at ${holder.url}`;
    throw new SpoolError('home-locked', `${who} is using the home ${paths.home}`, {
      cause: error,
      hint: 'talk to that one, stop it, or set SPOOL_HOME to another folder',
    });
  }
}
