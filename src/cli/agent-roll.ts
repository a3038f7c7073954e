/** Who can be given work: the agents of the host and those from elsewhere, as far as the token at hand may see them. */

import { SpoolError } from '../base/errors.js';
import type { Client } from '../client/connect.js';
import type { RouteResult } from '../contract/routes.js';
import type { Node, NodeAgent, OutsideAgent } from '../contract/task.js';

export interface Roll {
  readonly agents: readonly RouteResult<'listAgents'>['items'][number][];
  readonly elsewhere: readonly OutsideAgent[];
  /** Empty where the host tells nothing of it. */
  readonly nodes: readonly Node[];
}

/** Rejects when not even the agents of the host can be told. */
export async function agentRoll(client: Client): Promise<Roll> {
  const [agents, elsewhere, nodes] = await Promise.all([
    itemsOf(client.agents.list()),
    itemsOf(client.outsideAgents.list()),
    itemsOf(client.nodes()),
  ]);
  // The token of an agent may see who takes part, and nothing of how they are made.
  if (agents instanceof SpoolError && nodes instanceof SpoolError) throw agents;
  return { agents: orNone(agents), elsewhere: orNone(elsewhere), nodes: orNone(nodes) };
}

/** The error where they may not be seen, or where an older host has none. */
async function itemsOf<T>(asked: Promise<{ readonly items: readonly T[] }>): Promise<readonly T[] | SpoolError> {
  try {
    return (await asked).items;
  } catch (thrown) {
    const error = SpoolError.from(thrown);
    if (['forbidden', 'not-found', 'unsupported', 'method-not-allowed'].includes(error.code)) return error;
    throw error;
  }
}

function orNone<T>(told: readonly T[] | SpoolError): readonly T[] {
  return told instanceof SpoolError ? [] : told;
}

export function nodeAgentOf({ nodes }: Pick<Roll, 'nodes'>, alias: string): NodeAgent | undefined {
  return nodes.flatMap(({ agents }) => agents).find((agent) => agent.alias === alias);
}
