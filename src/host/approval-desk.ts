/** Approvals as clients see and answer them. */

import { SpoolError } from '../base/errors.js';
import type { AnswerApproval, Approval } from '../contract/approval.js';
import { decideAnswer } from '../domain/decide-approval.js';
import { pendingApprovals } from '../domain/state.js';
import type { Log } from '../ports/log.js';
import type { Awake } from './awake.js';
import type { Page, Principal } from './face.js';
import { readApproval } from './read-turns.js';
import type { Session } from './session.js';

export class ApprovalDesk {
  readonly #log: Log;

  constructor(log: Log) {
    this.#log = log;
  }

  /** All that are pending. A session with an open question is never asleep: recovery wakes it, and sleep waits for the answer. */
  pending(awake: Awake, session: string | undefined): Page<Approval> {
    const items: Approval[] = [];
    for (const one of awake.list()) {
      const { state } = one.session;
      if (session === undefined || session === state.id) items.push(...pendingApprovals(state).map((held) => held.approval));
    }
    return { items: items.toSorted((a, b) => a.askedAt.localeCompare(b.askedAt)), next: null };
  }

  async get(session: Session, id: string): Promise<Approval> {
    const held = pendingApprovals(session.state).find((one) => one.approval.id === id);
    const approval = held?.approval ?? (await readApproval(this.#log, session.state.id, id));
    if (approval === null) throw new SpoolError('not-found', `there is no approval ${id}`);
    return approval;
  }

  /** The first answer wins; a later one rejects with `conflict` and shows who answered. */
  async answer(session: Session, id: string, command: AnswerApproval, by: Principal): Promise<Approval> {
    const { commandId, ...answer } = command;
    try {
      await session.command(
        commandId,
        (state, at) => {
          const events = decideAnswer(state, id, answer, by.name, at);
          // The log gets it without its secrets, so whoever hands it on needs it from here. Not before it is known to be the first one.
          const ref = state.approvals.find((held) => held.approval.id === id)?.ref;
          if (ref !== undefined) session.answers.set(ref, answer);
          return { events, answer: () => null };
        },
        () => Promise.resolve(null),
      );
    } catch (error) {
      throw await this.#tellWhoAnswered(session.state.id, id, SpoolError.from(error));
    }
    return this.get(session, id);
  }

  async #tellWhoAnswered(session: string, id: string, error: SpoolError): Promise<SpoolError> {
    if (error.code !== 'not-found' && error.code !== 'conflict') return error;
    const approval = await readApproval(this.#log, session, id);
    if (approval === null) return error;
    const { status, answeredBy, answer } = approval;
    const how = status === 'answered' ? `${answeredBy ?? 'somebody'} has answered: ${answer?.decision ?? ''}` : 'it has expired';
    return new SpoolError('conflict', `approval ${id} is no longer open: ${how}`, { details: { approval } });
  }
}
