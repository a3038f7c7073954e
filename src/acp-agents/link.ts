/**
 * One process of an agent and the conversations in it. It ends when nobody has needed it for a while, when it does what cannot be lived
 * with, or by itself; whichever it is, all that it started ends with it, and every conversation in it is told.
 */

import {
  type AgentCapabilities,
  type AgentRequestMethod,
  type AgentRequestParamsByMethod,
  type AgentRequestResponsesByMethod,
  type AuthMethod,
  type ClientConnection,
  type CreateElicitationRequest,
  type CreateElicitationResponse,
  client,
  methods,
  PROTOCOL_VERSION,
  type RequestPermissionRequest,
  type RequestPermissionResponse,
} from '@agentclientprotocol/sdk';
import type { Clock } from '../base/clock.js';
import { SpoolError } from '../base/errors.js';
import { type PipedProcess, startProcess } from '../base/process.js';
import { redact } from '../base/redact.js';
import type { Logger } from '../ports/logger.js';
import { openingError } from './failures.js';
import { shortened, textIn } from './foreign.js';
import type { Program } from './program.js';
import { CANCELLED } from './questions.js';
import { type Wire, wireOf } from './wire.js';

/** How long an agent may take to answer the first message: some fetch themselves from a registry first. */
export const GREETING_MS = 120_000;
/** How long a process stays when no conversation in it is open. */
export const LINGER_MS = 60_000;
/** How long a process may take to end by itself. */
const GRACE_MS = 2_000;
/** How long the end of a process may lie behind the end of its output, or the other way round. */
const REST_MS = 1_000;
/** Lines that are no messages: how many of a process are kept, and how much of each. */
const MOST_NOISE = 20;
const MOST_NOISE_LINE = 2_000;

export interface LinkParts {
  readonly program: Program;
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  readonly home: string;
  /** Our own version, for the agent to know. */
  readonly version: string;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** How a process came to its end. */
export interface Gone {
  readonly message: string;
  readonly exitCode: number | null;
  readonly signal: string | null;
  readonly stderrTail: string;
}

/** A conversation, as a process knows it. */
export interface Receiver {
  heard(method: string, params: unknown): void;
  noise(line: string): void;
  permission(request: RequestPermissionRequest, signal: AbortSignal): Promise<RequestPermissionResponse>;
  elicitation(request: CreateElicitationRequest, signal: AbortSignal): Promise<CreateElicitationResponse>;
  gone(how: Gone): void;
}

export class Link<R extends Receiver = Receiver> {
  readonly parts: LinkParts;
  readonly receivers = new Map<string, R>();
  /** Conversations that the agent was told to let go of, until it has. */
  readonly closing = new Map<string, Promise<void>>();
  abilities: AgentCapabilities = {};
  authMethods: readonly AuthMethod[] = [];
  /** What the agent calls itself. */
  version = 'unknown';
  /** Resolves when the process and all that it started are gone and everybody has been told. */
  readonly ended: Promise<void>;
  readonly #child: PipedProcess;
  readonly #wire: Wire;
  readonly #connection: ClientConnection;
  #holds = 0;
  #linger: Disposable | undefined;
  #noise: string[] = [];
  /** Why we ended it, if we did. */
  #reason: string | undefined;
  #usable = true;

  private constructor(parts: LinkParts, child: PipedProcess) {
    this.parts = parts;
    this.#child = child;
    this.#wire = wireOf(child, { notified: (method, params) => this.#notified(method, params), noise: (line) => this.#noisy(line) });
    this.#connection = client({ name: 'spool' })
      .onRequest(methods.client.session.requestPermission, async ({ params, signal }) => {
        return (await this.receivers.get(params.sessionId)?.permission(params, signal)) ?? CANCELLED;
      })
      .onRequest(methods.client.elicitation.create, async ({ params, signal }) => {
        const session = textIn(params, 'sessionId') ?? '';
        return (await this.receivers.get(session)?.elicitation(params, signal)) ?? { action: 'cancel' };
      })
      .connect(this.#wire.stream);
    this.ended = this.#watch();
  }

  /**
   * Starts the process and says hello. Rejects with `runtime-missing`, `runtime-failed` or `unsupported`; then nothing is left. `begun` is
   * given it as soon as there is something to stop.
   */
  static async start<R extends Receiver>(parts: LinkParts, begun: (link: Link<R>) => void): Promise<Link<R>> {
    const { program, cwd, env } = parts;
    const link = new Link<R>(parts, await startProcess({ command: program.path, args: program.args, cwd, env }));
    begun(link);
    try {
      await link.#greet();
      return link;
    } catch (error) {
      await link.stop();
      throw error;
    }
  }

  get pid(): number {
    return this.#child.pid;
  }

  /** Tells the process from a later one with the same pid. */
  get startedAt(): string | undefined {
    return this.#child.start;
  }

  /** False as soon as it is known that nothing more can be asked of it. */
  get usable(): boolean {
    return this.#usable;
  }

  /** Whether a conversation can be gone on with after it was let go of. */
  get returns(): boolean {
    const { loadSession, sessionCapabilities } = this.abilities;
    return loadSession === true || (sessionCapabilities?.resume ?? undefined) !== undefined;
  }

  get failing(): { readonly shown: string; readonly authMethods: readonly AuthMethod[] } {
    return { shown: this.parts.program.shown, authMethods: this.authMethods };
  }

  ask<M extends AgentRequestMethod>(method: M, params: AgentRequestParamsByMethod[M]): Promise<AgentRequestResponsesByMethod[M]> {
    return this.#connection.agent.request(method, params);
  }

  /** Tells the agent to stop what it does in a conversation. */
  cancel(sessionId: string): void {
    this.#connection.agent.notify(methods.agent.session.cancel, { sessionId }).catch((error: unknown) => {
      this.parts.logger.debug({ pid: this.pid, err: error }, 'the agent could not be told to stop');
    });
  }

  /** Keeps the process until the hold is let go of, which may be done twice. */
  hold(): Disposable {
    this.#linger?.[Symbol.dispose]();
    this.#holds += 1;
    let held = true;
    return {
      [Symbol.dispose]: () => {
        if (!held) return;
        held = false;
        this.#holds -= 1;
        if (this.#holds === 0) this.#unused();
      },
    };
  }

  /** Ends the process because of something that it did. Every conversation in it is told why. */
  kill(why: string): void {
    this.#reason ??= why;
    void this.stop();
  }

  /** Ends the process and all that it started. Twice is fine. */
  async stop(): Promise<void> {
    if (this.#usable) this.#reason ??= 'it was not needed any more';
    this.#usable = false;
    this.#linger?.[Symbol.dispose]();
    const left = await this.#child.stop({ graceMs: GRACE_MS });
    if (left.length > 0) this.parts.logger.warn({ pid: this.pid, left }, 'processes of an agent could not be stopped');
    await this.ended;
  }

  /** Nobody needs it. A conversation that could not be come back to would be lost with it, so then it stays. */
  #unused(): void {
    if (!this.#usable || (!this.returns && this.receivers.size > 0)) return;
    this.#linger = this.parts.clock.after(LINGER_MS, () => void this.stop());
  }

  async #greet(): Promise<void> {
    const { version, program } = this.parts;
    const clientCapabilities = {
      // It works on the files of this machine itself: there is no editor here that would know more of them.
      ...{ fs: { readTextFile: false, writeTextFile: false }, terminal: false, elicitation: { form: {}, url: {} } },
      // Not of the protocol, but understood by many: the output of commands that the agent runs itself is sent piece by piece.
      _meta: { terminal_output: true },
    };
    const hello = this.ask(methods.agent.initialize, {
      protocolVersion: PROTOCOL_VERSION,
      clientCapabilities,
      clientInfo: { name: 'spool', title: 'Spool', version },
    });
    const answer = await this.#inTime(hello);
    if (answer.protocolVersion !== PROTOCOL_VERSION) {
      throw new SpoolError('unsupported', `${program.shown} speaks version ${answer.protocolVersion} of the Agent Client Protocol`, {
        hint: `use one that speaks version ${PROTOCOL_VERSION}`,
      });
    }
    this.abilities = answer.agentCapabilities ?? {};
    this.authMethods = answer.authMethods ?? [];
    const { agentInfo } = answer;
    if (agentInfo !== undefined && agentInfo !== null) this.version = `${agentInfo.name} ${agentInfo.version}`;
  }

  async #inTime<T>(hello: Promise<T>): Promise<T> {
    let timer: Disposable | undefined;
    const late = new Promise<never>((_, reject) => {
      const tooLate = (): void => reject(this.#failure(`did not answer within ${GREETING_MS / 1000} seconds`));
      timer = this.parts.clock.after(GREETING_MS, tooLate);
    });
    try {
      return await Promise.race([hello, late]);
    } catch (error) {
      throw this.#usable ? openingError(error, this.failing) : await this.death();
    } finally {
      timer?.[Symbol.dispose]();
    }
  }

  /** Why what was asked got no answer, once the process is gone. */
  async death(): Promise<SpoolError> {
    await this.ended;
    return this.#failure(this.#end());
  }

  #failure(what: string): SpoolError {
    const said = [...this.#noise.slice(0, 1), redact(this.#child.stderrTail()).trim()].filter((text) => text !== '').join('\n');
    const words = said === '' ? '' : `: ${said.slice(-1_000)}`;
    return new SpoolError('runtime-failed', `${this.parts.program.shown} ${what}${words}`, {
      hint: 'try it by hand: it must speak the Agent Client Protocol on its stdin and stdout, and nothing else',
    });
  }

  #end(): string {
    const { exit } = this.#child;
    if (this.#reason !== undefined) return `was ended: ${this.#reason}`;
    const { code, signal } = exit ?? { code: null, signal: null };
    return signal === null ? `exited with code ${code}` : `was ended by ${signal}`;
  }

  async #watch(): Promise<void> {
    const broken = await Promise.race([this.#child.exited.then(() => undefined), this.#wire.ended]);
    this.#usable = false;
    this.#linger?.[Symbol.dispose]();
    this.#reason ??= broken?.message;
    // A process that does not talk any more is of no use, and what it started would be left behind.
    // The end of the output comes a moment before that of the process.
    if (this.#reason === undefined) await this.#within(REST_MS, this.#child.exited);
    if (this.#child.exit === undefined) this.#reason ??= 'it closed its output';
    await this.#child.stop({ graceMs: GRACE_MS });
    // What it wrote before its end is read to its end, unless something holds its pipe open.
    await this.#within(REST_MS, this.#wire.ended);
    this.#connection.close(new SpoolError('unavailable', 'the process of the agent is gone'));
    const exit = this.#child.exit ?? { code: null, signal: null };
    const message = `${this.parts.program.shown} ${this.#end()}`;
    const stderrTail = redact(this.#child.stderrTail());
    for (const receiver of this.receivers.values()) receiver.gone({ message, exitCode: exit.code, signal: exit.signal, stderrTail });
    this.receivers.clear();
  }

  /** Waits for something, but not longer. */
  async #within(ms: number, what: Promise<unknown>): Promise<void> {
    let timer: Disposable | undefined;
    const enough = new Promise<void>((resolve) => {
      timer = this.parts.clock.after(ms, resolve);
    });
    await Promise.race([what, enough]);
    timer?.[Symbol.dispose]();
  }

  #notified(method: string, params: unknown): void {
    const session = textIn(params, 'sessionId');
    if (session === undefined) for (const receiver of this.receivers.values()) receiver.heard(method, params);
    else this.receivers.get(session)?.heard(method, params);
  }

  #noisy(line: string): void {
    if (this.#noise.length >= MOST_NOISE) return;
    const text = redact(shortened(line, MOST_NOISE_LINE));
    this.#noise.push(text);
    this.parts.logger.debug({ pid: this.pid, line: text }, 'an agent said something that is no message');
    for (const receiver of this.receivers.values()) receiver.noise(text);
  }
}
