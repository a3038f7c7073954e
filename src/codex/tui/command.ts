/** How Codex's interface is started: with arguments for what anybody may see, the environment for what may be a secret, and no shell. */

import { join } from 'node:path';
import { SpoolError } from '../../base/errors.js';
import type { TerminalCommand } from '../../contract/terminal.js';
import type { OpenThread, StartTurn } from '../../ports/agent.js';
import { childEnvironment, type Environment } from '../app-server/child-env.js';
import { overridesOf } from '../command-line/overrides.js';
import { tomlValue } from '../command-line/toml-value.js';
import { isolatedHome } from './isolation.js';
import type { Program } from './program.js';
import { trustIn } from './trust.js';

/** What all starts have in common. */
export interface Surroundings {
  readonly program: Program;
  /** The host's environment; only a closed list of names is handed on. */
  readonly env: Environment;
  readonly extraEnv: Environment;
  /** A private folder for homes without the user's settings. */
  readonly homes: string;
}

/** One turn in the background. */
export interface TurnCommand {
  readonly thread: OpenThread;
  readonly turn: Pick<StartTurn, 'model' | 'effort' | 'serviceTier'>;
  /** The conversation to go on with; a new one begins when absent. */
  readonly native: string | undefined;
  readonly prompt: string;
  readonly images: readonly string[];
}

/** The longest argument that Linux takes, with room to spare. */
const LONGEST = 120_000;

/** Throws `invalid-input` for what cannot be told in this way. Secrets are in `env` alone. */
export function turnCommand(of: TurnCommand, around: Surroundings): TerminalCommand {
  const { thread, turn, native, prompt, images } = of;
  const { serviceTier } = turn;
  // Nothing of a turn before counts for this one, so that null and the conversation's own mean what they say.
  const effort = turn.effort === null ? undefined : (turn.effort ?? thread.effort);
  const tier = serviceTier === undefined || serviceTier === null ? {} : { service_tier: serviceTier };
  const config = { ...thread.options?.config, ...tier };
  const told = surrounded(
    of.thread,
    { ...thread, model: turn.model ?? thread.model, effort, options: { ...thread.options, config } },
    around,
  );
  const said = spoken(prompt);
  return {
    ...{ command: around.program.path, env: told.env, cwd: thread.cwd },
    args: [
      ...(native === undefined ? [] : ['resume']),
      ...told.args,
      ...settings({ ...QUIET, approval_policy: 'never', ...migrationsOf(around.program) }),
      ...images.map((path) => `--image=${path}`),
      ...(thread.options?.extraArgs ?? []),
      // Behind the dashes nothing is taken for a flag.
      '--',
      ...(native === undefined ? [] : [native]),
      said,
    ],
  };
}

/**
 * The command with which a person goes on with a conversation of this runtime in a terminal of their own. It has the settings of the
 * conversation, asks the person where its permissions say so, and must not run while a turn of the host does.
 */
export function terminalCommand(thread: OpenThread, native: string | undefined, around: Surroundings): TerminalCommand {
  const { args, env } = surrounded(thread, thread, around);
  const { approvalPolicy } = thread.permissions;
  return {
    ...{ command: around.program.path, env, cwd: thread.cwd },
    args: [
      ...(native === undefined ? [] : ['resume']),
      ...args,
      ...(approvalPolicy === undefined || approvalPolicy === 'untrusted' ? [] : settings({ approval_policy: approvalPolicy })),
      // The offer of another model would stand before the conversation, and taking it would change the configuration.
      ...settings({ check_for_update_on_startup: false, ...migrationsOf(around.program) }),
      ...(thread.options?.extraArgs ?? []),
      ...(native === undefined ? [] : ['--', native]),
    ],
  };
}

/** Nobody looks at the screen. What Codex would write down about what it has shown goes into the user's configuration, so it shows nothing. */
const QUIET = {
  check_for_update_on_startup: false,
  'tui.animations': false,
  'tui.show_tooltips': false,
  'tui.notifications': false,
} as const;

type Told = Parameters<typeof overridesOf>[0];

function surrounded(thread: OpenThread, settingsOf: Told, { program, env, extraEnv, homes }: Surroundings) {
  const { home, cwd, options = {} } = thread;
  const { args, env: secrets } = overridesOf(settingsOf, program.version);
  const own = options.useUserConfig === false;
  const flagged = own && ISOLATION.every((flag) => program.flags.has(flag));
  const codexHome = own && !flagged ? isolatedHome(home, homes) : home;
  return {
    args: [
      ...(program.flags.has('--no-daemon') ? ['--no-daemon'] : []),
      ...(flagged ? ISOLATION : []),
      // Said, so that Codex does not ask which folder it is to work in.
      ...['--cd', cwd],
      ...trustSettings(own ? join(home, 'none') : home, cwd, args),
      ...args,
    ],
    env: {
      ...childEnvironment(env, codexHome, extraEnv),
      ...secrets,
      TERM: 'xterm-256color',
      ...(codexHome === home ? {} : { CODEX_SQLITE_HOME: home }),
    },
  };
}

/** Flags that leave the user's own setup out; so far only `codex exec` has them. */
const ISOLATION: readonly string[] = ['--ignore-user-config', '--ignore-rules'];

/**
 * Where the user has not decided about a folder it counts as not trusted. To Codex that is a decision, behind which it lets commands
 * write; so where nobody chose permissions either, they stay the narrowest.
 */
function trustSettings(home: string, cwd: string, args: readonly string[]): string[] {
  const { level, permitted } = trustIn(home, cwd);
  if (level !== undefined) return [];
  const chosen = permitted || args.some((arg) => /^(?:sandbox_mode|default_permissions)=/.test(arg));
  return settings({ projects: { [cwd]: { trust_level: 'untrusted' } }, ...(chosen ? {} : { sandbox_mode: 'read-only' }) });
}

/** Codex offers newer models at its start, unless it has done so before. */
function migrationsOf({ migrations }: Program): Parameters<typeof settings>[0] {
  return migrations.size === 0 ? {} : { 'notice.model_migrations': Object.fromEntries(migrations) };
}

function settings(all: Readonly<Record<string, Parameters<typeof tomlValue>[0]>>): string[] {
  return Object.entries(all).flatMap(([key, value]) => ['--config', `${key}=${tomlValue(value)}`]);
}

/**
 * A prompt as an argument. What begins with an exclamation mark would be run as a command of the user's, without a sandbox: a blank before
 * it makes it words.
 */
export function spoken(prompt: string): string {
  const said = prompt.startsWith('!') ? ` ${prompt}` : prompt;
  const bytes = Buffer.byteLength(said);
  if (bytes <= LONGEST && !said.includes('\0')) return said;
  throw new SpoolError(
    'invalid-input',
    said.includes('\0') ? 'a prompt with a zero byte' : `a prompt of ${bytes} bytes cannot be given to a terminal`,
    {
      hint: 'put it into a file and name that, or use the runtime codex-exec or codex-app-server',
    },
  );
}
