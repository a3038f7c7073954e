/**
 * The first run: find Codex, choose whose login it uses, make an agent, say hello. Every step looks first whether it is done already, so
 * that it may be run again at any time; what a step does is written to a log of its own.
 */

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { SpoolError } from '../../base/errors.js';
import { requireCodex } from '../../codex/binary.js';
import { Alias } from '../../contract/words.js';
import { checkCodex } from '../check-codex.js';
import { codexOf, installCodex } from '../codex-binary.js';
import { type Environment, sharedCodexHome } from '../environment.js';
import { type Assisted, assist } from './failure-assist.js';
import type { SetupLog, StepRecord } from './setup-log.js';
import type { Choice, Talk } from './talk.js';

export const LOGIN_METHODS = ['browser', 'device', 'api-key'] as const;
export type LoginMethod = (typeof LOGIN_METHODS)[number];

/** What was decided beforehand, by flags; what is undefined is asked. */
export interface SetupWishes {
  readonly installCodex: boolean | undefined;
  /** `home`: the login that Codex has itself. */
  readonly login: LoginMethod | 'home' | 'skip' | undefined;
  /** Null for none. */
  readonly agent: string | null | undefined;
  readonly hello: boolean | undefined;
}

export interface SetupParts {
  readonly env: Environment;
  readonly talk: Talk;
  readonly log: SetupLog;
  readonly wishes: SetupWishes;
  /** A login into the vault; resolves to what it is known by. */
  readonly login: (method: LoginMethod) => Promise<string>;
  /** What the vault has, by what it is known by. */
  readonly vaultLabel: () => Promise<string | undefined>;
  /** Makes the agent; false when there is one of this alias. */
  readonly makeAgent: (alias: string, home: 'own' | 'shared') => Promise<boolean>;
  /** Runs one turn and resolves to what the agent said. */
  readonly hello: (alias: string) => Promise<string>;
  /** Whether a failed step may be taken to Codex. */
  readonly assist: boolean;
}

export interface SetupResult {
  readonly ok: boolean;
  readonly steps: readonly StepRecord[];
  readonly agent: string;
  readonly assisted?: Assisted;
}

type Login = 'home' | 'vault' | 'none';

/** Never rejects for a step that fails: the result says so. Rejects with `cancelled` when the person leaves. */
export async function runSetup(parts: SetupParts): Promise<SetupResult> {
  const steps: StepRecord[] = [];
  let agent = 'default';
  const run = async <T>(step: string, title: string, work: () => Promise<[Omit<StepRecord, 'step'>, T]>): Promise<T> => {
    parts.talk.step(title);
    try {
      const [record, value] = await work();
      steps.push({ step, ...record });
      parts.log.note({ step, ...record });
      parts.talk.say(record.says);
      return value;
    } catch (error) {
      throw SpoolError.from(error).code === 'cancelled' ? error : new FailedAt(step, SpoolError.from(error));
    }
  };
  try {
    await run('codex', 'Codex', () => codexStep(parts));
    const login = await run('login', 'Login', () => loginStep(parts));
    agent = await run('agent', 'An agent', () => agentStep(parts, login));
    await run('hello', 'Hello', () => helloStep(parts, agent, login));
    return { ok: true, steps, agent };
  } catch (error) {
    if (!(error instanceof FailedAt)) throw error;
    const { step, failure } = error;
    const record: StepRecord = { step, outcome: 'failed', says: failure.message };
    steps.push(record);
    parts.log.note(record);
    parts.talk.warn(failure.hint === undefined ? failure.message : `${failure.message}\n${failure.hint}`);
    if (!parts.assist) return { ok: false, steps, agent };
    const files = [parts.log.path, ...filesOf(parts.env, step)];
    const assisted = await assist({ step, error: failure.message, hint: failure.hint, files }, parts);
    return { ok: false, steps, agent, assisted };
  }
}

class FailedAt extends Error {
  readonly step: string;
  readonly failure: SpoolError;

  constructor(step: string, failure: SpoolError) {
    super(failure.message);
    this.step = step;
    this.failure = failure;
  }
}

async function codexStep({ env, talk, wishes }: SetupParts): Promise<[Omit<StepRecord, 'step'>, string]> {
  try {
    const path = codexOf(env);
    return [{ outcome: 'kept', says: `Codex ${await requireCodex(path)} at ${path}` }, path];
  } catch (error) {
    const failure = SpoolError.from(error);
    if (failure.code !== 'runtime-missing' && failure.code !== 'runtime-too-old') throw error;
    talk.warn(failure.message);
    const wanted = wishes.installCodex ?? (await talk.confirm('Install it with npm into the home of Spool?', false));
    if (!wanted) throw failure;
  }
  const { path, version, hiddenBy } = await talk.during('npm fetches Codex (about 100 MB)', () => installCodex(env));
  if (hiddenBy !== undefined) {
    throw new SpoolError('runtime-too-old', `Codex ${version} was installed, but ${hiddenBy} stands before it on the PATH`, {
      hint: `update that one, or: export SPOOL_CODEX_BIN=${path}`,
    });
  }
  return [{ outcome: 'done', says: `Codex ${version} was installed at ${path}` }, path];
}

async function loginStep({ env, talk, wishes, login, vaultLabel }: SetupParts): Promise<[Omit<StepRecord, 'step'>, Login]> {
  const own = (await checkCodex(env)).find(({ name }) => name === 'login');
  const home = own?.state === 'good' ? own.says : undefined;
  const stored = await vaultLabel();
  const wish = wishes.login ?? (await askLogin(talk, home, stored));
  if (wish === 'skip')
    return [{ outcome: 'skipped', says: 'No login; the model cannot be asked until there is one: spool login codex' }, 'none'];
  if (wish === 'home') {
    if (home !== undefined) return [{ outcome: 'kept', says: `The login of ${sharedCodexHome(env)}: ${home}` }, 'home'];
    throw new SpoolError('invalid-input', `${sharedCodexHome(env)} has no login: ${own?.says ?? 'it was not looked at'}`, {
      hint: 'codex login, or choose a login of Spool: spool setup --login browser',
    });
  }
  if (wish === 'stored') return [{ outcome: 'kept', says: `The login of Spool: ${stored ?? ''}` }, 'vault'];
  const label = await login(wish);
  return [{ outcome: 'done', says: `Logged in: ${label}`, method: wish }, 'vault'];
}

type LoginAnswer = LoginMethod | 'home' | 'stored' | 'skip';

/** Without a login nothing works, so that is asked a second time. */
async function askLogin(talk: Talk, home: string | undefined, stored: string | undefined): Promise<LoginAnswer> {
  const initial: LoginAnswer = stored !== undefined ? 'stored' : home !== undefined ? 'home' : 'skip';
  const choices: Choice<LoginAnswer>[] = [
    ...(stored === undefined ? [] : [{ value: 'stored' as const, label: 'The login that Spool has', hint: stored }]),
    ...(home === undefined ? [] : [{ value: 'home' as const, label: 'The one that Codex has on this machine', hint: home }]),
    { value: 'browser', label: 'Log in to ChatGPT in the browser', hint: 'a login of its own, kept in the vault of Spool' },
    { value: 'device', label: 'Log in to ChatGPT with a code, on another device' },
    { value: 'api-key', label: 'An API key of OpenAI' },
    { value: 'skip', label: 'None for now' },
  ];
  for (;;) {
    const answer = await talk.choose('Whose login shall agents use?', choices, initial);
    if (answer !== 'skip' || !talk.canAsk) return answer;
    if (await talk.confirm('Really without? No agent can work until there is a login.', false)) return answer;
  }
}

async function agentStep({ talk, wishes, makeAgent }: SetupParts, login: Login): Promise<[Omit<StepRecord, 'step'>, string]> {
  const wanted = wishes.agent === undefined ? await askAgent(talk) : wishes.agent;
  if (wanted === null)
    return [{ outcome: 'skipped', says: 'The agent "default" is there, with the CODEX_HOME of this machine' }, 'default'];
  const checked = Alias.safeParse(wanted);
  if (!checked.success) throw new SpoolError('invalid-input', `${JSON.stringify(wanted)}: ${checked.error.issues[0]?.message ?? ''}`);
  // A home of its own has no login but the vault's.
  const home = login === 'vault' ? 'own' : 'shared';
  const made = await makeAgent(checked.data, home);
  if (!made) return [{ outcome: 'kept', says: `The agent ${wanted} is there already` }, wanted];
  return [
    {
      outcome: 'done',
      says: `The agent ${wanted} was made, with ${home === 'own' ? 'a CODEX_HOME of its own' : 'the CODEX_HOME of this machine'}`,
    },
    wanted,
  ];
}

async function askAgent(talk: Talk): Promise<string | null> {
  if (!(await talk.confirm('Make an agent of your own, beside "default"?', false))) return null;
  return await talk.line('What shall it be called?', {
    initial: 'helper',
    wrong: (line) => Alias.safeParse(line).error?.issues[0]?.message,
  });
}

async function helloStep({ talk, wishes, hello }: SetupParts, agent: string, login: Login): Promise<[Omit<StepRecord, 'step'>, null]> {
  const wanted =
    wishes.hello ?? (login !== 'none' && talk.canAsk && (await talk.confirm(`Say hello to ${agent}? It asks the model once.`, true)));
  if (!wanted) return [{ outcome: 'skipped', says: `Say hello later: spool run --agent ${agent} "Hello"` }, null];
  const said = await talk.during(`${agent} is asked`, () => hello(agent));
  return [{ outcome: 'done', says: `${agent} says: ${said}` }, null];
}

/** What there is to read about a step. */
function filesOf(env: Environment, step: string): string[] {
  const docs = fileURLToPath(new URL('../../../docs/', import.meta.url));
  const general = ['getting-started.md', 'operations.md'].map((name) => join(docs, name));
  const config = join(sharedCodexHome(env), 'config.toml');
  const byStep: Readonly<Record<string, readonly string[]>> = {
    codex: [join(docs, 'codex-versions.md')],
    login: [join(docs, 'credentials.md'), config],
    agent: [join(docs, 'agents.md')],
    hello: [config, join(docs, 'turns.md')],
  };
  return [...general, ...(byStep[step] ?? [])].filter((file) => existsSync(file));
}
