/** Ids may be typed short: any beginning or end that only one of a kind has. */

import { SpoolError } from '../base/errors.js';
import type { Client } from '../client/connect.js';
import type { Approval } from '../contract/approval.js';
import type { Schedule } from '../contract/schedule.js';
import type { Session, Turn } from '../contract/session.js';
import type { Task } from '../contract/task.js';
import type { Webhook } from '../contract/webhook.js';

type TaskQuery = NonNullable<Parameters<Client['tasks']['list']>[0]>;

const FULL_SESSION = /^ses_[0-9a-z]{26}$/;

/** The session that is meant. Rejects with `not-found`, or `invalid-input` when several are. */
export async function pickSession(client: Client, typed: string): Promise<Session> {
  if (FULL_SESSION.test(typed)) return await client.sessions.get(typed);
  const sessions: Session[] = [];
  let cursor: string | undefined;
  do {
    const page = await client.sessions.list({ limit: 1000, ...(cursor === undefined ? {} : { cursor }) });
    sessions.push(...page.items);
    cursor = page.next ?? undefined;
  } while (cursor !== undefined);
  return only(sessions, typed, { one: 'session', list: 'spool ls' });
}

/** The turn of a session that is meant. */
export async function pickTurn(client: Client, session: string, typed: string): Promise<Turn> {
  if (/^trn_[0-9a-z]{26}$/.test(typed)) return await client.turns.get(session, typed);
  return only(await allTurns(client, session), typed, { one: 'turn', list: `spool show ${session.slice(-6)}` });
}

/** All turns of a session, page by page. */
export async function allTurns(client: Client, session: string): Promise<Turn[]> {
  const turns: Turn[] = [];
  let cursor: string | undefined;
  do {
    const page = await client.turns.list(session, { limit: 1000, ...(cursor === undefined ? {} : { cursor }) });
    turns.push(...page.items);
    cursor = page.next ?? undefined;
  } while (cursor !== undefined);
  return turns;
}

/** The open question that is meant; a full id may also name one that is answered. */
export async function pickApproval(client: Client, typed: string): Promise<Approval> {
  if (/^apr_[0-9a-z]{26}_\d+$/.test(typed)) return await client.approvals.get(typed);
  const { items } = await client.approvals.list();
  return only(items, typed, { one: 'open question', list: 'spool permit ls' });
}

/** The task that is meant. */
export async function pickTask(client: Client, typed: string): Promise<Task> {
  if (/^tsk_[0-9a-z]{26}$/.test(typed)) return await client.tasks.get(typed);
  return only(await allTasks(client, {}), typed, { one: 'task', list: 'spool task ls' });
}

/** All tasks that fit, page by page, the newest first. */
export async function allTasks(client: Client, query: Pick<TaskQuery, 'to' | 'status'>): Promise<Task[]> {
  const tasks: Task[] = [];
  let cursor: string | undefined;
  do {
    const page = await client.tasks.list({ ...query, limit: 1000, ...(cursor === undefined ? {} : { cursor }) });
    tasks.push(...page.items);
    cursor = page.next ?? undefined;
  } while (cursor !== undefined);
  return tasks;
}

export async function pickSchedule(client: Client, typed: string): Promise<Schedule> {
  return only((await client.schedules.list()).items, typed, { one: 'schedule', list: 'spool schedule ls' });
}

export async function pickWebhook(client: Client, typed: string): Promise<Webhook> {
  return only((await client.webhooks.list()).items, typed, { one: 'webhook', list: 'spool webhook ls' });
}

function only<T extends { readonly id: string }>(all: readonly T[], typed: string, words: { one: string; list: string }): T {
  const text = typed.toLowerCase().replace(/^…/, '');
  const bare = (id: string): string => id.slice(id.indexOf('_') + 1);
  const exact = all.filter(({ id }) => id === text);
  const fitting = all.filter(({ id }) => text !== '' && (id.startsWith(text) || bare(id).startsWith(text) || id.endsWith(text)));
  const found = exact.length > 0 ? exact : fitting;
  const [first] = found;
  if (first === undefined)
    throw new SpoolError('not-found', `there is no ${words.one} ${JSON.stringify(typed)}`, { hint: `\`${words.list}\` shows them` });
  if (found.length > 1) {
    const some = found.slice(0, 5).map(({ id }) => id);
    throw new SpoolError('invalid-input', `${found.length} ${words.one}s fit ${JSON.stringify(typed)}`, {
      hint: `type more of it: ${some.join(', ')}${found.length > some.length ? ', …' : ''}`,
    });
  }
  return first;
}
