/** Opening a session: resolve the agent, check the place of work, write the first event. */

import { stat } from 'node:fs/promises';
import { isAbsolute } from 'node:path';
import { isoTime } from '../base/clock.js';
import { SpoolError } from '../base/errors.js';
import { eventBody } from '../contract/event-text.js';
import type { AgentInfo } from '../contract/host.js';
import type { OpenSession, Session as SessionView } from '../contract/session.js';
import { decideOpen } from '../domain/decide-session.js';
import { initial } from '../domain/evolve.js';
import { sessionView } from '../domain/state.js';
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

export async function openSession(parts: OpeningParts, agent: AgentInfo, command: OpenSession, by: Principal): Promise<SessionView> {
  const cwd = command.cwd ?? agent.cwd ?? parts.cwd;
  await demandDirectory(cwd);
  const id = sessionIdFor(by.name, command.commandId, parts.clock.now());
  const [opened] = decideOpen(openedData(agent, command, cwd, by), isoTime(parts.clock));
  const record = { events: [{ type: opened.type, body: eventBody(opened) }], commandId: command.commandId };
  const receipt = await parts.log.append(id, record, 'none');
  if (receipt.duplicate) return openedAs(parts.log, id);
  const state = initial({ position: receipt.first, session: id, ...opened });
  const session = new Session(parts, state, receipt.version);
  session.save();
  const { worker } = await parts.awake.add(session);
  worker.warm();
  return sessionView(state);
}

function openedData(agent: AgentInfo, command: OpenSession, cwd: string, by: Principal): Parameters<typeof decideOpen>[0] {
  return {
    agent: agent.alias,
    runtime: agent.runtime,
    cwd,
    title: command.title ?? null,
    model: command.model ?? agent.model ?? null,
    effort: command.effort ?? agent.effort ?? null,
    permissions: command.permissions ?? agent.permissions ?? {},
    by: by.name,
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

async function demandDirectory(path: string): Promise<void> {
  if (!isAbsolute(path)) throw new SpoolError('invalid-input', `cwd must be an absolute path on the host, not "${path}"`);
  const there = await stat(path).catch(() => undefined);
  if (there?.isDirectory() !== true) {
    throw new SpoolError('invalid-input', `cwd is no directory on the host: ${path}`, { hint: 'create it first, or give another one' });
  }
}
