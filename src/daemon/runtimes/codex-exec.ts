/** The runtime `codex-exec`, as a host has it. */

import { join } from 'node:path';
import { EXEC_CAPABILITIES } from '../../codex/exec/capabilities.js';
import { codexOf } from '../codex-binary.js';
import { passedOn } from '../pass-env.js';
import type { RuntimeEntry } from './runtime-parts.js';

export const codexExec: RuntimeEntry = {
  capabilities: () => EXEC_CAPABILITIES,
  async load({ env, paths, logger, clock, account }) {
    const { CodexExec } = await import('../../codex/exec/agent.js');
    return new CodexExec({
      binary: () => codexOf(env),
      runDir: join(paths.run, 'codex-exec'),
      bookDir: join(paths.data, 'codex-exec'),
      env,
      extraEnv: passedOn(env),
      account,
      clock,
      logger,
    });
  },
};
