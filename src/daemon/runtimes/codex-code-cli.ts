/** The runtime `codex-code-cli`, as a host has it. */

import { join } from 'node:path';
import { TUI_CAPABILITIES } from '../../codex/tui/capabilities.js';
import { codexOf } from '../codex-binary.js';
import { passedOn } from '../pass-env.js';
import type { RuntimeEntry } from './runtime-parts.js';

export const codexCodeCli: RuntimeEntry = {
  capabilities: () => TUI_CAPABILITIES,
  async load({ env, paths, logger, clock, account }) {
    const { CodexTui } = await import('../../codex/tui/agent.js');
    return new CodexTui({
      binary: () => codexOf(env),
      dataDir: join(paths.data, 'code-cli'),
      runDir: join(paths.run, 'code-cli'),
      env,
      extraEnv: passedOn(env),
      ...{ account, logger, clock },
    });
  },
};
