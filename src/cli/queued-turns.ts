/** The turns of a session that wait, in the order in which they will run. */

import type { Client } from '../client/connect.js';
import type { Event } from '../contract/events.js';
import type { Turn } from '../contract/session.js';
import { allTurns } from './pick.js';

export async function queuedTurns(client: Client, session: string): Promise<Turn[]> {
  const waiting = (await allTurns(client, session)).filter(({ status }) => status === 'queued');
  if (waiting.length < 2) return waiting;
  const order = await orderIn(client, session);
  return waiting.toSorted((a, b) => order.indexOf(a.id) - order.indexOf(b.id));
}

/** Turns come in the order of their requests; only the log tells which have been moved since. */
async function orderIn(client: Client, session: string): Promise<string[]> {
  let order: string[] = [];
  for (let after: number | null = 0; after !== null; ) {
    const page: { events: unknown[]; next: number | null } = await client.sessions.events(session, { after, limit: 10_000 });
    for (const event of page.events as Event[]) order = placed(order, event);
    after = page.next;
  }
  return order;
}

function placed(order: string[], { type, turn = '', data }: Event): string[] {
  if (type === 'turn.requested') return [...order, turn];
  const before = type === 'turn.queued' ? data.before : undefined;
  if (before === undefined) return order;
  const others = order.filter((id) => id !== turn);
  const at = before === null ? others.length : others.indexOf(before);
  return others.toSpliced(at < 0 ? others.length : at, 0, turn);
}
