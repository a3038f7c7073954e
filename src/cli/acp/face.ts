/**
 * A host as an agent of the Agent Client Protocol, for editors. A conversation of the editor is a session of the host: others may follow it,
 * answer in it and go on with it, and it outlives the editor. Nothing is decided or kept here.
 */

import type { Readable, Writable } from 'node:stream';
import {
  type AgentApp,
  type AgentContext,
  agent,
  type ClientCapabilities,
  methods,
  ndJsonStream,
  PROTOCOL_VERSION,
  type PromptResponse,
  RequestError,
} from '@agentclientprotocol/sdk';
import { SpoolError } from '../../base/errors.js';
import type { Client } from '../../client/connect.js';
import type { Turn } from '../../contract/session.js';
import { nodeStreams } from './node-streams.js';
import { inputOf } from './prompt-input.js';
import { type Asking, askEditor, canShow } from './questions.js';
import { replay } from './replay.js';
import { TurnUpdates } from './turn-updates.js';

export interface FaceParts {
  /** For the host as it can be reached now: it may be another one than a moment ago. */
  readonly client: () => Client;
  /** Of whom the sessions are that an editor opens. */
  readonly agent: string | undefined;
  readonly version: string;
  readonly input: Readable;
  readonly output: Writable;
  /** A line for whoever looks at the program's stderr. */
  readonly note: (text: string) => void;
}

/** A prompt that is being answered. */
interface Prompt {
  turn: string | undefined;
  cancelled: boolean;
}

/** Serves until the input ends. Turns that run then go on in the host. */
export async function serveEditor(parts: FaceParts): Promise<void> {
  const face = new Face(parts);
  const connection = face.app().connect(ndJsonStream(...nodeStreams(parts.output, parts.input)));
  await connection.closed;
  face.end();
}

class Face {
  readonly #parts: FaceParts;
  readonly #prompts = new Map<string, Prompt>();
  readonly #gone = new AbortController();
  #abilities: ClientCapabilities = {};

  constructor(parts: FaceParts) {
    this.#parts = parts;
  }

  end(): void {
    this.#gone.abort();
  }

  app(): AgentApp {
    const { session } = methods.agent;
    return (
      agent({ name: 'spool' })
        .onRequest(methods.agent.initialize, ({ params }) => {
          this.#abilities = params.clientCapabilities ?? {};
          return {
            protocolVersion: PROTOCOL_VERSION,
            agentInfo: { name: 'spool', title: 'Spool', version: this.#parts.version },
            agentCapabilities: {
              loadSession: true,
              promptCapabilities: { image: true, embeddedContext: true },
              sessionCapabilities: { list: {}, resume: {}, close: {} },
            },
          };
        })
        .onRequest(session.new, ({ params }) => told(async () => ({ sessionId: await this.#open(params.cwd, params.mcpServers.length) })))
        .onRequest(session.load, ({ params: { sessionId }, client }) =>
          told(async () => {
            await this.#client.sessions.get(sessionId);
            await replay(this.#client, sessionId, client);
            return {};
          }),
        )
        .onRequest(session.resume, ({ params: { sessionId } }) =>
          told(async () => {
            await this.#client.sessions.get(sessionId);
            return {};
          }),
        )
        .onRequest(session.list, ({ params }) => told(() => this.#list(params.cursor ?? undefined, params.cwd ?? undefined)))
        // The session stays: it is the host's.
        .onRequest(session.close, ({ params: { sessionId } }) => told(() => this.#cancel(sessionId)))
        .onRequest(session.prompt, ({ params: { sessionId, prompt }, client }) =>
          told(() => this.#prompt(sessionId, inputOf(prompt), client)),
        )
        .onNotification(session.cancel, ({ params: { sessionId } }) => this.#cancel(sessionId))
    );
  }

  get #client(): Client {
    return this.#parts.client();
  }

  async #open(cwd: string, servers: number): Promise<string> {
    const { agent: alias, note } = this.#parts;
    if (servers > 0) note('the MCP servers of the editor are not used: an agent of this host has those that its file names');
    const { id } = await this.#client.sessions.open({ cwd, ...(alias === undefined ? {} : { agent: alias }) });
    return id;
  }

  async #list(cursor: string | undefined, cwd: string | undefined) {
    const { items, next } = await this.#client.sessions.list(cursor === undefined ? {} : { cursor });
    const { agent: alias } = this.#parts;
    const meant = items.filter((one) => (alias === undefined || one.agent === alias) && (cwd === undefined || one.cwd === cwd));
    return {
      sessions: meant.map(({ id, cwd: at, title, updatedAt }) => ({
        sessionId: id,
        cwd: at,
        updatedAt,
        ...(title === null ? {} : { title }),
      })),
      ...(next === null ? {} : { nextCursor: next }),
    };
  }

  async #prompt(sessionId: string, input: ReturnType<typeof inputOf>, editor: AgentContext): Promise<PromptResponse> {
    const client = this.#client;
    const prompt: Prompt = { turn: undefined, cancelled: false };
    this.#prompts.set(sessionId, prompt);
    try {
      const accepted = await client.turns.request(sessionId, { input, mode: 'queue' });
      prompt.turn = accepted.turn.id;
      if (prompt.cancelled) await this.#stop(sessionId, prompt.turn);
      const events = client.watch(sessionId, accepted, { signal: this.#gone.signal });
      return responseOf(await this.#tell(events, { client, editor, sessionId, forms: hasForms(this.#abilities) }));
    } finally {
      if (this.#prompts.get(sessionId) === prompt) this.#prompts.delete(sessionId);
    }
  }

  /** Tells the editor what happens, and asks it what is asked, until the turn has ended. */
  async #tell(events: ReturnType<Client['watch']>, asking: Asking): Promise<Turn> {
    const { editor, sessionId } = asking;
    const updates = new TurnUpdates();
    const open = new Map<string, AbortController>();
    try {
      for (;;) {
        const { done, value: event } = await events.next();
        if (done === true) return event;
        for (const update of updates.of(event)) await editor.notify(methods.client.session.update, { sessionId, update });
        if (event.type === 'approval.asked') this.#ask(event.data.approval, asking, open);
        else if (event.type === 'approval.answered' || event.type === 'approval.expired') open.get(event.data.approval)?.abort();
      }
    } finally {
      for (const question of open.values()) question.abort();
    }
  }

  #ask(approval: Parameters<typeof askEditor>[0], asking: Asking, open: Map<string, AbortController>): void {
    if (!canShow(approval, asking.forms)) {
      this.#parts.note(`a question waits that the editor cannot show: spool permit show ${approval.id}`);
      return;
    }
    const closed = new AbortController();
    open.set(approval.id, closed);
    askEditor(approval, asking, closed.signal).catch((error: unknown) => {
      if (!closed.signal.aborted) this.#parts.note(`a question could not be put to the editor: ${SpoolError.from(error).message}`);
    });
  }

  async #cancel(sessionId: string): Promise<void> {
    const prompt = this.#prompts.get(sessionId);
    if (prompt === undefined) return;
    prompt.cancelled = true;
    if (prompt.turn !== undefined) await this.#stop(sessionId, prompt.turn);
  }

  /** A turn that has not begun is taken back, one that runs is interrupted. */
  async #stop(sessionId: string, turn: string): Promise<void> {
    try {
      await this.#client.turns.cancel(sessionId, turn);
    } catch (error) {
      if (SpoolError.from(error).code !== 'conflict') throw error;
      await this.#client.interrupt(sessionId, { turn });
    }
  }
}

function hasForms({ elicitation }: ClientCapabilities): boolean {
  return (elicitation?.form ?? undefined) !== undefined;
}

function responseOf({ status, error }: Turn): PromptResponse {
  if (status === 'interrupted') return { stopReason: 'cancelled' };
  if (status === 'completed') return { stopReason: 'end_turn' };
  throw new RequestError(-32_603, error?.message ?? 'the turn failed', { code: error?.code, retryable: error?.retryable });
}

/** The host's errors in the words of the protocol. */
async function told<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (thrown) {
    if (thrown instanceof RequestError) throw thrown;
    const { code, message, hint } = SpoolError.from(thrown);
    const words = hint === undefined ? message : `${message} (${hint})`;
    const numbers: Readonly<Record<string, number>> = { 'not-found': -32_002, 'invalid-input': -32_602, unsupported: -32_602 };
    throw new RequestError(numbers[code] ?? -32_603, words, { code });
  }
}
