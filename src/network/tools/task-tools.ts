/**
 * The tools by which agents take part in tasks, as a source for the host's own server of tools. Agents that take no part see none of them, so
 * that their conversations are given no server for it; one from elsewhere sees these and nothing else.
 */

import type { AgentInfo } from '../../contract/host.js';
import type { HostTool, SourcedTool, ToolSource } from '../../host/face.js';
import type { Hub } from '../face.js';
import { toolSet } from './tool-set.js';

export interface TaskToolsParts {
  /** Asked for only when a tool is called: the hub is made over the host that is given the tools. */
  readonly hub: () => Hub;
  /** Whether this host has admitted an agent from elsewhere of this alias. */
  readonly isOutsider: (alias: string) => boolean;
  /** The host's own way to make a tool one that can be called: it checks the arguments, and makes what is thrown a result. */
  readonly sourced: (tool: HostTool) => SourcedTool;
}

type Listener = Parameters<ToolSource['onChange']>[0];

export class TaskTools implements ToolSource {
  readonly #parts: TaskToolsParts;
  readonly #listeners = new Set<Listener>();
  /** Made with the first agent that sees them. Those for one from elsewhere take the task that is meant, which no turn here tells. */
  readonly #sets: { own?: readonly SourcedTool[]; outside?: readonly SourcedTool[] } = {};

  constructor(parts: TaskToolsParts) {
    this.#parts = parts;
  }

  /** Without an agent there is nobody in whose name a task could be sent or answered. */
  tools(agent: AgentInfo | undefined): readonly SourcedTool[] {
    if (agent?.tasks === undefined) return [];
    this.#sets.own ??= this.#made(false);
    return this.#sets.own;
  }

  forOutsider(alias: string): readonly SourcedTool[] | undefined {
    if (!this.#parts.isOutsider(alias)) return undefined;
    this.#sets.outside ??= this.#made(true);
    return this.#sets.outside;
  }

  #made(outside: boolean): readonly SourcedTool[] {
    const { hub, sourced } = this.#parts;
    return toolSet(hub, { outside }).map(sourced);
  }

  /** To be called when an agent takes part from now on, or no more: conversations that it has open are given that at their next turn. */
  changed(alias: string): void {
    for (const listener of this.#listeners) listener((agent) => agent.alias === alias);
  }

  onChange(listener: Listener): Disposable {
    this.#listeners.add(listener);
    return { [Symbol.dispose]: () => void this.#listeners.delete(listener) };
  }
}
