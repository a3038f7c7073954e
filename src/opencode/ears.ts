/** What the events of a conversation mean for the turn that runs in it. */

import type { AskRef, Fact } from '../contract/facts.js';
import type { TurnError } from '../contract/session.js';
import type { Asks } from './asks.js';
import { isAborted, retriedError } from './failures.js';
import type { Running } from './running.js';
import { clipped } from './turn-facts.js';
import {
  type Message,
  type Messages,
  type PermissionRequest,
  type QuestionRequest,
  readPart,
  type ServerEvent,
  type ToolPart,
} from './wire.js';

export interface EarsParts {
  readonly asks: Asks;
  readonly say: (fact: Fact) => void;
  readonly now: () => number;
  /** OpenCode has the input of the turn. */
  readonly taken: (running: Running) => void;
  /** It works on it. */
  readonly begun: (running: Running) => void;
  readonly rested: (running: Running) => void;
  readonly fail: (running: Running, error: TurnError) => void;
  /** Answers with the yes that was given before. */
  readonly granted: (ref: AskRef) => void;
}

/** After so many tries that failed OpenCode is not waited for any longer. */
const MOST_RETRIES = 3;
/** Some failures of a model leave OpenCode asking it again and again, without a pause. */
const MOST_EMPTY = 3;
const MOST_MESSAGES = 2_000;

export class Ears {
  readonly #parts: EarsParts;
  /** To which turn a message belongs: the last words of a turn may come behind its end. */
  readonly #messages = new Map<string, { readonly role: Message['role']; readonly turn: string }>();

  /** Calls of tools by helpers, by OpenCode's id of the call. */
  readonly #helped = new Map<string, ToolPart>();
  /** Questions about calls whose arguments are not told yet, by the call. */
  readonly #early = new Map<string, Asked>();

  constructor(parts: EarsParts) {
    this.#parts = parts;
  }

  hear(event: ServerEvent, running: Running | undefined): void {
    if (running === undefined) return;
    running.heardAt = this.#parts.now();
    switch (event.type) {
      case 'session.status':
        this.#status(event.properties.status, running);
        return;
      case 'session.idle':
        // One may still come of the turn before.
        if (running.begun) this.#parts.rested(running);
        return;
      case 'session.error':
        this.#failed(event.properties.error, running);
        return;
      case 'message.updated':
        this.#message(event.properties.info, running);
        return;
      case 'message.part.updated':
        this.#part(event.properties.part, running);
        return;
      case 'message.part.delta': {
        const { messageID, partID, field, delta } = event.properties;
        if (field === 'text' && this.#messages.get(messageID)?.turn === running.turn) this.#sayAll(running.facts.delta(partID, delta));
        return;
      }
      case 'todo.updated':
        this.#parts.say({
          type: 'plan',
          turn: running.turn,
          steps: event.properties.todos.map(({ content, status }) => ({ step: content, status: STEPS[status] ?? status })),
        });
        return;
      case 'unknown':
        this.#parts.say({ type: 'raw', turn: running.turn, method: event.method, params: clipped(event.params) });
        return;
      case 'session.created':
        return;
      default:
        this.#question(event, running);
    }
  }

  /** Its questions and what it spends are the turn's; what it does is told by the tool that has started it. */
  hearHelper(event: ServerEvent, running: Running | undefined): void {
    if (running === undefined) return;
    running.heardAt = this.#parts.now();
    if (event.type !== 'message.part.updated') {
      this.#question(event, running);
      return;
    }
    const part = readPart(event.properties.part);
    this.#sayAll(part === undefined ? [] : running.facts.helperPart(part));
    if (part?.type !== 'tool') return;
    if (part.state.status === 'completed' || part.state.status === 'error') this.#helped.delete(part.callID);
    else this.#helped.set(part.callID, part);
    this.#askEarly(part.callID, running);
  }

  /** The messages of the turn, as they stand. */
  read(messages: Messages, running: Running): void {
    const from = messages.findIndex(({ info }) => info.id === running.ref);
    for (const { info, parts } of from === -1 ? [] : messages.slice(from)) {
      this.#message(info, running);
      for (const part of parts) this.#part(part, running);
    }
  }

  readPending(pending: { permissions: PermissionRequest[]; questions: QuestionRequest[] }, running: Running, session: string): void {
    for (const properties of pending.permissions) {
      if (properties.sessionID === session) this.#question({ type: 'permission.asked', properties }, running);
    }
    for (const properties of pending.questions) {
      if (properties.sessionID === session) this.#question({ type: 'question.asked', properties }, running);
    }
  }

  #status(status: Extract<ServerEvent, { type: 'session.status' }>['properties']['status'], running: Running): void {
    if (status.type === 'idle') return;
    // Nothing is at rest that was asked to go on.
    if (!running.stopped) running.resting = false;
    this.#parts.begun(running);
    if (status.type !== 'retry') return;
    if (status.attempt >= MOST_RETRIES) this.#parts.fail(running, retriedError(status.attempt, status.message));
    else this.#parts.say({ type: 'turn.retrying', turn: running.turn, message: status.message });
  }

  #failed(error: Parameters<typeof isAborted>[0], running: Running): void {
    running.error ??= error ?? { name: 'UnknownError', data: { message: 'OpenCode says that it failed, and not why' } };
    // Nothing of it will come to rest.
    if (!running.begun && !isAborted(error)) this.#parts.rested(running);
  }

  #message(info: Message, running: Running): void {
    const known = this.#messages.get(info.id);
    if (known !== undefined && known.turn !== running.turn) return;
    if (known === undefined) this.#remember(info, running);
    if (info.role === 'user') return;
    const ended = info.time.completed !== undefined && running.last?.time.completed === undefined;
    if (info.id !== running.last?.id) this.#takeIn(info.parentID, running);
    running.last = info;
    if (!ended) return;
    running.empty = info.finish === 'unknown' ? running.empty + 1 : 0;
    if (running.empty >= MOST_EMPTY) {
      this.#parts.fail(running, { code: 'model', message: `the model gave ${MOST_EMPTY} answers without an end`, retryable: true });
    }
  }

  #remember({ id, role }: Message, { turn }: Running): void {
    this.#messages.set(id, { role, turn });
    const [oldest] = this.#messages.keys();
    if (this.#messages.size > MOST_MESSAGES && oldest !== undefined) this.#messages.delete(oldest);
  }

  /** An answer to a message that was put into the turn has begun, and with it the turn has taken in all that came before that one. */
  #takeIn(parent: string, running: Running): void {
    if (!running.steered.has(parent)) return;
    for (const [id, { turn, text }] of running.steered) {
      running.steered.delete(id);
      this.#sayAll(running.facts.takenIn(id, text, turn));
      if (id === parent) return;
    }
  }

  #part(raw: unknown, running: Running): void {
    const part = readPart(raw);
    if (part === undefined) return;
    const known = this.#messages.get(part.messageID);
    if (known === undefined || known.turn !== running.turn) return;
    if (part.type === 'compaction' && running.ref === undefined) running.ref = part.messageID;
    if (known.role === 'user') this.#parts.taken(running);
    this.#sayAll(running.facts.part(part, known.role));
    if (part.type === 'tool') this.#askEarly(part.callID, running);
  }

  #question(event: ServerEvent, running: Running): void {
    const { asks } = this.#parts;
    switch (event.type) {
      case 'permission.asked': {
        const request = event.properties;
        const callID = request.tool?.callID ?? '';
        const call = running.facts.call(callID) ?? this.#helped.get(callID);
        // It may ask a moment before it tells with what arguments, and those are what a person judges by.
        if (call?.state.status === 'pending') this.#early.set(callID, event);
        else if (asks.isGranted(request)) this.#parts.granted(request.id);
        else this.#sayAll(asks.permission(request, running.turn, call, running.facts.item(callID)));
        return;
      }
      case 'question.asked':
        this.#sayAll(asks.question(event.properties, running.turn, running.facts.item(event.properties.tool?.callID ?? '')));
        return;
      case 'permission.replied':
      case 'question.replied':
      case 'question.rejected':
        this.#sayAll(asks.closed(event.properties.requestID));
        return;
      default:
    }
  }

  #askEarly(callID: string, running: Running): void {
    const asked = this.#early.get(callID);
    this.#early.delete(callID);
    if (asked !== undefined) this.#question(asked, running);
  }

  #sayAll(facts: readonly Fact[]): void {
    for (const fact of facts) this.#parts.say(fact);
  }
}

type Asked = Extract<ServerEvent, { type: 'permission.asked' }>;

const STEPS: Readonly<Record<string, string>> = { in_progress: 'inProgress' };
