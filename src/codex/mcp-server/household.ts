/** A process of `codex mcp-server` and the conversations in it, each of which hears what is its own. */

import { SpoolError } from '../../base/errors.js';
import type { Fact, OpenThread, ThreadId } from '../../ports/agent.js';
import { type Fields, fieldsOf, textIn } from '../rollout/entry.js';
import { Conversation } from './conversation.js';
import { McpServer, type ServerEars, type ServerParts } from './server.js';

/** How many lines that are no messages are told of, and how much of each. */
const MOST_STRAY_LINES = 20;
const MOST_OF_A_LINE = 2_000;

export class Household implements AsyncDisposable, ServerEars {
  readonly #parts: ServerParts;
  readonly #conversations = new Map<ThreadId, Conversation>();
  /** By Codex's name of them; looked up once. */
  readonly #known = new Map<string, Conversation>();
  #server: McpServer | undefined;
  #stray = 0;

  /** Rejects as `McpServer.start` does. */
  static async start(parts: ServerParts): Promise<Household> {
    const household = new Household(parts);
    household.#server = await McpServer.start(parts, household);
    return household;
  }

  private constructor(parts: ServerParts) {
    this.#parts = parts;
  }

  get home(): string {
    return this.#parts.home;
  }

  get version(): string {
    return this.#parts.version;
  }

  get over(): boolean {
    return this.#server?.over ?? false;
  }

  get pid(): number | undefined {
    return this.#server?.pid;
  }

  /** How many conversations are open. */
  get threads(): number {
    return [...this.#conversations.values()].filter(({ isOpen }) => isOpen).length;
  }

  find(id: ThreadId | undefined): Conversation | undefined {
    return id === undefined ? undefined : this.#conversations.get(id);
  }

  add(id: ThreadId, thread: OpenThread, first: Fields): Conversation {
    if (this.#server === undefined || this.over) throw new SpoolError('unavailable', 'the process has ended');
    const conversation = new Conversation(id, this.#server, thread, first);
    this.#conversations.set(id, conversation);
    return conversation;
  }

  onEvent(params: Fields): void {
    const meta = fieldsOf(params['_meta']);
    const codex = textIn(meta, 'threadId');
    const call = Number(meta?.['requestId'] ?? Number.NaN);
    const of = textIn(params, 'id') ?? '';
    const msg = fieldsOf(params['msg']);
    const within = Number.isInteger(call) ? call : undefined;
    if (msg !== undefined) this.#whose(codex, within)?.hear(within, of, msg);
  }

  async onQuestion(params: Fields, id: string): Promise<Fields> {
    const conversation = this.#whose(textIn(params, 'threadId'), Number(textIn(params, 'codex_mcp_tool_call_id') ?? Number.NaN));
    return (await conversation?.ask(params, id)) ?? { decision: 'denied' };
  }

  /** It cannot be known whose it is: all who listen are told. */
  onStray(line: string): void {
    this.#stray += 1;
    if (this.#stray > MOST_STRAY_LINES) return;
    const fact: Fact = { type: 'raw', turn: undefined, method: 'stdout', params: { text: line.slice(0, MOST_OF_A_LINE) } };
    for (const conversation of this.#conversations.values()) conversation.tell(fact);
  }

  onEnd(ended: Extract<Fact, { type: 'ended' }>): void {
    for (const conversation of this.#conversations.values()) conversation.end(ended);
    this.#conversations.clear();
    this.#known.clear();
  }

  #whose(codex: string | undefined, call: number | undefined): Conversation | undefined {
    const known = codex === undefined ? undefined : this.#known.get(codex);
    if (known !== undefined) return known;
    const found = [...this.#conversations.values()].find((one) => one.owns(codex, call));
    if (codex !== undefined && found !== undefined) this.#known.set(codex, found);
    return found;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server?.[Symbol.asyncDispose]();
  }
}
