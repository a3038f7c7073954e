/** A conversation of the runtime codex-cli-mcp over a process whose part the test plays. */

import { Conversation } from '../../src/codex/mcp-server/conversation.js';
import type { Call, CallResult } from '../../src/codex/mcp-server/server.js';
import { McpThread } from '../../src/codex/mcp-server/thread.js';
import type { Fields } from '../../src/codex/rollout/entry.js';
import type { OpenThread, StartTurn } from '../../src/ports/agent.js';
import { FactEar } from './fact-ear.js';

export const OPENED: OpenThread = {
  ...{ session: 'ses_1', home: '/home', cwd: '/place/work', model: undefined, effort: undefined, permissions: {}, resume: undefined },
  ...{ hadTurns: false, unsettled: undefined },
};
/** A process whose part the test plays. */
export class Played {
  readonly calls: { readonly id: number; readonly tool: string; readonly args: Fields }[] = [];
  readonly cancelled: number[] = [];
  readonly #answers = new Map<number, (result: CallResult | undefined) => void>();
  readonly #watching: (() => void)[] = [];
  #next: number;

  constructor(first = 2) {
    this.#next = first;
  }

  call(tool: string, args: Fields): Promise<Call> {
    const id = this.#next++;
    this.calls.push({ id, tool, args });
    const result = new Promise<CallResult | undefined>((resolve) => this.#answers.set(id, resolve));
    for (const seen of this.#watching.splice(0)) seen();
    return Promise.resolve({ id, result });
  }

  cancel(id: number): Promise<void> {
    this.cancelled.push(id);
    return Promise.resolve();
  }

  /** What `settled` waits for. */
  gate: Promise<void> = Promise.resolve();

  settled(): Promise<void> {
    return this.gate;
  }

  answer(id: number, result: CallResult): void {
    this.#answers.get(id)?.(result);
  }

  async called(count: number): Promise<void> {
    while (this.calls.length < count) await new Promise<void>((resolve) => this.#watching.push(resolve));
    // The caller goes on with the id a few ticks later.
    for (let tick = 0; tick < 10; tick++) await Promise.resolve();
  }
}

export interface PlayedTalk {
  readonly server: Played;
  readonly conversation: Conversation;
  readonly ear: FactEar;
}

export function playedTalk(first?: number): PlayedTalk {
  const server = new Played(first);
  const conversation = new Conversation('mcp-1', server, OPENED, { cwd: '/place/work' });
  const thread = new McpThread(conversation, { opened: 'started', version: '0.138.0' });
  conversation.attach(thread, OPENED, { cwd: '/place/work' });
  return { server, conversation, ear: new FactEar(thread) };
}

export function startOf(turn: string, text: string): StartTurn {
  return { turn, input: [{ type: 'text', text }], model: undefined, effort: undefined, outputSchema: undefined };
}
