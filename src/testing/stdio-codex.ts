/**
 * Just enough of an app-server client to play whole turns over stdio, for the tests of the offline model and the recorder.
 * It must not grow into a second `codex/wire`: it trusts the child, says yes to every question and has no timeouts.
 */

import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';

import { SpoolError } from '../base/errors.js';

export interface WireMessage {
  readonly id?: number | string;
  readonly method?: string;
  readonly params?: unknown;
  readonly result?: unknown;
  readonly error?: unknown;
}

export interface PlayedItem {
  readonly type: string;
  readonly [field: string]: unknown;
}

/** What Codex told about one turn. */
export interface PlayedTurn {
  readonly status: unknown;
  readonly error: unknown;
  /** Completed items without the user's own message. */
  readonly items: readonly PlayedItem[];
  readonly deltas: readonly string[];
  /** Methods of the questions it asked. */
  readonly asked: readonly string[];
  /** `error` notifications that announced a retry. */
  readonly retries: number;
}

/** A running app-server; disposing closes its stdin and waits until it is gone. */
export class StdioCodex implements AsyncDisposable {
  readonly seen: WireMessage[] = [];
  /** Everything that went over the wire, `-> ` what was sent, `<- ` what came. */
  readonly tap: string[] = [];
  readonly #child: ChildProcessByStdio<Writable, Readable, null>;
  readonly #gone: Promise<unknown>;
  #watchers: ((message: WireMessage) => void)[] = [];
  #next = 1;

  constructor(binary: string, env: Readonly<Record<string, string | undefined>>) {
    this.#child = spawn(binary, ['app-server'], { env, stdio: ['pipe', 'pipe', 'ignore'] });
    this.#gone = once(this.#child, 'exit');
    createInterface({ input: this.#child.stdout }).on('line', (line) => this.#receive(line));
  }

  async initialize(): Promise<this> {
    const clientInfo = { name: 'spool-testing', title: 'Spool testing', version: '1' };
    await this.call('initialize', { clientInfo, capabilities: { experimentalApi: true } });
    this.send({ method: 'initialized' });
    return this;
  }

  /** Starts a thread and resolves to its id. */
  async thread(cwd: string): Promise<string> {
    return String(read(await this.call('thread/start', { cwd }), 'thread', 'id'));
  }

  /** Plays one turn to its end. `during` is called when it has started. */
  async turn(threadId: string, prompt: string, during?: (turnId: string) => Promise<unknown>): Promise<PlayedTurn> {
    const from = this.seen.length;
    const over = this.when((message) => message.method === 'turn/completed' && read(message.params, 'threadId') === threadId);
    const input = [{ type: 'text', text: prompt, text_elements: [] }];
    const started = await this.call('turn/start', { threadId, input });
    await during?.(String(read(started, 'turn', 'id')));
    const end = await over;
    const notes = this.seen.slice(from).filter((message) => read(message.params, 'threadId') === threadId);
    const of = (method: string, ...path: string[]): unknown[] =>
      notes.filter((message) => message.method === method).map((message) => read(message.params, ...path));
    return {
      status: read(end.params, 'turn', 'status'),
      error: read(end.params, 'turn', 'error'),
      items: of('item/completed', 'item').filter(isItem),
      deltas: of('item/agentMessage/delta', 'delta').map(String),
      asked: notes.flatMap((message) => (message.id === undefined || message.method === undefined ? [] : [message.method])),
      retries: of('error', 'willRetry').filter((again) => again === true).length,
    };
  }

  /** One request; rejects when Codex answers with an error. */
  async call(method: string, params: unknown): Promise<unknown> {
    const id = this.#next++;
    const answer = this.when((message) => message.id === id && message.method === undefined);
    this.send({ id, method, params });
    const { result, error } = await answer;
    if (error !== undefined) throw new SpoolError('runtime-failed', `${method}: ${JSON.stringify(error)}`);
    return result;
  }

  send(frame: WireMessage): void {
    const line = JSON.stringify(frame);
    this.tap.push(`-> ${line}`);
    this.#child.stdin.write(`${line}\n`);
  }

  /** The next message that matches; what came before the call does not count. Never settles when none comes. */
  when(matches: (message: WireMessage) => boolean): Promise<WireMessage> {
    return new Promise((resolve) => {
      const watcher = (message: WireMessage): void => {
        if (!matches(message)) return;
        this.#watchers = this.#watchers.filter((other) => other !== watcher);
        resolve(message);
      };
      this.#watchers.push(watcher);
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.stdin.end();
    await this.#gone;
  }

  #receive(line: string): void {
    const message = JSON.parse(line) as WireMessage;
    this.tap.push(`<- ${line}`);
    this.seen.push(message);
    const { id, method } = message;
    if (id !== undefined && method === 'mcpServer/elicitation/request')
      this.send({ id, result: { action: 'accept', content: null, _meta: null } });
    else if (id !== undefined && method !== undefined) this.send({ id, result: { decision: 'accept' } });
    for (const watcher of this.#watchers) watcher(message);
  }
}

/** The value at a path, undefined where it ends early. */
export function read(value: unknown, ...path: readonly string[]): unknown {
  let here = value;
  for (const key of path) {
    if (typeof here !== 'object' || here === null) return undefined;
    here = Object.entries(here).find(([name]) => name === key)?.[1];
  }
  return here;
}

function isItem(value: unknown): value is PlayedItem {
  const type = read(value, 'type');
  return typeof type === 'string' && type !== 'userMessage';
}
