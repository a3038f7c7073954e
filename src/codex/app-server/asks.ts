/** The questions that Codex waits for in one thread: asked, answered once, closed when Codex says so. */

import type { ApprovalAnswer } from '../../contract/approval.js';
import type { FileChange } from '../../contract/item.js';
import type { AskRef, Fact, OpenThread } from '../../ports/agent.js';
import type * as Codex from '../generated/protocol.js';
import { verdictOf } from '../translate/approvals.js';
import { fileChangeOf } from '../translate/item.js';
import type { Frame } from './link.js';

type Request = Extract<Frame, { kind: 'request' }>;
type McpCall = Extract<Codex.ThreadItem, { type: 'mcpToolCall' }>;

export class Asks {
  readonly #open = new Map<AskRef, (answer: ApprovalAnswer) => void>();
  readonly #refs = new Map<string | number, AskRef>();
  readonly #changes = new Map<string, readonly FileChange[]>();
  readonly #calls = new Map<string, McpCall>();
  readonly #now: () => number;
  readonly #tools: ReadonlySet<string>;

  /** `tools` are those that the host runs in this thread. */
  constructor(now: () => number, tools: OpenThread['tools'] = []) {
    this.#now = now;
    this.#tools = new Set(tools.map(({ name }) => name));
  }

  /**
   * Takes a server request: gives the question as a fact, or answers at once. `turnOf` names the host's turn for Codex's (null when
   * Codex did not say); a question of no turn of ours stays with whoever else is connected, and is cancelled by Codex at its turn's end.
   */
  take({ request }: Request, turnOf: (native: string | null) => string | undefined): readonly Fact[] {
    const verdict = verdictOf(request.method, request.params, {
      requestId: request.id,
      now: this.#now(),
      changes: (item) => this.#changes.get(item),
      mcpCall: (...call) => this.#callOf(...call),
      hasTool: (name) => this.#tools.has(name),
    });
    if (verdict.kind === 'reply') request.result(verdict.result);
    else if (verdict.kind === 'refuse') request.error({ code: verdict.code, message: verdict.message });
    if (verdict.kind !== 'ask') return [];
    const turn = turnOf(verdict.turn);
    if (turn === undefined) return [];
    const { ref, ask } = verdict;
    this.#refs.set(request.id, ref);
    this.#open.set(ref, (answer) => request.result(verdict.reply(answer)));
    return [{ type: 'ask', turn, ref, ask }];
  }

  answer(ref: AskRef, answer: ApprovalAnswer): void {
    const reply = this.#open.get(ref);
    this.#open.delete(ref);
    reply?.(answer);
  }

  /** Codex says that a request is settled, by whomever. */
  resolved(requestId: string | number): readonly Fact[] {
    const ref = this.#refs.get(requestId);
    if (ref === undefined) return [];
    this.#refs.delete(requestId);
    this.#open.delete(ref);
    return [{ type: 'ask.closed', ref }];
  }

  /** Keeps what a file change wants to do and which tools are being called: the questions about them do not say. */
  item(item: Codex.ThreadItem, done: boolean): void {
    if (item.type === 'fileChange') keep(this.#changes, item.id, item.changes.map(fileChangeOf), done);
    else if (item.type === 'mcpToolCall') keep(this.#calls, item.id, item, done);
  }

  /** Two calls that look the same cannot be told apart; then it stays open which one is asked about. */
  #callOf(server: string, tool: string | undefined, args: unknown): string | undefined {
    const alike = [...this.#calls.values()].filter(
      (call) =>
        call.server === server && (tool === undefined || call.tool === tool) && JSON.stringify(call.arguments) === JSON.stringify(args),
    );
    return alike.length === 1 ? alike[0]?.id : undefined;
  }
}

function keep<T>(kept: Map<string, T>, id: string, value: T, done: boolean): void {
  if (done) kept.delete(id);
  else kept.set(id, value);
}
