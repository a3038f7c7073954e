/** The runtime `codex-app-server`, as a host has it. It is what hosts are for, so it is not loaded late. */

import { join } from 'node:path';
import { VERSION } from '../../base/version.js';
import { CodexAppServer } from '../../codex/app-server/agent.js';
import type { Agent } from '../../ports/agent.js';
import { codexOf } from '../codex-binary.js';
import { codexCare } from '../codex-care.js';
import { passedOn } from '../pass-env.js';
import type { RuntimeParts } from './runtime-parts.js';

export function codexAppServer({ env, paths, logger, clock, account, keepRunningTurns }: RuntimeParts): Agent {
  return new CodexAppServer({
    binary: () => codexOf(env),
    runDir: join(paths.run, 'codex'),
    takenDir: join(paths.data, 'taken-results'),
    env,
    extraEnv: passedOn(env),
    account,
    version: VERSION,
    keepRunningTurns,
    care: codexCare(env),
    logger,
    clock,
  });
}
