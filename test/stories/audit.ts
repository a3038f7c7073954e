/** Answers a question over HTTP and looks at what the log tells of it afterwards. */

import { expect } from 'vitest';
import type { Client } from '../../src/client/index.js';
import type { AnswerApproval, Approval } from '../../src/contract/approval.js';
import type { Event } from '../../src/contract/events.js';
import { eventOf } from './rig.js';

/** The next question of a turn that is not answered yet. */
export async function nextQuestion(client: Client, session: string, turn: string): Promise<Approval> {
  const isOpen = async (id: string): Promise<boolean> => (await client.approvals.get(id)).status === 'pending';
  for await (const event of client.follow(session)) {
    if (event.type === 'approval.asked' && event.turn === turn && (await isOpen(event.data.approval.id))) return event.data.approval;
    if (event.type.startsWith('turn.') && event.turn === turn && /completed|failed|interrupted/.test(event.type)) break;
  }
  throw new Error('the turn ended without a question');
}

/**
 * Answers, and proves what holds of every answer: the question was in the log before anybody saw it, one answer is recorded with who gave
 * it and when, and a second one is refused with the first.
 */
export async function answer(client: Client, { id, session }: Approval, given: AnswerApproval): Promise<void> {
  const asked = await eventOf(client, session, (event): event is Event<'approval.asked'> => isAbout(event, id));
  const before = Date.now();
  const shown = await client.approvals.answer(id, given);
  expect(shown).toMatchObject({ status: 'answered', answer: given, answeredBy: 'owner' });
  await expect(client.approvals.answer(id, { decision: 'decline' })).rejects.toMatchObject({
    code: 'conflict',
    details: { approval: { answer: given, answeredBy: 'owner' } },
  });
  const events = (await client.sessions.events(session, { limit: 10_000 })).events as unknown as Event[];
  const answered = events.filter(
    (event): event is Event<'approval.answered'> => event.type === 'approval.answered' && event.data.approval === id,
  );
  expect(answered).toMatchObject([{ turn: asked.turn, data: { approval: id, answer: given, by: 'owner' } }]);
  const [first] = answered;
  expect(first?.position).toBeGreaterThan(asked.position);
  expect(Date.parse(first?.at ?? '')).toBeGreaterThanOrEqual(before);
}

function isAbout(event: Event, id: string): event is Event<'approval.asked'> {
  return event.type === 'approval.asked' && event.data.approval.id === id;
}
