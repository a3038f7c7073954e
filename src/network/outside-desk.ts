/** Agents from elsewhere: admitted by the owner, with a token of their own, and there as long as they are heard of. */

import { SpoolError } from '../base/errors.js';
import { demand } from '../contract/rights.js';
import type { AdmitOutsideAgent, AdmittedAgent, OutsideAgent, Presence } from '../contract/task.js';
import { isReservedName } from '../domain/tasks/names.js';
import type { Page, Principal } from '../host/face.js';
import type { AdmittedOutsider, OutsideDirectory } from '../ports/outside-agents.js';
import type { Dispatch } from './dispatch.js';
import type { Members } from './members.js';
import type { Presences } from './presence.js';

export interface OutsideParts {
  readonly directory: OutsideDirectory;
  readonly members: Members;
  readonly presences: Presences;
  readonly dispatch: Dispatch;
}

export class OutsideDesk {
  readonly #directory: OutsideDirectory;
  readonly #members: Members;
  readonly #presences: Presences;
  readonly #dispatch: Dispatch;
  /** Aborted when the agent of this alias may come in no more. */
  readonly #dismissals = new Map<string, AbortController>();

  constructor({ directory, members, presences, dispatch }: OutsideParts) {
    this.#directory = directory;
    this.#members = members;
    this.#presences = presences;
    this.#dispatch = dispatch;
  }

  list(by: Principal): Page<OutsideAgent> {
    demand(by, 'view');
    return { items: this.#directory.list().map((one) => this.#view(one)), next: null };
  }

  async admit({ alias, tasks = {} }: AdmitOutsideAgent, by: Principal): Promise<AdmittedAgent> {
    demand(by, 'own');
    if (isReservedName(alias)) {
      throw new SpoolError('conflict', `no agent can be called ${alias}: somebody else is`, { hint: 'give it another alias' });
    }
    if (this.#members.get(alias) !== undefined) {
      throw new SpoolError('conflict', `there is an agent ${alias} already`, { hint: 'give it another alias' });
    }
    const { agent, token } = await this.#directory.admit(alias, tasks);
    return { ...this.#view(agent), token };
  }

  async dismiss(alias: string, by: Principal): Promise<OutsideAgent> {
    demand(by, 'own');
    const agent = await this.#directory.dismiss(alias);
    if (agent === undefined) throw this.#unknown(alias);
    const view = this.#view(agent);
    this.#dismissals.get(alias)?.abort();
    this.#dismissals.delete(alias);
    this.#presences.forget(alias);
    await this.#dispatch.dismiss(alias);
    return view;
  }

  /** What an agent follows, or waits for, ends with this. */
  until(by: Principal): AbortSignal | undefined {
    if (by.role !== 'agent' || this.#directory.get(by.name) === undefined) return undefined;
    const dismissal = this.#dismissals.get(by.name) ?? new AbortController();
    this.#dismissals.set(by.name, dismissal);
    return dismissal.signal;
  }

  present(alias: string, { seconds }: Presence, by: Principal): OutsideAgent {
    demand(by, 'work');
    const agent = this.#directory.get(this.lessee(alias, by));
    if (agent === undefined) throw this.#unknown(alias);
    this.#presences.heard(alias, seconds);
    return this.#view(agent);
  }

  /** For whom tasks are asked. Throws `forbidden` for somebody else's, `not-found` for an agent that is none from elsewhere. */
  lessee(wish: string | undefined, by: Principal): string {
    if (by.role === 'agent' && wish !== undefined && wish !== by.name) {
      throw new SpoolError('forbidden', `${by.name} may not speak for ${wish}`);
    }
    const alias = wish ?? (by.role === 'agent' ? by.name : undefined);
    if (alias === undefined) throw new SpoolError('invalid-input', 'agent: found nothing, wanted the alias of an agent from elsewhere');
    if (this.#directory.get(alias) !== undefined) return alias;
    throw this.#unknown(alias);
  }

  #unknown(alias: string): SpoolError {
    const known = this.#directory.list().map((one) => one.alias);
    const there = known.length === 0 ? 'there are none' : `there are: ${known.join(', ')}`;
    return new SpoolError('not-found', `there is no agent from elsewhere called ${alias}`, {
      hint: `${there}; "spool agent admit ${alias}" admits one`,
    });
  }

  #view({ alias, tasks, createdAt }: AdmittedOutsider): OutsideAgent {
    const seenAt = this.#presences.seenAt(alias);
    return { alias, tasks, createdAt, online: this.#presences.isOnline(alias), ...(seenAt === undefined ? {} : { seenAt }) };
  }
}
