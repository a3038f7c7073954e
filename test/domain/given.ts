/** given – when – then for the pure domain: fold events, decide, compare. */

import { type ApprovalPolicy, ASK_EVERYTHING } from '../../src/contract/approval-policy.js';
import type { Event, Unplaced } from '../../src/contract/events.js';
import type { RequestTurn } from '../../src/contract/session.js';
import { eventsOfFact, type OwnFact } from '../../src/domain/decide-fact.js';
import { decideTurn } from '../../src/domain/decide-turn.js';
import { evolve, initial } from '../../src/domain/evolve.js';
import type { SessionState } from '../../src/domain/state.js';
import type { Fact } from '../../src/ports/agent.js';

export const AT = '2026-01-01T00:00:00.000Z';
export const SESSION = 'ses_00000000000000000000000000';

export const opened: Unplaced<'session.opened'> = {
  type: 'session.opened',
  at: AT,
  data: { agent: 'default', runtime: 'mock', cwd: '/', title: null, model: null, effort: null, permissions: {}, by: 'owner' },
};

/** A session in which these events have happened. */
export class Given {
  readonly events: readonly Unplaced[];
  readonly state: SessionState;
  policy: ApprovalPolicy = ASK_EVERYTHING;

  private constructor(events: readonly Unplaced[], state: SessionState) {
    this.events = events;
    this.state = state;
  }

  static session(): Given {
    return new Given([opened], initial({ ...opened, position: 1, session: SESSION }));
  }

  and(...events: readonly Unplaced[]): Given {
    let state = this.state;
    for (const event of events) state = evolve(state, { ...event, position: state.position + 1, session: SESSION } as Event);
    return new Given([...this.events, ...events], state);
  }

  /** The runtime said these, one after another. */
  fact(...facts: readonly (Fact | OwnFact)[]): Given {
    let given: Given = this;
    for (const fact of facts) given = given.and(...eventsOfFact(given.state, fact, AT, () => given.policy));
    return given;
  }

  /** A client asked for a turn. */
  turn(id: string, command: Partial<RequestTurn> = {}, canSteer = true): Given {
    return this.and(...decideTurn(this.state, { turn: id, command: { input: id, ...command }, by: 'owner', canSteer }, AT).events);
  }

  /** A turn that runs. */
  running(id: string): Given {
    return this.turn(id).fact({ type: 'turn.started', turn: id, ref: `ref-${id}` });
  }

  /** What a fact adds, as `type` or `type turn`. */
  adds(fact: Fact | OwnFact): string[] {
    return eventsOfFact(this.state, fact, AT, () => this.policy).map((event) => event.type);
  }
}
