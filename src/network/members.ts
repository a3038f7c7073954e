/** Whoever can be asked by an alias: agents of this host, agents from elsewhere, and the person who operates it. */

import { SpoolError } from '../base/errors.js';
import { nearest } from '../base/nearest.js';
import type { AgentInfo, RuntimeCapabilities } from '../contract/host.js';
import { PERSON, type TaskSettings } from '../contract/task.js';
import type { Runtime } from '../contract/words.js';
import type { Party } from '../domain/tasks/chain.js';
import type { Host, Principal } from '../host/face.js';
import type { OutsideDirectory } from '../ports/outside-agents.js';
import type { Presences } from './presence.js';

/** As whom the hub itself looks at the host. */
export const HUB_PRINCIPAL: Principal = { name: 'hub', role: 'owner' };

export type Member =
  | { readonly kind: 'local'; readonly alias: string; readonly agent: AgentInfo; readonly settings: TaskSettings | undefined }
  | { readonly kind: 'outside'; readonly alias: string; readonly settings: TaskSettings }
  | { readonly kind: 'person'; readonly alias: typeof PERSON; readonly settings: undefined };

const THE_PERSON: Member = { kind: 'person', alias: PERSON, settings: undefined };
/** A person works on as much as they like. */
const NO_LIMIT = Number.POSITIVE_INFINITY;

export class Members {
  readonly #host: Host;
  readonly #outside: OutsideDirectory;
  readonly #presences: Presences;

  constructor(host: Host, outside: OutsideDirectory, presences: Presences) {
    this.#host = host;
    this.#outside = outside;
    this.#presences = presences;
  }

  /** Throws `not-found`, naming those whose names are like it. */
  find(alias: string): Member {
    const found = this.get(alias);
    if (found !== undefined) return found;
    const known = this.list().map((one) => one.alias);
    const near = nearest(alias, known);
    const hint = near === undefined ? `there are: ${known.join(', ')}` : `did you mean ${near}? There are: ${known.join(', ')}`;
    throw new SpoolError('not-found', `there is no agent ${alias}`, { hint, details: { known, ...(near === undefined ? {} : { near }) } });
  }

  get(alias: string): Member | undefined {
    if (alias === PERSON) return THE_PERSON;
    const outsider = this.#outside.get(alias);
    if (outsider !== undefined) return { kind: 'outside', alias, settings: outsider.tasks };
    return this.#local(alias);
  }

  #local(alias: string): Member | undefined {
    try {
      const agent = this.#host.agent(alias, HUB_PRINCIPAL);
      return { kind: 'local', alias, agent, settings: agent.tasks };
    } catch (error) {
      if (SpoolError.from(error).code === 'not-found') return undefined;
      throw error;
    }
  }

  /** All of them, the agents of this host first. */
  list(): Member[] {
    const agents = this.#host.listAgents(HUB_PRINCIPAL).items;
    return [
      ...agents.map((agent): Member => ({ kind: 'local', alias: agent.alias, agent, settings: agent.tasks })),
      ...this.#outside.list().map(({ alias, tasks }): Member => ({ kind: 'outside', alias, settings: tasks })),
      THE_PERSON,
    ];
  }

  isOnline(member: Member): boolean {
    return member.kind !== 'outside' || this.#presences.isOnline(member.alias);
  }

  atOnce({ kind, settings }: Member): number {
    return kind === 'person' ? NO_LIMIT : (settings?.atOnce ?? 1);
  }

  party({ alias, kind, settings }: Member): Party {
    return { alias, takesPart: kind !== 'local' || settings !== undefined, from: settings?.from, to: settings?.to };
  }

  capabilities(runtime: Runtime): RuntimeCapabilities | undefined {
    return this.#host.capabilities().runtimes.find((one) => one.runtime === runtime);
  }
}
