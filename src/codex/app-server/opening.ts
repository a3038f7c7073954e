/** Opens a Codex thread: a new one, or an old one again with the same permissions, which Codex does not reliably keep. */

import type { AgentThread, Opened, OpenThread } from '../../ports/agent.js';
import type { ClientRequests } from '../generated/methods.js';
import type * as Codex from '../generated/protocol.js';
import { isStaleThread, openFailure } from './failures.js';
import type { Link } from './link.js';
import { namesProfiles } from './versions.js';

export interface OpenedThread {
  readonly id: string;
  readonly opened: Opened;
  /** A turn runs in it right now. */
  readonly active: boolean;
}

/** Called synchronously with a thread that is open, before any notification about it is looked at. */
type Route = (id: string, opened: Opened, defaults: AgentThread['defaults']) => void;

type Overrides = Pick<Codex.ThreadStartParams, 'cwd' | 'model' | 'approvalPolicy' | 'permissions' | 'config'>;

export async function openThread(link: Link, thread: OpenThread, route: Route): Promise<OpenedThread> {
  try {
    if (thread.resume === undefined) return await start(link, thread, 'started', route);
    return await resume(link, thread, thread.resume, route);
  } catch (error) {
    throw openFailure(error, thread.home);
  }
}

async function start(link: Link, thread: OpenThread, opened: Opened, route: Route): Promise<OpenedThread> {
  const result = await link.request('thread/start', overridesOf(link, thread), (early) =>
    route(early.thread.id, opened, defaultsOf(early)),
  );
  return { id: result.thread.id, opened, active: false };
}

async function resume(link: Link, thread: OpenThread, id: string, route: Route): Promise<OpenedThread> {
  const params: ClientRequests['thread/resume']['params'] = { threadId: id, excludeTurns: true, ...overridesOf(link, thread) };
  try {
    const result = await link.request('thread/resume', params, () => route(id, 'resumed', undefined));
    return { id, opened: 'resumed', active: result.thread.status.type === 'active' };
  } catch (error) {
    if (!isStaleThread(error)) throw error;
    // Codex writes a thread down with its first turn; before that a restart forgets it and nothing is lost.
    return await start(link, thread, thread.hadTurns ? 'replaced' : 'started', route);
  }
}

function defaultsOf({ model, reasoningEffort }: Codex.ThreadStartResponse): AgentThread['defaults'] {
  return { model, effort: reasoningEffort ?? undefined };
}

function overridesOf(link: Link, { cwd, model, effort, permissions }: OpenThread): Overrides {
  return {
    cwd,
    ...(model === undefined ? {} : { model }),
    ...(permissions.approvalPolicy === undefined ? {} : { approvalPolicy: permissions.approvalPolicy }),
    ...(permissions.profile === undefined ? {} : { permissions: profileOf(link.version, permissions.profile) }),
    ...(effort === undefined ? {} : { config: { model_reasoning_effort: effort } }),
  };
}

function profileOf(version: string, id: string): string {
  // The generated types know only the newest form.
  return namesProfiles(version) ? id : ({ type: 'profile', id } as unknown as string);
}
