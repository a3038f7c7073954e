/**
 * Between Codex's own terminal interface and the app-server that a host drives. It has a line of its own to the app-server, on which the
 * interface hears everything as it comes; what it asks is held to a list, and what the person says to the agent goes to the seat instead.
 */

import type { Clock } from '../../base/clock.js';
import { SpoolError } from '../../base/errors.js';
import type { TerminalGrant } from '../../contract/terminal.js';
import type { Logger } from '../../ports/logger.js';
import type { Attachment, Seat } from '../../ports/terminal.js';
import { threadOf, turnOf } from '../translate/notifications.js';
import { stringField } from '../translate/unknown.js';
import { type Message, type RequestId, readMessage } from '../wire/message.js';
import type { Transport } from '../wire/transport.js';
import { Family } from './family.js';
import { isWithoutRecord, LateJoin } from './late-join.js';
import { Line } from './line.js';
import { isByItself, isGrant, isPage, namesThread, refusalOf, ruleOf } from './methods.js';
import { Questions } from './questions.js';
import { Settings } from './settings.js';
import { Spoken } from './spoken.js';
import { shownOf } from './visible.js';

export interface GatewayParts {
  /** To the app-server; the gateway closes it. */
  readonly transport: Transport;
  readonly seat: Seat;
  readonly thread: string;
  /** Of Codex. */
  readonly version: string;
  readonly allow: readonly TerminalGrant[];
  /** What Codex said when it started the conversation, where it may have no record of it yet. */
  readonly started: unknown;
  /** Called when it has ended. */
  readonly release: () => void;
  readonly clock: Clock;
  readonly logger: Logger;
}

type Request = Extract<Message, { kind: 'request' }>;
type Notification = Extract<Message, { kind: 'notification' }>;
type Answer = Extract<Message, { kind: 'result' | 'error' }>;
type OnAnswer = (answer: Answer) => void;

/** Ids of our own requests on the terminal's line. */
const OURS = 'spool-';

export class Gateway implements Attachment {
  readonly #line: Line;
  readonly #parts: GatewayParts;
  readonly #family: Family;
  readonly #questions: Questions;
  readonly #settings = new Settings();
  readonly #spoken: Spoken;
  readonly #late: LateJoin;
  /** Who wants to see an answer of Codex before the terminal does, or in its place. */
  readonly #awaited = new Map<RequestId, OnAnswer>();
  /** The terminal was told of the conversation and does not hear it yet. */
  #unheard = false;
  #asked = 0;

  constructor(parts: GatewayParts) {
    const { transport, seat, thread, version, clock, logger } = parts;
    this.#parts = parts;
    this.#family = new Family(thread);
    this.#line = new Line(thread, version);
    this.#questions = new Questions({
      seat,
      line: this.#line,
      forward: (id, result) => transport.send(JSON.stringify({ id, result })),
      now: () => clock.now(),
    });
    this.#spoken = new Spoken({ seat, thread, line: this.#line, settings: this.#settings });
    this.#late = new LateJoin({
      ...{ thread, clock },
      ask: (method, params) => this.#ask(method, params),
      notify: (method, params) =>
        this.#tell({ kind: 'notification', method, params, emittedAtMs: undefined }, JSON.stringify({ method, params })),
      debug: (fields, message) => logger.debug(fields, message),
    });
    transport.receive((text) => this.#fromCodex(text));
    void transport.closed.then(() => this.#end());
  }

  /** What is for the terminal. */
  get frames(): AsyncIterable<string> {
    return this.#line.frames;
  }

  send(text: string): void {
    const message = readMessage(text);
    switch (message?.kind) {
      case 'request':
        this.#requested(message);
        break;
      case 'result':
        this.#questions.answer(message.id, message.result);
        break;
      case 'notification':
        if (message.method === 'initialized') this.#parts.transport.send(JSON.stringify({ method: message.method }));
        break;
      default:
        // Noise, or a question that the interface cannot show: somebody else may answer it.
        break;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#parts.transport.close();
    this.#end();
  }

  #end(): void {
    if (this.#line.frames.ended) return;
    this.#line.frames.end();
    this.#parts.release();
    const gone: Answer = { kind: 'error', id: '', error: { code: 0, message: 'Codex is gone' } };
    const waiting = [...this.#awaited.values()];
    this.#awaited.clear();
    for (const onAnswer of waiting) onAnswer(gone);
  }

  /**
   * Lets a request through. It is written anew, so that Codex cannot read it in another way than it was judged by. What Codex would not
   * take is refused here: a frame over its limit makes it hang up.
   */
  #forward({ id, method, params }: Request): void {
    try {
      this.#parts.transport.send(JSON.stringify({ id, method, params }));
    } catch (error) {
      this.#line.refuse({ id, method }, SpoolError.from(error).message);
    }
  }

  #ask(method: string, params: unknown): Promise<unknown> {
    if (this.#line.frames.ended) return Promise.reject(new SpoolError('unavailable', 'the line to Codex is closed'));
    this.#asked += 1;
    const id = `${OURS}${this.#asked}`;
    return new Promise((resolve, reject) => {
      this.#awaited.set(id, (answer) => {
        if (answer.kind === 'result') resolve(answer.result);
        else reject(new SpoolError('runtime-failed', answer.error.message));
      });
      this.#parts.transport.send(JSON.stringify({ id, method, params }));
    });
  }

  #requested(request: Request): void {
    const { id, method, params } = request;
    const rule = ruleOf(method);
    const thread = stringField(params, 'threadId');
    const isOwn = this.#family.has(thread);
    if (this.#unheard && isOwn && isPage(method)) this.#emptyIfRefused(id);
    if (rule === 'seat') this.#seated(request);
    else if ((rule === 'pass' && (thread === undefined || isOwn)) || (rule === 'own' && isOwn)) this.#forward(request);
    else if (rule === 'pass' || rule === 'own') this.#line.refuse(request, 'not from this terminal: it sees its own conversation only');
    else if (isGrant(rule) && this.#parts.allow.includes(rule) && (isOwn || !namesThread(method))) {
      this.#parts.seat.acted({ method, allowed: true, detail: detailOf(params) });
      this.#forward(request);
    } else {
      if (!isByItself(method) && !isOfTheInterface(params)) this.#parts.seat.acted({ method, allowed: false, detail: detailOf(params) });
      this.#line.refuse(request, refusalOf(method, rule));
    }
  }

  #seated(request: Request): void {
    const { id, method, params } = request;
    const shown = shownOf(method);
    if (shown !== undefined) {
      this.#shownAs(id, (result) => shown(result, this.#family));
      this.#forward(request);
      return;
    }
    const thread = stringField(params, 'threadId');
    if (method === 'thread/resume') {
      this.#resume(request);
      return;
    }
    if (thread !== this.#family.own) {
      this.#line.refuse(request, 'not from this terminal: only its own conversation can be spoken to');
      return;
    }
    this.#said(request);
  }

  #said(request: Request): void {
    switch (request.method) {
      case 'turn/start':
        void this.#spoken.start(request);
        break;
      case 'turn/steer':
        void this.#spoken.steer(request);
        break;
      case 'turn/interrupt':
        void this.#interrupt(request);
        break;
      case 'thread/compact/start':
        void this.#spoken.compact(request);
        break;
      case 'review/start':
        void this.#spoken.review(request);
        break;
      case 'thread/name/set':
        void this.#spoken.rename(request);
        break;
      default:
        this.#spoken.change(request);
        break;
    }
  }

  /** A turn of which the host knows nothing is a command of the person: Codex is told itself. */
  async #interrupt(request: Request): Promise<void> {
    try {
      if (await this.#parts.seat.interrupt()) this.#line.reply(request.id, {});
      else this.#forward(request);
    } catch (error) {
      this.#line.refuse(request, SpoolError.from(error).message);
    }
  }

  /** Only which conversation it is: older versions send settings of their own with it, and a resumed conversation would have them. */
  #resume(request: Request): void {
    const { id, params } = request;
    const thread = stringField(params, 'threadId');
    if (!this.#family.has(thread)) {
      this.#line.refuse(request, 'not from this terminal: it is for one session; "spool tui" joins another');
      return;
    }
    const { excludeTurns, initialTurnsPage } = params as { readonly excludeTurns?: unknown; readonly initialTurnsPage?: unknown };
    const wanted = {
      threadId: thread,
      ...(excludeTurns === undefined ? {} : { excludeTurns }),
      ...(initialTurnsPage === undefined ? {} : { initialTurnsPage }),
    };
    this.#awaited.set(id, (answer) => {
      const { started } = this.#parts;
      const isOwn = thread === this.#family.own;
      if (answer.kind === 'error' && isOwn && started !== undefined && isWithoutRecord(answer.error.message)) {
        this.#unheard = true;
        this.#settings.opened(started);
        this.#line.reply(id, { ...Object(started), initialTurnsPage: null });
        void this.#lookWhetherActive();
      } else if (answer.kind === 'error') this.#line.raw(JSON.stringify({ id, error: answer.error }));
      else {
        if (isOwn) this.#settings.opened(answer.result);
        this.#line.reply(id, answer.result);
      }
    });
    this.#forward({ ...request, params: wanted });
  }

  /** Its first turn may have begun a moment before, of which Codex has told already. */
  async #lookWhetherActive(): Promise<void> {
    const read = await this.#ask('thread/read', { threadId: this.#family.own }).catch(() => undefined);
    this.#statusIs(Reflect.get(Object(Reflect.get(Object(read), 'thread')), 'status'));
  }

  #statusIs(status: unknown): void {
    if (!this.#unheard || stringField(status, 'type') !== 'active') return;
    this.#unheard = false;
    this.#late.begin();
  }

  /** Before its first turn a conversation has no pages to give, and Codex says so with an error. */
  #emptyIfRefused(id: RequestId): void {
    this.#awaited.set(id, (answer) => {
      this.#line.reply(id, answer.kind === 'result' ? answer.result : { data: [], nextCursor: null, backwardsCursor: null });
    });
  }

  #shownAs(id: RequestId, show: (result: unknown) => unknown): void {
    this.#awaited.set(id, (answer) => {
      if (answer.kind === 'result') this.#line.reply(id, show(answer.result));
      else this.#line.raw(JSON.stringify({ id, error: answer.error }));
    });
  }

  #fromCodex(text: string): void {
    const message = readMessage(text);
    switch (message?.kind) {
      case 'result':
      case 'error': {
        const onAnswer = this.#awaited.get(message.id);
        this.#awaited.delete(message.id);
        if (onAnswer === undefined) this.#line.raw(text);
        else onAnswer(message);
        break;
      }
      case 'request':
        if (this.#family.has(threadOf(message.params))) this.#questions.ask(message, text);
        break;
      case 'notification':
        this.#heard(message, text);
        break;
      default:
        break;
    }
  }

  #heard(message: Notification, text: string): void {
    const thread = threadOf(message.params);
    if (message.method === 'thread/started') this.#family.takes(Reflect.get(Object(message.params), 'thread'));
    if (thread !== undefined && !this.#family.has(thread)) return;
    // How we ask is not the person's to know.
    if (message.method === 'deprecationNotice' && this.#late.asking) return;
    if (message.method === 'thread/status/changed' && thread === this.#family.own) {
      this.#statusIs(Reflect.get(Object(message.params), 'status'));
    }
    this.#tell(message, text);
  }

  /** Tells the terminal something about its conversation. */
  #tell(message: Notification, text: string): void {
    const { method, params } = message;
    switch (method) {
      case 'serverRequest/resolved':
        this.#questions.resolved(Reflect.get(Object(params), 'requestId'));
        break;
      case 'thread/settings/updated':
        if (threadOf(params) === this.#family.own) this.#settings.updated(Reflect.get(Object(params), 'threadSettings'));
        break;
      case 'turn/completed':
        this.#spoken.ended(turnOf(params) ?? '');
        break;
      case 'item/started':
      case 'item/completed':
        this.#line.raw(this.#named(message) ?? text);
        return;
      default:
        break;
    }
    this.#line.raw(text);
  }

  /** A message of the person bears the host's id of the turn; the terminal knows it by its own. */
  #named({ method, params, emittedAtMs }: Notification): string | undefined {
    const item: unknown = Reflect.get(Object(params), 'item');
    const turn = stringField(item, 'clientId');
    if (turn === undefined || stringField(item, 'type') !== 'userMessage') return undefined;
    this.#spoken.shown(turn, turnOf(params) ?? '');
    const name = this.#spoken.nameOf(turn);
    if (name === undefined) return undefined;
    return JSON.stringify({ method, params: { ...Object(params), item: { ...Object(item), clientId: name } }, emittedAtMs });
  }
}

/** What the interface does for itself: a title for the conversation, by a model in a conversation of its own. */
function isOfTheInterface(params: unknown): boolean {
  return Reflect.get(Object(params), 'ephemeral') === true;
}

/** What something was about, for the record. */
function detailOf(params: unknown): string | undefined {
  const command: unknown = Reflect.get(Object(params), 'command');
  if (Array.isArray(command)) return command.join(' ');
  const edits: unknown = Reflect.get(Object(params), 'edits');
  if (Array.isArray(edits)) return edits.flatMap((edit) => stringField(edit, 'keyPath') ?? []).join(', ');
  return stringField(params, 'command') ?? stringField(params, 'path') ?? stringField(params, 'keyPath');
}
