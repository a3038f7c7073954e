/** What conductors send and get: session records, the status, and the bodies that they post, strict by type. */

import { z } from 'zod';
import { SpoolError } from '../../base/errors.js';
import { parseWith } from '../../base/explain-issues.js';
import type { HostStatus } from '../../contract/host.js';
import { OpenSession, type RequestTurn, type Session, TurnInput } from '../../contract/session.js';
import type { Host, Principal } from '../../host/face.js';

/** Types of the last events, oldest first, that a record shows. */
const RECENT = 8;

const commandId = z.string().min(1).max(200).optional();

const OpenBody = z.strictObject({
  purpose: z.string().min(1).max(500).optional(),
  cwd: z.string().min(1).optional(),
  model: z.string().min(1).optional(),
  approvalPolicy: z.enum(['untrusted', 'on-request', 'never']).optional(),
  threadId: OpenSession.shape.threadId,
  commandId,
});

const TurnBody = z.strictObject({
  sessionId: z.string().min(1),
  prompt: z.string().min(1).optional(),
  input: TurnInput.optional(),
  commandId,
});

/** The command in a body of POST sessions. Throws `invalid-input`. */
export function openBody(body: unknown): OpenSession {
  const { purpose, cwd, model, approvalPolicy, threadId, commandId: id } = parseWith(OpenBody, withoutNulls(body), 'the body');
  const permissions = approvalPolicy === undefined ? undefined : { approvalPolicy };
  return { title: purpose, cwd, model, permissions, threadId, commandId: id };
}

/** The session and the command in a body of POST turn. Throws `invalid-input`. */
export function turnBody(body: unknown): { sessionId: string; command: RequestTurn } {
  const { sessionId, prompt, input, commandId: id } = parseWith(TurnBody, withoutNulls(body), 'the body');
  const asked = prompt ?? input;
  if (asked === undefined) throw new SpoolError('invalid-input', 'prompt: found nothing, wanted a string (or input)');
  if (prompt !== undefined && input !== undefined) throw new SpoolError('invalid-input', 'found both prompt and input, wanted one of them');
  return { sessionId, command: { input: asked, commandId: id } };
}

/** A session as conductors know it. */
export async function recordOf(host: Host, session: Session, by: Principal): Promise<Record<string, unknown>> {
  const after = Math.max(0, session.position - RECENT);
  const { events } = await host.events(session.id, { after, limit: RECENT }, by);
  return {
    sessionId: session.id,
    threadId: session.threadId,
    purpose: session.title,
    cwd: session.cwd,
    model: session.model,
    approvalPolicy: session.permissions.approvalPolicy ?? null,
    status: session.status,
    currentTurnId: session.currentTurn,
    lastTurnId: session.lastTurn?.id ?? null,
    lastTurnStatus: session.lastTurn?.status ?? null,
    lastTurnError: session.lastTurn?.error?.message ?? null,
    recentEvents: events.map(({ type }) => type),
    createdAt: session.createdAt,
    updatedAt: session.updatedAt,
  };
}

export function statusOf(status: HostStatus): Record<string, unknown> {
  const { version, pid, startedAt, sessions, runtimes } = status;
  return {
    daemon: { version, pid, startedAt },
    mode: 'app-server',
    children: runtimes.map(({ pid: child, version: runtimeVersion, transport, threads }) => ({
      pid: child,
      version: runtimeVersion,
      transport,
      threads,
    })),
    sessions,
    eventsPath: '/v1/codexd/events',
  };
}

/** Conductors say null where they mean the default. */
function withoutNulls(body: unknown): unknown {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) return body;
  return Object.fromEntries(Object.entries(body).filter(([, value]) => value !== null));
}
