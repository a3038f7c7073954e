/**
 * An agent that does what a test tells it: every call is noted and can be held or refused, facts are pushed by hand. For the
 * interleavings that a real runtime will not produce on demand.
 */

import { SpoolError } from '../base/errors.js';
import { Pipe } from '../base/pipe.js';
import type { ApprovalAnswer } from '../contract/approval.js';
import type { ModelInfo, RuntimeCapabilities, RuntimeStatus } from '../contract/host.js';
import type { Agent, AgentThread, Fact, Opened, OpenThread, StartTurn } from '../ports/agent.js';

export type AgentCall =
  | { readonly call: 'open'; readonly thread: OpenThread }
  | { readonly call: 'startTurn'; readonly start: StartTurn }
  | { readonly call: 'steer'; readonly into: string; readonly start: StartTurn }
  | { readonly call: 'interrupt'; readonly turn: string }
  | { readonly call: 'answer'; readonly ref: string; readonly answer: ApprovalAnswer }
  | { readonly call: 'rename'; readonly title: string }
  | { readonly call: 'archive'; readonly threadId: string }
  | { readonly call: 'dispose'; readonly threadId: string };

/** What the script answers; each may throw. Absent ones answer plainly. */
export interface AgentScript {
  open?(
    thread: OpenThread,
  ): Promise<{ id?: string; opened?: Opened; unsettled?: AgentThread['unsettled']; taken?: ReadonlySet<string> } | undefined> | undefined;
  startTurn?(start: StartTurn): Promise<string>;
  steer?(into: string, start: StartTurn): Promise<void>;
  interrupt?(turn: string): Promise<void>;
  capabilities?: Partial<RuntimeCapabilities>;
  models?: readonly ModelInfo[];
}

const ALL: RuntimeCapabilities = {
  ...{ runtime: 'mock', steer: true, interrupt: true, approvals: true, deltas: true, outlivesHost: false },
  ...{ resume: true, adopt: true, fork: true, compact: true, review: true, models: true, efforts: true, outputSchema: true },
  ...{ images: true, sessionTools: true, permissions: true, sandbox: true, mcpServers: true, instructions: true, usage: true },
  ...{ terminal: false, program: null },
};

export class ScriptedAgent implements Agent {
  readonly capabilities: RuntimeCapabilities;
  readonly calls: AgentCall[] = [];
  readonly threads: ScriptedThread[] = [];
  readonly #script: AgentScript;
  readonly #waiting: { matches: (call: AgentCall) => boolean; resolve: (call: AgentCall) => void }[] = [];

  constructor(script: AgentScript = {}) {
    this.#script = script;
    this.capabilities = { ...ALL, ...script.capabilities };
  }

  /** The newest thread; throws when none was opened. */
  get thread(): ScriptedThread {
    const thread = this.threads.at(-1);
    if (thread === undefined) throw new SpoolError('internal', 'no thread was opened');
    return thread;
  }

  /** Resolves with the n-th (from 1) call of this kind, at once when it was already made. */
  called<C extends AgentCall['call']>(call: C, n = 1): Promise<Extract<AgentCall, { call: C }>> {
    type Wanted = Extract<AgentCall, { call: C }>;
    const found = (): Wanted | undefined => this.calls.filter((one): one is Wanted => one.call === call)[n - 1];
    const there = found();
    if (there !== undefined) return Promise.resolve(there);
    return new Promise((resolve) => {
      this.#waiting.push({ matches: () => found() !== undefined, resolve: () => resolve(found() as Wanted) });
    });
  }

  note(call: AgentCall): void {
    this.calls.push(call);
    for (const waiter of [...this.#waiting]) {
      if (!waiter.matches(call)) continue;
      this.#waiting.splice(this.#waiting.indexOf(waiter), 1);
      waiter.resolve(call);
    }
  }

  status(): Promise<readonly RuntimeStatus[]> {
    return Promise.resolve([]);
  }

  models(): Promise<readonly ModelInfo[]> {
    return Promise.resolve(this.#script.models ?? []);
  }

  async open(thread: OpenThread): Promise<AgentThread> {
    this.note({ call: 'open', thread });
    const answer = (await this.#script.open?.(thread)) ?? {};
    const id = answer.id ?? thread.resume ?? `thread-${this.threads.length + 1}`;
    const opened = answer.opened ?? (thread.resume === undefined ? 'started' : 'resumed');
    const unsettled = thread.unsettled === undefined ? undefined : (answer.unsettled ?? 'unknown');
    const live = new ScriptedThread(this, this.#script, id, opened, unsettled);
    live.taken = answer.taken;
    this.threads.push(live);
    return live;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const thread of this.threads) await thread[Symbol.asyncDispose]();
  }
}

export class ScriptedThread implements AgentThread {
  readonly id: string;
  readonly opened: Opened;
  readonly version = '0.0.0';
  readonly unsettled: AgentThread['unsettled'];
  taken: AgentThread['taken'];
  readonly facts = new Pipe<Fact>();
  readonly #agent: ScriptedAgent;
  readonly #script: AgentScript;
  #turns = 0;

  constructor(agent: ScriptedAgent, script: AgentScript, id: string, opened: Opened, unsettled: AgentThread['unsettled']) {
    this.#agent = agent;
    this.#script = script;
    this.id = id;
    this.opened = opened;
    this.unsettled = unsettled;
  }

  /** Says facts, in order. */
  say(...facts: Fact[]): void {
    for (const fact of facts) this.facts.push(fact);
  }

  /** Ends the thread as a runtime would that has gone, or that lets go of what nobody uses. */
  end(how: 'exited' | 'disconnected' | 'closed', message: string = how): void {
    this.facts.push({ type: 'ended', how, message, exitCode: how === 'exited' ? 1 : null, signal: null, stderrTail: '' });
    this.facts.end();
  }

  startTurn(start: StartTurn): Promise<string> {
    this.#agent.note({ call: 'startTurn', start });
    return this.#script.startTurn?.(start) ?? Promise.resolve(`ref-${++this.#turns}`);
  }

  async steer(into: string, start: StartTurn): Promise<void> {
    this.#agent.note({ call: 'steer', into, start });
    await this.#script.steer?.(into, start);
  }

  async interrupt(turn: string): Promise<void> {
    this.#agent.note({ call: 'interrupt', turn });
    await this.#script.interrupt?.(turn);
  }

  rename(title: string): Promise<void> {
    this.#agent.note({ call: 'rename', title });
    return Promise.resolve();
  }

  archive(): Promise<void> {
    this.#agent.note({ call: 'archive', threadId: this.id });
    return Promise.resolve();
  }

  answer(ref: string, answer: ApprovalAnswer): Promise<void> {
    this.#agent.note({ call: 'answer', ref, answer });
    return Promise.resolve();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.facts.ended) return;
    this.#agent.note({ call: 'dispose', threadId: this.id });
    this.facts.push({ type: 'ended', how: 'closed', message: 'closed by the host', exitCode: null, signal: null, stderrTail: '' });
    this.facts.end();
  }
}
