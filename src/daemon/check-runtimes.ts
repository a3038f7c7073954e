/** Looks at the runtimes that agents of this home use: whether the program of each is there, and fits. Changes nothing. */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { programOf } from '../acp-agents/program.js';
import { systemClock } from '../base/clock.js';
import { SpoolError } from '../base/errors.js';
import type { HomePaths } from '../base/home-paths.js';
import { isOlder } from '../base/version-order.js';
import { requireCodex } from '../codex/binary.js';
import type { AgentInfo, RuntimeCapabilities } from '../contract/host.js';
import { RUNTIMES, type Runtime } from '../contract/words.js';
import { findOpencode, requireOpencode } from '../opencode/binary.js';
import { silentLogger } from '../ports/logger.js';
import { agentFiles } from './agents/agent-files.js';
import type { Check } from './check-codex.js';
import { codexOf } from './codex-binary.js';
import { type Environment, otherHome, sharedCodexHome } from './environment.js';
import { composeRuntimes } from './runtimes/compose-runtimes.js';

/** One for each runtime beside `codex-app-server`, which is what is said of Codex anyway; and one for each agent that cannot be used. */
export async function checkRuntimes(env: Environment, paths: HomePaths): Promise<Check[]> {
  const { agents, broken } = agentsOf(env, paths);
  const used = RUNTIMES.filter((runtime) => runtime !== 'codex-app-server' && agents.some((agent) => agent.runtime === runtime));
  if (used.length === 0) return broken;
  const known = await capabilitiesOf(env, paths);
  const checks = used.map(async (runtime) => {
    const users = agents.filter((agent) => agent.runtime === runtime);
    return await checkRuntime(runtime, users, known.get(runtime), env);
  });
  return [...(await Promise.all(checks)).flat(), ...broken];
}

function agentsOf(env: Environment, paths: HomePaths): { readonly agents: readonly AgentInfo[]; readonly broken: Check[] } {
  const broken: Check[] = [];
  const places = { agents: paths.agents, homes: paths.homes, sharedHome: sharedCodexHome(env), otherHome: otherHome(env) };
  const warn = (_: object, says: string): void => void broken.push({ name: 'agent', state: 'warning', says });
  const agents = agentFiles({ places, logger: { ...silentLogger, warn } }).list();
  return { agents, broken };
}

async function capabilitiesOf(env: Environment, paths: HomePaths): Promise<ReadonlyMap<Runtime, RuntimeCapabilities>> {
  const account = (): Promise<undefined> => Promise.resolve(undefined);
  await using runtimes = composeRuntimes({ env, paths, logger: silentLogger, clock: systemClock, account, keepRunningTurns: false });
  return new Map([...runtimes.all].map(([runtime, { capabilities }]) => [runtime, capabilities]));
}

async function checkRuntime(
  runtime: Runtime,
  users: readonly AgentInfo[],
  capabilities: RuntimeCapabilities | undefined,
  env: Environment,
): Promise<Check[]> {
  const names = users.map(({ alias }) => alias).join(', ');
  const who = `${users.length === 1 ? 'agent' : 'agents'} ${names}`;
  if (capabilities === undefined) {
    return [
      {
        name: runtime,
        state: 'bad',
        says: `this Spool has no such runtime (${who})`,
        mend: `spool agent set ${users[0]?.alias ?? ''} --runtime codex-app-server`,
      },
    ];
  }
  // Each agent may name another program.
  if (runtime === 'acp') return users.map((agent) => checked(runtime, `agent ${agent.alias}`, () => checkCommand(agent, env)));
  try {
    return [{ name: runtime, state: 'good', says: `${await programText(capabilities, env)} (${who})` }];
  } catch (error) {
    return [asCheck(runtime, who, error)];
  }
}

function checked(runtime: Runtime, who: string, look: () => string): Check {
  try {
    return { name: runtime, state: 'good', says: `${look()} (${who})` };
  } catch (error) {
    return asCheck(runtime, who, error);
  }
}

function checkCommand({ runtimeOptions }: AgentInfo, env: Environment): string {
  const { path, args } = programOf(runtimeOptions?.command, env['PATH']);
  return [path, ...args].join(' ');
}

/** Rejects with `runtime-missing`, `runtime-too-old`, or `unsupported` for one that is too new. */
async function programText({ program }: RuntimeCapabilities, env: Environment): Promise<string> {
  if (program === null) return 'needs no program';
  if (program.name === 'opencode') return await opencodeText(env);
  const path = codexOf(env);
  const version = await requireCodex(path);
  if (program.from !== null && isOlder(version, program.from)) {
    throw new SpoolError('runtime-too-old', `Codex ${version} at ${path} is too old for it: ${program.from} is the oldest that works`, {
      hint: 'spool codex install',
    });
  }
  if (program.below !== null && !isOlder(version, program.below)) {
    throw new SpoolError('unsupported', `Codex ${version} at ${path} is too new for it, which works below ${program.below}`, {
      hint: `use the runtime codex-app-server, or set SPOOL_CODEX_BIN to a Codex below ${program.below}`,
    });
  }
  return `Codex ${version} at ${path}`;
}

async function opencodeText(env: Environment): Promise<string> {
  const path = findOpencode({ explicit: env['SPOOL_OPENCODE_BIN'], path: env['PATH'] });
  const scratch = mkdtempSync(join(tmpdir(), 'spool-doctor-'));
  try {
    return `OpenCode ${await requireOpencode(path, scratch)} at ${path}`;
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

function asCheck(runtime: Runtime, who: string, error: unknown): Check {
  const { message, hint } = SpoolError.from(error);
  return { name: runtime, state: 'bad', says: `${message} (${who})`, ...(hint === undefined ? {} : { mend: hint }) };
}
