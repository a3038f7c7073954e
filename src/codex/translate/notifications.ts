/** All that Codex can send without being asked, and what it means. The table is complete by type: a new method does not compile. */

import type { Fact } from '../../ports/agent.js';
import type { ServerNotifications } from '../generated/methods.js';
import { ACCOUNT_NOTIFICATIONS } from './account.js';
import type { NotificationMethod, Scope, Table } from './family.js';
import { ITEM_NOTIFICATIONS } from './item.js';
import { THREAD_NOTIFICATIONS } from './thread.js';
import { TURN_NOTIFICATIONS } from './turn.js';
import { rawFact, stringField } from './unknown.js';

const TABLE: Table = { ...THREAD_NOTIFICATIONS, ...TURN_NOTIFICATIONS, ...ITEM_NOTIFICATIONS, ...ACCOUNT_NOTIFICATIONS };

/** Silent ones that the runtime itself reads: a thread's start names its parent, its status and closed questions are watched. */
const READ = new Set<string>(['thread/started', 'thread/status/changed', 'serverRequest/resolved']);

/**
 * What nobody here listens to. Codex is asked at the handshake not to send it: several of these come with every turn, and each costs
 * both processes the making, sending and reading of a message.
 */
export const UNHEARD: readonly string[] = Object.entries(TABLE).flatMap(([method, translator]) =>
  translator === 'silent' && !READ.has(method) ? [method] : [],
);

/** The facts in one notification of this thread, in order; none for turns that are not ours. Never throws: what cannot be read is raw. */
export function factsOf(method: string, params: unknown, scope: Scope): readonly Fact[] {
  if (!isKnown(method)) return rawFact(method, params, scope);
  try {
    return translate(method, params as ServerNotifications[typeof method], scope);
  } catch {
    // A newer Codex may have changed a shape; the session still shows what came.
    return rawFact(method, params, scope);
  }
}

/** The thread that a notification or request is about; undefined when it is about the whole process. */
export function threadOf(params: unknown): string | undefined {
  const named = stringField(params, 'threadId');
  if (named !== undefined || typeof params !== 'object' || params === null) return named;
  return stringField(Reflect.get(params, 'thread'), 'id');
}

/** The turn that a notification or request is about, by Codex's id. */
export function turnOf(params: unknown): string | undefined {
  const named = stringField(params, 'turnId');
  if (named !== undefined || typeof params !== 'object' || params === null) return named;
  return stringField(Reflect.get(params, 'turn'), 'id');
}

function isKnown(method: string): method is NotificationMethod {
  return Object.hasOwn(TABLE, method);
}

function translate<M extends NotificationMethod>(method: M, params: ServerNotifications[M], scope: Scope): readonly Fact[] {
  const translator: Table[M] = TABLE[method];
  if (translator === 'silent') return [];
  if (translator === 'raw') return rawFact(method, params, scope);
  return translator(params, scope);
}
