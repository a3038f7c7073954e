/** The desk of tools: who may see and call which, and what holds for every call, whatever stands behind the tool. */

import type { Clock } from '../../base/clock.js';
import { SpoolError } from '../../base/errors.js';
import type { AgentInfo } from '../../contract/host.js';
import { demand } from '../../contract/rights.js';
import type { Principal } from '../face.js';
import type { ToolCall, ToolInfo, ToolResult } from './tool.js';
import { errorResult } from './tool-result.js';
import type { SourcedTool, ToolSource } from './tool-source.js';

/** A tool that is to be called. */
export interface CallTool {
  readonly tool: string;
  readonly args: unknown;
  /** Whose tools are meant; an agent means its own. */
  readonly agent?: string | undefined;
  /** The session in which an agent calls; counts where it is one of that agent's. */
  readonly session?: string | undefined;
  /** Aborted when nobody waits for the result any more. */
  readonly signal: AbortSignal;
  readonly progress?: ((message: string) => void) | undefined;
}

export interface ToolDeskParts {
  readonly sources: readonly ToolSource[];
  /** Throws `not-found`. */
  readonly agent: (alias: string) => AgentInfo;
  /** The agent of a session and its running turn; undefined where there is no such session. */
  readonly session: (id: string) => Promise<{ readonly agent: string; readonly turn: string | undefined } | undefined>;
  readonly clock: Clock;
}

type Place = Pick<ToolCall, 'session' | 'turn'>;

interface Running {
  readonly call: ToolCall;
  /** Ends it. */
  readonly end: AbortController;
  readonly result: Promise<ToolResult>;
}

export class ToolDesk implements AsyncDisposable {
  readonly #parts: ToolDeskParts;
  readonly #stop = new AbortController();
  readonly #running = new Set<Running>();

  constructor(parts: ToolDeskParts) {
    this.#parts = parts;
  }

  list(agent: string | undefined, by: Principal): readonly ToolInfo[] {
    demand(by, 'work');
    return this.#visible(whose(agent, by)).map(({ info }) => info);
  }

  /** Tells when tools were offered or withdrawn, and which agents see that. */
  onChange(listener: (concerned: (agent: string) => boolean) => void): Disposable {
    const subscriptions = this.#parts.sources.map((source) => source.onChange((sees) => listener((alias) => this.#concerned(alias, sees))));
    return {
      [Symbol.dispose]: () => {
        for (const one of subscriptions) one[Symbol.dispose]();
      },
    };
  }

  #concerned(alias: string, sees: (agent: AgentInfo) => boolean): boolean {
    try {
      return sees(this.#parts.agent(alias));
    } catch {
      // One that is gone, or whose file cannot be read, is given nothing either way.
      return false;
    }
  }

  async call(command: CallTool, by: Principal): Promise<ToolResult> {
    demand(by, 'work');
    const agent = whose(command.agent, by);
    const place = await this.#place(command, agent);
    if (this.#stop.signal.aborted) throw new SpoolError('unavailable', 'the host is stopping');
    const tools = this.#visible(agent);
    const tool = tools.find(({ info }) => info.name === command.tool);
    if (tool === undefined) {
      const known = tools.map(({ info }) => info.name).join(', ');
      throw new SpoolError('not-found', `there is no tool ${command.tool}`, {
        hint: known === '' ? 'there are none' : `there are: ${known}`,
      });
    }
    const running = this.#begin(tool, command, { agent, ...place });
    this.#running.add(running);
    return await running.result.finally(() => this.#running.delete(running));
  }

  /** Ends calls of the session that come from another turn than the one that runs: not every runtime takes them back. */
  look(session: string, turn: string | undefined): void {
    for (const { call, end } of this.#running) {
      if (call.session === session && call.turn !== turn) end.abort(new SpoolError('cancelled', 'the turn that called has ended'));
    }
  }

  /** By the agent's configuration too; of two with the same name the first: what the program itself offers goes before. */
  #visible(alias: string | undefined): SourcedTool[] {
    const { sources } = this.#parts;
    // First of all: whoever comes from elsewhere must not be taken for an agent of this host that is called alike.
    const outsider = alias === undefined ? [] : sources.flatMap((source) => source.forOutsider?.(alias) ?? []);
    const agent = alias === undefined || outsider.length > 0 ? undefined : this.#parts.agent(alias);
    const tools = outsider.length > 0 ? outsider : sources.flatMap((source) => source.tools(agent));
    const names = new Set<string>();
    return tools.filter(({ info: { name } }) => {
      if (names.has(name) || agent?.hostTools?.includes(name) === false) return false;
      names.add(name);
      return true;
    });
  }

  /** In a host that was just started the session may have to be woken first: its turn went on meanwhile. */
  async #place({ session }: CallTool, agent: string | undefined): Promise<Place> {
    const known = session === undefined ? undefined : await this.#parts.session(session);
    return known !== undefined && known.agent === agent ? { session, turn: known.turn } : { session: undefined, turn: undefined };
  }

  #begin(tool: SourcedTool, command: CallTool, from: Place & Pick<ToolCall, 'agent'>): Running {
    const { clock } = this.#parts;
    const { timeoutMs } = tool.info;
    const end = new AbortController();
    const signal = AbortSignal.any([command.signal, end.signal, this.#stop.signal]);
    const { progress } = command;
    const call: ToolCall = {
      tool: command.tool,
      ...from,
      signal,
      progress: (message) => (signal.aborted ? undefined : progress?.(message)),
    };
    const late = clock.after(timeoutMs, () =>
      end.abort(new SpoolError('timeout', `the tool ${command.tool} took longer than ${timeoutMs / 1000} s`)),
    );
    const result = Promise.race([tool.call(command.args, call), aborted(signal)]).finally(() => late[Symbol.dispose]());
    return { call, end, result };
  }

  /** Tells those that run to stop; what they answer then is for nobody. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort(new SpoolError('unavailable', 'the host is stopping; the tool may have done its work or not'));
    await Promise.all([...this.#running].map(({ result }) => result));
  }
}

/** An agent sees its own tools and no others. */
function whose(agent: string | undefined, by: Principal): string | undefined {
  if (by.role !== 'agent' || agent === by.name) return agent;
  if (agent === undefined) return by.name;
  throw new SpoolError('forbidden', `${by.name} may not use the tools of the agent ${agent}`);
}

function aborted(signal: AbortSignal): Promise<ToolResult> {
  return new Promise((resolve) => {
    const end = (): void => resolve(errorResult(SpoolError.from(signal.reason).message));
    if (signal.aborted) end();
    else signal.addEventListener('abort', end, { once: true });
  });
}
