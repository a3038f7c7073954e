/** What the host hands to each runtime that it constructs. */

import type { Clock } from '../../base/clock.js';
import type { HomePaths } from '../../base/home-paths.js';
import type { Account } from '../../codex/app-server/account.js';
import type { RuntimeCapabilities } from '../../contract/host.js';
import type { Agent } from '../../ports/agent.js';
import type { Logger } from '../../ports/logger.js';
import type { Environment } from '../environment.js';

export interface RuntimeParts {
  /** The host's environment. No runtime hands it on whole. */
  readonly env: Environment;
  readonly paths: HomePaths;
  readonly logger: Logger;
  readonly clock: Clock;
  /** The ChatGPT login for the process of a home; undefined where the home's own counts. */
  readonly account: (home: string) => Promise<Account | undefined>;
  readonly keepRunningTurns: boolean;
}

/** A runtime that the host can construct. What it can do is known before its code is loaded. */
export interface RuntimeEntry {
  readonly capabilities: (parts: RuntimeParts) => RuntimeCapabilities;
  readonly load: (parts: RuntimeParts) => Promise<Agent>;
}
