/** The runtime `acp`, as a host has it: agents of other makers, which speak the Agent Client Protocol. */

import { join } from 'node:path';
import { acpCapabilities } from '../../acp-agents/capabilities.js';
import { VERSION } from '../../base/version.js';
import { childEnvironment } from '../../codex/app-server/child-env.js';
import { passedOn } from '../pass-env.js';
import type { RuntimeEntry } from './runtime-parts.js';

export const acp: RuntimeEntry = {
  capabilities: () => acpCapabilities,
  async load({ env, paths, clock, logger }) {
    const { AcpAgents } = await import('../../acp-agents/agent.js');
    return new AcpAgents({
      path: env['PATH'],
      environment: (home, extra) => childEnvironment(env, home, { ...passedOn(env), ...extra }),
      runDir: join(paths.run, 'acp'),
      version: VERSION,
      clock,
      logger,
    });
  },
};
