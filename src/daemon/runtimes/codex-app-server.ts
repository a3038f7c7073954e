/**
 * The runtime `codex-app-server`, as a host has it; it is what hosts are for, so it is not loaded late. And its twin
 * `codex-cli-remote-control`, with processes of its own on loopback ports, to which other clients of Codex can attach.
 */

import { join } from 'node:path';
import { VERSION } from '../../base/version.js';
import { CodexAppServer } from '../../codex/app-server/agent.js';
import type { Agent } from '../../ports/agent.js';
import { codexOf } from '../codex-binary.js';
import { codexCare } from '../codex-care.js';
import { passedOn } from '../pass-env.js';
import type { RuntimeParts } from './runtime-parts.js';

export type AppServerRuntime = 'codex-app-server' | 'codex-cli-remote-control';

export function codexAppServer(parts: RuntimeParts, runtime: AppServerRuntime = 'codex-app-server'): Agent {
  const { env, paths, logger, clock, account, keepRunningTurns } = parts;
  return new CodexAppServer({
    runtime,
    binary: () => codexOf(env),
    // The two of one CODEX_HOME are two processes, which must not take each other's state for their own.
    runDir: join(paths.run, runtime === 'codex-app-server' ? 'codex' : 'codex-remote'),
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
