/** The runtime `opencode`, as a host has it. */

import { join } from 'node:path';
import { childEnvironment } from '../../codex/app-server/child-env.js';
import { OPENCODE_CAPABILITIES } from '../../opencode/capabilities.js';
import { passedOn } from '../pass-env.js';
import type { RuntimeEntry } from './runtime-parts.js';

export const opencode: RuntimeEntry = {
  capabilities: () => OPENCODE_CAPABILITIES,
  async load({ env, paths, logger, clock }) {
    const [{ OpencodeAgent }, { findOpencode }] = await Promise.all([
      import('../../opencode/agent.js'),
      import('../../opencode/binary.js'),
    ]);
    // The same closed list as for Codex, without its own variable.
    const { CODEX_HOME: _, ...handedOn } = childEnvironment(env, '', passedOn(env));
    return new OpencodeAgent({
      binary: () => findOpencode({ explicit: env['SPOOL_OPENCODE_BIN'], path: env['PATH'] }),
      runDir: join(paths.run, 'opencode'),
      env: handedOn,
      clock,
      logger,
    });
  },
};
