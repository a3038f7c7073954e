/**
 * One process of `codex mcp-server`, talked with by the MCP client. It serves all conversations of its CODEX_HOME.
 *
 * One for a home and not one for each conversation, because a conversation lives in its process and nowhere else: none could be stopped while
 * its conversation may go on, and each would hold its 70 MB for as long as the host runs, where a further conversation in the same process
 * takes less than 1. What a conversation is given (servers, variables, tokens) goes with its first call, so nothing has to be shared. The price is
 * that a crash ends all conversations of one home; those of other homes go on.
 */

import { type CallToolResult, Client, SdkError, SdkErrorCode } from '@modelcontextprotocol/client';
import { z } from 'zod';
import type { Clock } from '../../base/clock.js';
import { messageOf, SpoolError } from '../../base/errors.js';
import { type PipedProcess, startProcess } from '../../base/process.js';
import { redact } from '../../base/redact.js';
import type { Fact } from '../../ports/agent.js';
import type { Logger } from '../../ports/logger.js';
import { childEnvironment, type Environment } from '../app-server/child-env.js';
import { type Fields, fieldsOf, textIn } from '../rollout/entry.js';
import { stdioTransport } from '../wire/stdio.js';
import type { Transport, TransportEnd } from '../wire/transport.js';
import { MessagePipe } from './message-pipe.js';

export interface ServerParts {
  readonly home: string;
  readonly binary: string;
  readonly version: string;
  readonly env: Environment;
  readonly extraEnv: Environment;
  /** Spool's own version, told to Codex. */
  readonly spool: string;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** A call of a tool of the server, which is a turn of a conversation. */
export interface Call {
  /** The id with which it went out. */
  readonly id: number;
  /**
   * What it gave back; undefined when the process went before. Never rejects: what went wrong is in the result, as an error. A call that was
   * cancelled never ends.
   */
  readonly result: Promise<CallResult | undefined>;
}

export interface CallResult {
  readonly text: string;
  readonly isError: boolean;
}

/** Who is told what happens in a process. */
export interface ServerEars {
  onEvent(params: Fields): void;
  /** A question of the server; its answer goes back. */
  onQuestion(params: Fields, id: string): Promise<Fields>;
  onStray(line: string): void;
  onEnd(ended: Extract<Fact, { type: 'ended' }>): void;
}

const HELLO_MS = 30_000;
/** A turn takes as long as it takes; this is the longest time that a timer can be set for. */
const FOR_EVER = 2 ** 31 - 1;
/** An idle process goes by itself when its stdin ends; one with a turn is not waited for longer than this. */
const GRACE_MS = 2_000;

const ANYTHING = z.looseObject({});

export class McpServer implements AsyncDisposable {
  readonly home: string;
  readonly version: string;
  readonly pid: number;
  readonly #child: PipedProcess;
  readonly #texts: Transport;
  readonly #pipe: MessagePipe;
  readonly #client: Client;
  #over = false;
  #closing = false;
  #ended: Promise<void>;

  /** Rejects with `runtime-missing`, or `runtime-failed` with what the process said. */
  static async start(parts: ServerParts, ears: ServerEars): Promise<McpServer> {
    const { home, binary, env, extraEnv } = parts;
    const child = await startProcess({ command: binary, args: ['mcp-server'], cwd: home, env: childEnvironment(env, home, extraEnv) });
    const server = new McpServer(parts, child, ears);
    try {
      await server.#client.connect(server.#pipe, { timeout: HELLO_MS });
      return server;
    } catch (error) {
      await server[Symbol.asyncDispose]();
      const said = redact(child.stderrTail()).trim();
      throw new SpoolError('runtime-failed', `codex mcp-server did not say hello: ${said === '' ? messageOf(error) : said}`, {
        cause: error,
        hint: `see whether "${binary} mcp-server" starts, or use the runtime codex-app-server`,
      });
    }
  }

  private constructor({ home, version, spool, clock, logger }: ServerParts, child: PipedProcess, ears: ServerEars) {
    this.home = home;
    this.version = version;
    this.pid = child.pid;
    this.#child = child;
    this.#texts = stdioTransport(child, { clock });
    this.#pipe = new MessagePipe(this.#texts, ears);
    this.#client = new Client({ name: 'spool', version: spool }, { capabilities: { elicitation: {} } });
    // Answers to calls that were cancelled come nevertheless, now and then.
    this.#client.onerror = (error) => logger.debug({ home, err: error.message }, 'codex mcp-server said something that was not expected');
    this.#client.setRequestHandler('elicitation/create', { params: ANYTHING }, async (params, { mcpReq }) => {
      const reply = await ears.onQuestion(params, String(mcpReq.id));
      // Codex reads `decision` alone; the rest is what MCP wants.
      return { action: 'accept', content: {}, ...reply };
    });
    this.#ended = this.#texts.closed.then(async (end) => {
      this.#over = true;
      // What it started may still be there.
      await this.#child.stop({ graceMs: GRACE_MS });
      ears.onEnd(this.#endOf(end));
    });
  }

  get over(): boolean {
    return this.#over;
  }

  /** Sends a call. Rejects with `unavailable` when the process is gone. */
  async call(tool: 'codex' | 'codex-reply', args: Readonly<Record<string, unknown>>): Promise<Call> {
    const params = { name: tool, arguments: { ...args } };
    const asked = this.#client.request({ method: 'tools/call', params }, { timeout: FOR_EVER });
    const result = asked.then(resultOf, failureOf);
    // The client may look at what it sends for a tick or two.
    for (let ticks = 0; this.#pipe.sentAs(params.arguments) === undefined && ticks < MOST_TICKS; ticks++) await Promise.resolve();
    const id = this.#pipe.sentAs(params.arguments);
    if (id === undefined)
      throw new SpoolError('unavailable', `codex mcp-server could not be asked: ${(await result)?.text ?? 'it is gone'}`);
    return { id, result };
  }

  /** Stops what a call does. One that the process does not know (any more) is ignored by it. */
  async cancel(id: number): Promise<void> {
    if (this.#over) return;
    await this.#client.notification({ method: 'notifications/cancelled', params: { requestId: id, reason: 'interrupted' } });
  }

  /** Resolves when everything has come that the process had said before. */
  async settled(): Promise<void> {
    await this.#client.ping({ timeout: HELLO_MS }).catch(() => undefined);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing = true;
    await this.#texts.close();
    await this.#ended;
  }

  #endOf(end: TransportEnd): Extract<Fact, { type: 'ended' }> {
    const exit = this.#child.exit;
    const { exitCode = exit?.code ?? null, signal = exit?.signal ?? null } = end;
    if (this.#closing) return { ...ENDED, how: 'closed', message: 'the runtime was closed' };
    return { ...ENDED, how: 'exited', message: end.message, exitCode, signal, stderrTail: redact(this.#child.stderrTail()).trim() };
  }
}

const MOST_TICKS = 100;
const ENDED = { type: 'ended', exitCode: null, signal: null, stderrTail: '' } as const;

/** An error of the protocol, not of the tool. */
function failureOf(error: unknown): CallResult | undefined {
  const gone = error instanceof SdkError && (error.code === SdkErrorCode.ConnectionClosed || error.code === SdkErrorCode.NotConnected);
  return gone ? undefined : { text: messageOf(error), isError: true };
}

function resultOf({ content, isError }: CallToolResult): CallResult {
  const texts = content.flatMap((part) => textIn(fieldsOf(part), 'text') ?? []);
  return { text: texts.join('\n'), isError: isError === true };
}
