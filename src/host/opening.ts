/** Opening a session: resolve the agent, check the place of work, write the first event. */

import { stat } from 'node:fs/promises';
import { isAbsolute } from 'node:path';
import { isoTime } from '../base/clock.js';
import { SpoolError } from '../base/errors.js';
import { eventBody, parseEvent } from '../contract/event-text.js';
import type { EventData } from '../contract/events.js';
import type { AgentInfo } from '../contract/host.js';
import type { ForkSession, OpenSession, Session as SessionView } from '../contract/session.js';
import { decideOpen } from '../domain/decide-session.js';
import { initial } from '../domain/evolve.js';
import { type SessionState, sessionView, turnOf } from '../domain/state.js';
import type { Log } from '../ports/log.js';
import type { Awake } from './awake.js';
import type { Principal } from './face.js';
import { foldRecord, Session, type SessionParts } from './session.js';
import { sessionIdFor } from './session-id.js';

export interface OpeningParts extends SessionParts {
  readonly awake: Awake;
  /** Where a session works when neither it nor its agent says. */
  readonly cwd: string;
}

/** `reviewOf`: the session looks back on the work of another one. */
export async function openSession(
  parts: OpeningParts,
  agent: AgentInfo,
  command: OpenSession,
  by: Principal,
  reviewOf?: SessionView['reviewOf'],
): Promise<SessionView> {
  const cwd = command.cwd ?? agent.cwd ?? parts.cwd;
  await demandDirectory(cwd);
  const data = openedData(agent, command, cwd, by);
  return begin(parts, reviewOf === undefined ? data : { ...data, reviewOf }, command.commandId, by);
}

/** Opens a session that goes on from a copy of another one's conversation. Rejects with `conflict` when there is nothing to copy yet. */
export async function forkSession(parts: OpeningParts, from: SessionState, command: ForkSession, by: Principal): Promise<SessionView> {
  const { threadId } = from;
  const last = await lastTurnOf(parts.log, from, command.turn);
  if (threadId === null || last === null) {
    throw new SpoolError('conflict', `session ${from.id} has no conversation to copy yet`, { hint: 'run a turn in it first' });
  }
  const { agent, runtime, cwd, permissions } = from;
  const data: EventData<'session.opened'> = {
    ...{ agent, runtime, cwd, permissions, by: by.name },
    title: command.title ?? from.title,
    model: from.model ?? from.defaults.model,
    effort: from.effort,
    ...(from.policy === null ? {} : { approvals: from.policy }),
    ...(from.limits === null ? {} : { limits: from.limits }),
    ...(from.tools.length === 0 ? {} : { tools: [...from.tools] }),
    forkedFrom: { session: from.id, threadId, turn: last.turn, ref: last.ref },
    ...(from.reviewOf === null ? {} : { reviewOf: from.reviewOf }),
  };
  return begin(parts, data, command.commandId, by);
}

/** The turn up to which is copied, by the runtime's name; null when none has ended. Rejects with `not-found`, `conflict`. */
async function lastTurnOf(log: Log, from: SessionState, wanted: string | undefined): Promise<{ turn: string; ref: string } | null> {
  let last: { turn: string; ref: string } | null = null;
  for await (const record of log.read({ stream: from.id, after: 0 })) {
    for (const logged of record.events) {
      if (logged.type !== 'turn.started') continue;
      const event = parseEvent(from.id, logged.position, logged.body);
      if (event.type !== 'turn.started' || event.turn === undefined || turnOf(from, event.turn) !== undefined) continue;
      last = { turn: event.turn, ref: event.data.ref };
      if (last.turn === wanted) return last;
    }
  }
  if (wanted === undefined) return last;
  if (turnOf(from, wanted) !== undefined) {
    throw new SpoolError('conflict', `turn ${wanted} has not ended yet`, { hint: 'wait for its end, or copy up to an earlier turn' });
  }
  throw new SpoolError('not-found', `no turn ${wanted} was run in session ${from.id}`);
}

async function begin(
  parts: OpeningParts,
  data: EventData<'session.opened'>,
  commandId: string | undefined,
  by: Principal,
): Promise<SessionView> {
  const id = sessionIdFor(by.name, commandId, parts.clock.now());
  const [opened] = decideOpen(data, isoTime(parts.clock));
  const record = { events: [{ type: opened.type, body: eventBody(opened) }], commandId };
  const receipt = await parts.log.append(id, record, 'none');
  if (receipt.duplicate) return openedAs(parts.log, id);
  const state = initial({ position: receipt.first, session: id, ...opened });
  const session = new Session(parts, state, receipt.version);
  session.save();
  const { worker } = await parts.awake.add(session);
  worker.warm();
  return sessionView(state);
}

function openedData(agent: AgentInfo, command: OpenSession, cwd: string, by: Principal): EventData<'session.opened'> {
  return {
    agent: agent.alias,
    runtime: agent.runtime,
    cwd,
    title: command.title ?? null,
    model: command.model ?? agent.model ?? null,
    effort: command.effort ?? agent.effort ?? null,
    permissions: command.permissions ?? agent.permissions ?? {},
    by: by.name,
    ...(command.approvals === undefined ? {} : { approvals: command.approvals }),
    ...(command.limits === undefined ? {} : { limits: command.limits }),
    ...(command.tools === undefined ? {} : { tools: command.tools }),
    ...(command.threadId === undefined ? {} : { threadId: command.threadId }),
  };
}

/** What the first request to open this session was answered. */
async function openedAs(log: Log, id: string): Promise<SessionView> {
  for await (const record of log.read({ stream: id, after: 0 })) {
    const state = foldRecord(null, record);
    if (state !== null) return sessionView(state);
  }
  throw new SpoolError('internal', `session ${id} has no first event`);
}

/** Rejects with `invalid-input`. */
export async function demandDirectory(path: string): Promise<void> {
  if (!isAbsolute(path)) throw new SpoolError('invalid-input', `cwd must be an absolute path on the host, not "${path}"`);
  const there = await stat(path).catch(() => undefined);
  if (there?.isDirectory() !== true) {
    throw new SpoolError('invalid-input', `cwd is no directory on the host: ${path}`, { hint: 'create it first, or give another one' });
  }
}
