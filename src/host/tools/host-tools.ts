/** The tools that the program offers in which the host runs: each a name, a schema and a handler, which runs in that program. */

import { messageOf, SpoolError } from '../../base/errors.js';
import type { AgentInfo } from '../../contract/host.js';
import type { Logger } from '../../ports/logger.js';
import { sourcedTool } from './sourced-tool.js';
import type { HostTool, ToolSchema } from './tool.js';
import type { SourcedTool, ToolSource } from './tool-source.js';

interface Entry extends SourcedTool {
  readonly agents: HostTool['agents'];
}

export class HostTools implements ToolSource {
  readonly #logger: Logger;
  readonly #entries = new Set<Entry>();
  readonly #listeners = new Set<Parameters<ToolSource['onChange']>[0]>();

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  /**
   * Offers a tool until what is returned is disposed. Throws `invalid-input` for a name or a schema that cannot be, and `conflict` when
   * an agent would see two tools of the name. Conversations that are open see it from their next turn on.
   */
  offer<S extends ToolSchema>(tool: HostTool<S>): Disposable {
    const entry: Entry = { ...sourcedTool(tool), agents: (tool as HostTool).agents };
    for (const other of this.#entries) if (overlap(entry, other)) throw conflict(entry.info.name);
    this.#entries.add(entry);
    this.#changed(entry);
    return {
      [Symbol.dispose]: () => {
        if (this.#entries.delete(entry)) this.#changed(entry);
      },
    };
  }

  tools(agent: AgentInfo | undefined): readonly SourcedTool[] {
    return [...this.#entries].filter((entry) => agent === undefined || this.#sees(agent, entry));
  }

  onChange(listener: Parameters<ToolSource['onChange']>[0]): Disposable {
    this.#listeners.add(listener);
    return { [Symbol.dispose]: () => void this.#listeners.delete(listener) };
  }

  #sees(agent: AgentInfo, { agents, info }: Entry): boolean {
    if (agents === undefined) return true;
    if (typeof agents !== 'function') return agents.includes(agent.alias);
    try {
      return agents(agent) === true;
    } catch (error) {
      this.#logger.warn({ agent: agent.alias, err: error }, `who sees the tool ${info.name} cannot be told: ${messageOf(error)}`);
      return false;
    }
  }

  #changed(entry: Entry): void {
    for (const listener of this.#listeners) listener((agent) => this.#sees(agent, entry));
  }
}

/** Whether there may be an agent that sees both. What a predicate says about agents to come is not known. */
function overlap(one: Entry, other: Entry): boolean {
  if (one.info.name !== other.info.name) return false;
  if (!isList(one.agents) || !isList(other.agents)) return true;
  const aliases = new Set(other.agents);
  return one.agents.some((alias) => aliases.has(alias));
}

function isList(agents: HostTool['agents']): agents is readonly string[] {
  return agents !== undefined && typeof agents !== 'function';
}

function conflict(name: string): SpoolError {
  return new SpoolError('conflict', `there is a tool ${name} already that the same agents may see`, {
    hint: 'give it another name, withdraw the other one, or give each a list of agents that share none',
  });
}
