/**
 * What a level plays on: a folder of its own with SPOOL_HOME, HOME and CODEX_HOME, the offline model, and an environment in which nothing
 * but loopback can be reached. When it is taken down every process that belongs to the folder is gone, or the level has failed.
 */

import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { type OfflineConfigOptions, type OfflineModel, prepareOfflineHome, type Script, startOfflineModel } from '../src/testing/index.js';
import { prepareOpencode } from './cast.js';
import { type Climb, must, Unmet } from './ladder.js';
import { oldCodex } from './old-codex.js';
import { closeOutside, type Outside, providersAmong } from './outside.js';
import { brief, canLook, processesOf } from './process-tree.js';
import { type Env, type Ran, ROOT, runSpool, type Served, serve, startHost } from './program.js';
import { NotSeen, until } from './until.js';

/** Stands in the environment of every host, where it must stay: none of the processes that it starts has a use for them. */
export const HOST_SECRETS: Env = { OPENAI_API_KEY: 'sk-e2e-openai-0123456789abcdef', ANTHROPIC_API_KEY: 'sk-ant-e2e-0123456789abcdef' };

export interface Stage extends AsyncDisposable {
  readonly folder: string;
  /** SPOOL_HOME. */
  readonly home: string;
  readonly codexHome: string;
  /** Where agents work. */
  readonly work: string;
  readonly env: Env;
  readonly model: OfflineModel;
  readonly outside: Outside;
  /** Starts a host; `more` is added to its environment. */
  serve(more?: Env): Promise<Served>;
  /** Starts a program with a host that offers a tool to its agents, once for each Codex. */
  serveTools(codex?: string): Promise<Served>;
  /** The programs that it has started. */
  programs(): Promise<readonly Served[]>;
  spool(...args: readonly string[]): Promise<Ran>;
  /** 1, 2, 3, …: for names that are to differ. */
  count(): number;
}

export interface StageOptions {
  readonly config?: Omit<OfflineConfigOptions, 'trust'>;
  /** OpenCode is pointed at the offline model too. */
  readonly opencode?: boolean;
  /** What the model answers; directives in the prompts unless given. */
  readonly script?: Script;
}

/** Makes a stage for a level; it is taken down, and looked over, when the level ends. */
export async function stageFor(climb: Climb, { config = {}, opencode = false, script }: StageOptions = {}): Promise<Stage> {
  const folder = await mkdtemp(join(await realpath(tmpdir()), 'e2e-'));
  const [home, codexHome, work, log] = [join(folder, 'spool'), join(folder, 'codex'), join(folder, 'work'), join(folder, 'host.log')];
  await Promise.all([mkdir(work), writeFile(log, '')]);
  const outside = await closeOutside();
  const model = await startOfflineModel(script === undefined ? {} : { script });
  await prepareOfflineHome(codexHome, model, { ...config, trust: [work] });
  if (opencode) await prepareOpencode(folder, model);
  const env = environment({ folder, home, codexHome }, outside);
  const watching = outside.watch(folder);
  const hosts: Served[] = [];
  let counted = 0;
  const programs = new Map<string | undefined, Promise<Served>>();
  climb.look(`the diagnostics of the host: ${log}`, `the folder of the level: ${folder}`);
  return climb.use({
    ...{ folder, home, codexHome, work, env, model, outside },
    async serve(more = {}) {
      const served = await serve({ env: { ...env, ...more }, log });
      hosts.push(served);
      return served;
    },
    serveTools(codex) {
      const there = programs.get(codex) ?? startHost({ env: { ...env, ...codexEnv(home, codex) }, log }, [PROGRAM]);
      programs.set(codex, there);
      return there;
    },
    programs: () => started(programs.values()),
    spool: (...args) => runSpool(env, args),
    count: () => ++counted,
    async [Symbol.asyncDispose]() {
      for (const host of [...hosts, ...(await started(programs.values()))]) await host.end('SIGTERM');
      watching[Symbol.dispose]();
      // Behind a step that failed a turn may still run, which is left running on purpose.
      if (!climb.failed && !climb.stopped)
        await climb.check('when the host has stopped none of its processes is left', () => nothingLeft(folder));
      if (!climb.stopped) await climb.check('nobody but the offline model was asked', () => Promise.resolve(nobodyCalled(outside)));
      await sweep(folder);
      await model[Symbol.asyncDispose]();
      await outside[Symbol.asyncDispose]();
      if (!climb.failed) await rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 });
    },
  });
}

/** What a user's shell would have, and nothing of ours: programs of the project are on the PATH. */
function environment(at: { folder: string; home: string; codexHome: string }, outside: Outside): Env {
  const path = [join(ROOT, 'node_modules', '.bin'), dirname(process.execPath), ...(process.env['PATH'] ?? '').split(delimiter)];
  return {
    PATH: [...new Set(path)].join(delimiter),
    HOME: at.folder,
    SPOOL_HOME: at.home,
    CODEX_HOME: at.codexHome,
    SPOOL_LOG: 'debug',
    LANG: 'C.UTF-8',
    USER: 'e2e',
    ...HOST_SECRETS,
    ...outside.env,
  };
}

/** One home has one host, so one with another Codex has its own. */
export function codexEnv(home: string, codex: string | undefined): Env {
  return codex === undefined ? {} : { SPOOL_HOME: `${home}-${codex}`, SPOOL_CODEX_BIN: oldCodex(codex) };
}

async function started(programs: Iterable<Promise<Served>>): Promise<Served[]> {
  return (await Promise.allSettled(programs)).flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
}

/** As it is built; levels that need it are played from there. */
const PROGRAM = join(ROOT, '.build', 'e2e', 'agents-program.js');
const GONE_MS = 10_000;

/** Resolves when no process belongs to the folder any more. */
export async function nothingLeft(folder: string): Promise<string> {
  if (!canLook()) return `not looked at: ${process.platform} has no /proc`;
  let left = processesOf(folder);
  await until(
    'all processes have ended',
    () => {
      left = processesOf(folder);
      return left.length === 0 ? true : undefined;
    },
    { ms: GONE_MS, seen: () => left.map(brief).join('\n') },
  );
  return 'no process names its folder any more';
}

function nobodyCalled({ refused, reached }: Outside): string | undefined {
  must(reached.size === 0, 'a socket led to another machine', () => [...reached].join(', '));
  const providers = providersAmong(refused.keys());
  must(providers.length === 0, 'a provider of models was called (and refused by our proxy)', () => providers.join(', '));
  const others = [...refused].map(([host, times]) => `${host} ${times}×`);
  return others.length === 0 ? '0 requests went elsewhere' : `0 requests to a provider; refused: ${others.join(', ')}`;
}

/** Ends what a level that failed has left. */
async function sweep(folder: string): Promise<void> {
  for (const { pid } of processesOf(folder)) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // It has just ended.
    }
  }
  await nothingLeft(folder).catch((error: unknown) => {
    if (!(error instanceof NotSeen)) throw error;
  });
}

/** `act` must be refused; resolves to the message and hint of the error. */
export async function refused(what: string, act: Promise<unknown>): Promise<string> {
  const done = await act.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (!(done instanceof Error)) throw new Unmet(`${what} was not refused`);
  return `${done.message}${'hint' in done && typeof done.hint === 'string' ? ` (${done.hint})` : ''}`;
}
