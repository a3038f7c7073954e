/** A host that serves its public agents by A2A, with an agent that follows a script. */

import type { AgentInfo } from '../../src/contract/host.js';
import type { TaskSettings } from '../../src/contract/task.js';
import { a2aDoor } from '../../src/doors/a2a/a2a.js';
import type { Hub } from '../../src/network/face.js';
import type { Fact } from '../../src/ports/agent.js';
import { fixedAgents, MOCK, type RigOptions } from '../host/rig.js';
import { type House, house } from './house.js';

export const agent = (alias: string, tasks: TaskSettings, more: Partial<AgentInfo> = {}): AgentInfo => ({ ...MOCK, alias, tasks, ...more });

export const HELPER = agent('helper', { public: true, role: 'answers what it is asked', skills: ['Answering', 'good cooking'] });
export const SECOND = agent('second', { public: true });
export const HIDDEN = agent('hidden', {});

/** `wrap`: puts something between the door and the hub. */
export async function open(
  agents: readonly AgentInfo[] = [HELPER, HIDDEN],
  { wrap = (hub) => hub, ...options }: RigOptions & { readonly wrap?: (hub: Hub) => Hub } = {},
): Promise<House> {
  const directory = fixedAgents({ get: (alias) => agents.find((one) => one.alias === alias), list: () => agents });
  const clock = options.clock === undefined ? {} : { clock: options.clock };
  let built: House | undefined;
  built = await house({
    doors: [(parts) => a2aDoor({ ...parts, hub: wrap(parts.hub) })],
    rig: { agents: directory, ...options },
    principals: (token) => built?.hub.principalOf(token) ?? null,
    ...clock,
  });
  return built;
}

export const baseOf = ({ server }: House, alias = 'helper'): string => `${server.url}/a2a/${alias}/`;

type OfTurn = (turn: string) => Fact;

/** Says facts of the n-th turn. */
export async function play(h: House, n: number, ...facts: OfTurn[]): Promise<string> {
  const { start } = await h.agent.called('startTurn', n);
  for (const thread of h.agent.threads) thread.say(...facts.map((fact) => fact(start.turn)));
  return start.turn;
}

export const says =
  (text: string, id = 'm'): OfTurn =>
  (turn) => ({ type: 'item.completed', turn, item: { id, kind: 'agentMessage', text } });

export const asks =
  (ref: string, title: string): OfTurn =>
  (turn) => ({ type: 'ask', turn, ref, ask: { kind: 'command', title, command: 'git push', decisions: ['accept', 'decline'] } });

export const ends: OfTurn = (turn) => ({ type: 'turn.completed', turn, usage: null });

/** The hub with one of its members replaced. */
export function instead<K extends keyof Hub>(hub: Hub, name: K, member: Hub[K]): Hub {
  return new Proxy(hub, {
    get(target, asked) {
      if (asked === name) return member;
      const found: unknown = Reflect.get(target, asked, target);
      return typeof found === 'function' ? (found.bind(target) as unknown) : found;
    },
  });
}
