/** All runtimes of a host: those on Codex's app-server at once, the others when they are first used. */

import { Stack } from '../../base/stack.js';
import type { Runtime } from '../../contract/words.js';
import type { Agent } from '../../ports/agent.js';
import { acp } from './acp.js';
import { type AppServerRuntime, codexAppServer } from './codex-app-server.js';
import { codexCliMcp } from './codex-cli-mcp.js';
import { codexCodeCli } from './codex-code-cli.js';
import { codexExec } from './codex-exec.js';
import { lazyAgent } from './lazy-agent.js';
import { mock } from './mock.js';
import { opencode } from './opencode.js';
import type { RuntimeEntry, RuntimeParts } from './runtime-parts.js';

export interface Runtimes extends AsyncDisposable {
  readonly all: ReadonlyMap<Runtime, Agent>;
}

/** Each is in a room of its own, and nothing else names it. */
const LATER: Readonly<Record<Exclude<Runtime, AppServerRuntime>, RuntimeEntry>> = {
  'codex-cli-mcp': codexCliMcp,
  'codex-code-cli': codexCodeCli,
  'codex-exec': codexExec,
  acp,
  mock,
  opencode,
};

export function composeRuntimes(parts: RuntimeParts): Runtimes {
  const stack = new Stack();
  const all = new Map<Runtime, Agent>([
    ['codex-app-server', stack.use(codexAppServer(parts))],
    ['codex-cli-remote-control', stack.use(codexAppServer(parts, 'codex-cli-remote-control'))],
  ]);
  for (const [runtime, { capabilities, load }] of Object.entries(LATER) as [Runtime, RuntimeEntry][]) {
    all.set(runtime, stack.use(lazyAgent(capabilities(parts), () => load(parts))));
  }
  return { all, [Symbol.asyncDispose]: () => stack[Symbol.asyncDispose]() };
}
