/** Turns and approvals that have ended are no longer in a session's state; they are read from its stream when somebody asks. */

import type { Approval } from '../contract/approval.js';
import { parseEvent } from '../contract/event-text.js';
import type { Event } from '../contract/events.js';
import type { Turn } from '../contract/session.js';
import { foldTurn } from '../domain/turns.js';
import type { Log } from '../ports/log.js';

export async function readTurns(log: Log, session: string): Promise<Map<string, Turn>> {
  const turns = new Map<string, Turn>();
  for await (const record of log.read({ stream: session, after: 0 })) {
    for (const logged of record.events) {
      // Types are known without parsing: most of a long stream is items, which turns have no need of.
      if (logged.type.startsWith('turn.')) foldTurn(turns, parseEvent(session, logged.position, logged.body));
    }
  }
  return turns;
}

/** The approval as it stands now, or null when it was never asked. */
export async function readApproval(log: Log, session: string, id: string): Promise<Approval | null> {
  let approval: Approval | null = null;
  for await (const record of log.read({ stream: session, after: 0 })) {
    for (const logged of record.events) {
      if (logged.type.startsWith('approval.')) approval = foldApproval(approval, id, parseEvent(session, logged.position, logged.body));
    }
  }
  return approval;
}

function foldApproval(approval: Approval | null, id: string, event: Event): Approval | null {
  switch (event.type) {
    case 'approval.asked':
      return event.data.approval.id === id ? event.data.approval : approval;
    case 'approval.answered':
      if (approval === null || event.data.approval !== id) return approval;
      return { ...approval, status: 'answered', ...answerOf(event.data), answeredAt: event.at };
    case 'approval.expired':
      return approval === null || event.data.approval !== id ? approval : { ...approval, status: 'expired' };
    default:
      return approval;
  }
}

function answerOf({ answer, by, why }: Event<'approval.answered'>['data']): Pick<Approval, 'answer' | 'answeredBy' | 'answeredWhy'> {
  return { answer, answeredBy: by, ...(why === undefined ? {} : { answeredWhy: why }) };
}
