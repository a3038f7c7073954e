/**
 * Opens a Codex thread: a new one, a copy of another one, or an old one again with the same permissions, which Codex does not
 * reliably keep.
 */

import { basename } from 'node:path';
import type { Clock } from '../../base/clock.js';
import { SpoolError } from '../../base/errors.js';
import type { AgentThread, Opened, OpenThread } from '../../ports/agent.js';
import type { Logger } from '../../ports/logger.js';
import type { ClientRequests } from '../generated/methods.js';
import type * as Codex from '../generated/protocol.js';
import { isOtherProvider, isStaleThread, isTaken, openFailure } from './failures.js';
import type { Link } from './link.js';
import { permissionsOf } from './permissions.js';
import { configOf, GATEWAY } from './setup.js';
import { takenError, waitUntilFree } from './taken.js';
import { forksUpToTurn } from './versions.js';

export interface OpenedThread {
  readonly id: string;
  readonly opened: Opened;
  /** A turn runs in it right now. */
  readonly active: boolean;
}

export interface Opening {
  readonly link: Link;
  readonly thread: OpenThread;
  /** Called synchronously with a thread that is open, before any notification about it is looked at. */
  readonly route: (id: string, opened: Opened, defaults: AgentThread['defaults'], started?: Codex.ThreadStartResponse) => void;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly signal: AbortSignal | undefined;
}

type Overrides = Pick<
  Codex.ThreadStartParams,
  'cwd' | 'model' | 'modelProvider' | 'approvalPolicy' | 'permissions' | 'runtimeWorkspaceRoots' | 'config' | 'developerInstructions'
>;

export async function openThread(opening: Opening): Promise<OpenedThread> {
  const { thread } = opening;
  try {
    return thread.resume === undefined ? await begin(opening) : await resume(opening, thread.resume);
  } catch (error) {
    throw openFailure(error, thread.home);
  }
}

/** A thread in which nothing was said yet. */
async function begin(opening: Opening): Promise<OpenedThread> {
  const { fork: source } = opening.thread;
  return source === undefined ? await start(opening, 'started') : await fork(opening, source, 'started');
}

async function start({ link, thread, route }: Opening, opened: Opened): Promise<OpenedThread> {
  const params = { ...(await overridesOf(link, thread)), ...toolsOf(thread), ...skillsOf(thread) };
  const result = await link.request('thread/start', params, (early) => route(early.thread.id, opened, defaultsOf(early), early));
  return { id: result.thread.id, opened, active: false };
}

async function fork({ link, thread, route }: Opening, source: NonNullable<OpenThread['fork']>, opened: Opened): Promise<OpenedThread> {
  const params = { ...(await sourceOf(link, source)), excludeTurns: true, ...(await overridesOf(link, thread)) };
  const result = await link.request('thread/fork', params, (early) => route(early.thread.id, opened, defaultsOf(early)));
  return { id: result.thread.id, opened, active: false };
}

/** Versions that would copy on beyond the turn without a word are only asked for the whole. */
async function sourceOf(
  link: Link,
  { thread, lastTurn }: NonNullable<OpenThread['fork']>,
): Promise<Pick<Codex.ThreadForkParams, 'threadId' | 'lastTurnId'>> {
  if (lastTurn === undefined) return { threadId: thread };
  if (forksUpToTurn(link.version)) return { threadId: thread, lastTurnId: lastTurn };
  const { data } = await link.request('thread/turns/list', { threadId: thread, limit: 1 });
  if (data[0]?.id === lastTurn) return { threadId: thread };
  throw new SpoolError('unsupported', `Codex ${link.version} copies only whole conversations, and more was said after that turn`, {
    hint: 'update Codex, or copy up to the last turn',
  });
}

async function resume(opening: Opening, id: string): Promise<OpenedThread> {
  const { thread } = opening;
  try {
    return await resumeNow(opening, id);
  } catch (error) {
    if (isTaken(error)) return await resumeTaken(opening, id, error);
    if (isOtherProvider(error)) return await fork(opening, { thread: id, lastTurn: undefined }, 'moved');
    if (!isStaleThread(error)) throw error;
    if (thread.adopted === true) throw unknownThread(thread, id);
    // Codex writes a thread down with its first turn; before that a restart forgets it and nothing is lost.
    return thread.hadTurns ? await start(opening, 'replaced') : await begin(opening);
  }
}

function unknownThread({ home }: OpenThread, id: string): SpoolError {
  return new SpoolError('not-found', `Codex knows no conversation ${id} in ${home}`, {
    hint: 'look at the id, and whether the agent has the CODEX_HOME in which it was begun',
  });
}

async function resumeNow({ link, thread, route }: Opening, id: string): Promise<OpenedThread> {
  const overrides = await overridesOf(link, thread);
  const params: ClientRequests['thread/resume']['params'] = { threadId: id, excludeTurns: true, ...overrides };
  const result = await link.request('thread/resume', params, () => route(id, 'resumed', undefined));
  return { id, opened: 'resumed', active: result.thread.status.type === 'active' };
}

/** Another process has the thread open. */
async function resumeTaken(opening: Opening, id: string, refusal: unknown): Promise<OpenedThread> {
  const { thread, clock, logger, signal } = opening;
  const taken = await takenError(thread.home, id, refusal);
  const { session, whenTaken = 'refuse' } = thread;
  if (whenTaken === 'refuse') throw taken;
  const fields = { session, thread: id, why: taken.message };
  if (whenTaken === 'fork') {
    logger.warn(fields, 'a conversation that is open elsewhere goes on in a copy');
    return await fork(opening, { thread: id, lastTurn: undefined }, 'forked');
  }
  logger.warn(fields, 'a conversation that is open elsewhere is waited for');
  try {
    return await waitUntilFree({ clock, signal, again: () => resumeNow(opening, id) });
  } catch (error) {
    throw isTaken(error) ? await takenError(thread.home, id, error) : error;
  }
}

/** Only a thread that begins takes tools; Codex keeps them for as long as there is the thread. */
function toolsOf({ tools = [] }: OpenThread): Pick<Codex.ThreadStartParams, 'dynamicTools'> {
  if (tools.length === 0) return {};
  return {
    dynamicTools: tools.map(({ name, description, inputSchema }) => ({
      type: 'function',
      name,
      description,
      // It came as JSON, so it is.
      inputSchema: inputSchema as Codex.JsonValue,
    })),
  };
}

function defaultsOf({ model, reasoningEffort }: Pick<Codex.ThreadStartResponse, 'model' | 'reasoningEffort'>): AgentThread['defaults'] {
  return { model, effort: reasoningEffort ?? undefined };
}

/** Skills of ours for a thread that begins; Codex keeps them with it. Versions that do not know of them find them in the instructions. */
function skillsOf({ setup = {} }: OpenThread): Pick<Codex.ThreadStartParams, 'selectedCapabilityRoots'> {
  const { skills = [] } = setup;
  if (skills.length === 0) return {};
  const roots = skills.map((path, at) => ({
    id: `${at + 1}-${basename(path).replace(/[^A-Za-z0-9]+/g, '-')}`,
    // Where commands run: this machine.
    location: { type: 'environment' as const, environmentId: 'local', path },
  }));
  return { selectedCapabilityRoots: roots };
}

async function overridesOf(link: Link, thread: OpenThread): Promise<Overrides> {
  const { cwd, model, effort, permissions, setup = {} } = thread;
  const { config: permitted, ...may } = await permissionsOf(link, thread);
  const config = { ...(effort === undefined ? {} : { model_reasoning_effort: effort }), ...configOf(setup, thread.session), ...permitted };
  return {
    cwd,
    ...(model === undefined ? {} : { model }),
    ...(permissions.approvalPolicy === undefined ? {} : { approvalPolicy: permissions.approvalPolicy }),
    ...may,
    ...(Object.keys(config).length === 0 ? {} : { config }),
    ...(setup.gateway === undefined ? {} : { modelProvider: GATEWAY }),
    ...(setup.instructions === undefined ? {} : { developerInstructions: setup.instructions }),
  };
}
