/**
 * A fake Codex: it speaks the app-server's protocol as 0.169.0 was measured to, without a model, and does wrong what its plan says.
 */

import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { systemClock } from '../../base/clock.js';
import { type Fields, History, type KeptTurn } from './history.js';
import { givenIn, turnView, uuid7 } from './items.js';
import type { Carrier } from './outbox.js';
import { Questions } from './questions.js';
import { Plan } from './settings.js';
import type { Surroundings } from './stage.js';
import { Thread } from './thread.js';
import { type Heard, heard, textIn, Wire } from './wire.js';

export const FAKE_VERSION = '0.169.0';

const DEATHS_FILE = 'deaths.log';
const ITEMS_PAGE = 10;
/** Frames that go in front of an answer that is overtaken. */
const MOST_OVERTAKING = 6;

/** What is done with one request: its answer, or why it is refused. */
type Answer = { readonly result: Fields; readonly behind?: () => void } | { readonly refused: string };
type Handler = (params: Fields, wire: Wire) => Answer;

export class FakeCodexServer {
  readonly #home: string;
  readonly #plan: Plan;
  readonly #threads = new Map<string, Thread>();
  readonly #wires = new Set<Wire>();
  readonly #around: Surroundings;
  readonly #questions: Questions;
  #connections = 0;

  constructor(home: string, plan: Plan = Plan.of(home)) {
    this.#home = home;
    this.#plan = plan;
    this.#questions = new Questions(home);
    this.#around = {
      plan,
      questions: this.#questions,
      everybody: (method, params) => {
        for (const wire of this.#wires) if (wire.greeted) wire.notify(method, params);
      },
      mayDie: (point, ...names) => this.#mayDie(point, names),
      pause: (ms) => (ms <= 0 ? Promise.resolve() : new Promise((resolve) => systemClock.after(ms, resolve))),
    };
  }

  /** A client has come; what it says goes to `receive`. */
  connect(carrier: Carrier): { receive(text: string): void; close(): void } {
    this.#connections += 1;
    const wire = new Wire(`${this.#connections}`, carrier, this.#plan);
    this.#wires.add(wire);
    return {
      receive: (text) => this.#receive(wire, text),
      close: () => {
        wire.close();
        this.#wires.delete(wire);
        for (const thread of this.#threads.values()) thread.listeners.delete(wire);
      },
    };
  }

  #receive(wire: Wire, text: string): void {
    const message = heard(text);
    if (message === undefined) return;
    const { id, method, params } = message;
    if (method === undefined) return this.#questions.answered(message);
    if (id === undefined) return;
    if (method === 'initialize') return this.#greet(wire, id, params);
    if (!wire.greeted) return wire.error(id, 'Not initialized');
    const handler = Object.hasOwn(this.#handlers, method) ? this.#handlers[method] : undefined;
    if (handler === undefined) return wire.error(id, `Invalid request: unknown variant \`${method}\``);
    const given = givenIn(params).text;
    this.#mayDie(`${method} has come`, [given === '' ? method : given]);
    const answer = handler(params, wire);
    if ('refused' in answer) return wire.error(id, answer.refused);
    if (!(method === 'turn/start' && this.#plan.hits('lost', given))) wire.result(id, answer.result, this.#overtaken(message, given));
    this.#mayDie(`${method} is answered`, [given === '' ? method : given]);
    answer.behind?.();
  }

  #greet(wire: Wire, id: number | string, params: Fields): void {
    if (wire.greeted) return wire.error(id, 'Already initialized');
    wire.greeted = true;
    const capabilities = params['capabilities'] as Fields | undefined;
    const without = capabilities?.['optOutNotificationMethods'];
    wire.without = new Set(Array.isArray(without) ? without.map(String) : []);
    const name = textIn((params['clientInfo'] ?? {}) as Fields, 'name');
    const userAgent = `${name}/${FAKE_VERSION} (Fake 1.0; x86_64) unknown (${name}; 1)`;
    wire.result(id, { userAgent, codexHome: this.#home, platformFamily: 'unix', platformOs: 'linux' });
  }

  #overtaken({ method }: Heard, given: string): number {
    if (method !== 'turn/start' && method !== 'turn/steer' && method !== 'turn/interrupt') return 0;
    return this.#plan.hits('overtake', method, given) ? 1 + this.#plan.number(MOST_OVERTAKING, method, given) : 0;
  }

  #mayDie(point: string, names: readonly (string | number)[]): void {
    if (!this.#plan.hits('die', point, ...names)) return;
    appendFileSync(join(this.#home, DEATHS_FILE), `${point}\n`);
    process.kill(process.pid, 'SIGKILL');
  }

  readonly #handlers: Readonly<Record<string, Handler>> = {
    'thread/start': (params, wire) => {
      const thread = new Thread(History.begin(this.#home, uuid7(), params), this.#around);
      this.#threads.set(thread.id, thread);
      thread.listeners.add(wire);
      const started = (): void => this.#around.everybody('thread/started', { thread: threadView(thread) });
      return { result: openedView(thread), behind: started };
    },
    'thread/resume': (params, wire) => this.#resume(textIn(params, 'threadId'), wire),
    'thread/unsubscribe': (params, wire) => {
      this.#threads.get(textIn(params, 'threadId'))?.listeners.delete(wire);
      return { result: { status: 'unsubscribed' } };
    },
    'thread/read': (params) => this.#in(params, (thread) => ({ result: { thread: threadView(thread) } })),
    'thread/loaded/list': () => ({ result: { data: [...this.#threads.keys()], nextCursor: null } }),
    'thread/turns/list': (params) => this.#in(params, (thread) => ({ result: turnsPage(thread, params) })),
    'thread/items/list': (params) => this.#in(params, (thread) => ({ result: itemsPage(thread, params) })),
    'thread/name/set': (params) =>
      this.#in(params, (thread) => {
        this.#around.everybody('thread/name/updated', { threadId: thread.id, threadName: params['name'] });
        return { result: {} };
      }),
    'thread/archive': (params) => this.#in(params, () => ({ result: {} })),
    'thread/backgroundTerminals/list': () => ({ result: { data: [], nextCursor: null } }),
    'model/list': () => ({ result: { data: [MODEL], nextCursor: null } }),
    'turn/start': (params) => this.#in(params, (thread) => ({ result: { turn: turnView(thread.start(givenIn(params)), 'notLoaded') } })),
    'turn/steer': (params) => this.#in(params, (thread) => answerOf(thread.steer(textIn(params, 'expectedTurnId'), givenIn(params)))),
    'turn/interrupt': (params) => this.#in(params, (thread) => answerOf(thread.interrupt(textIn(params, 'turnId')))),
  };

  #resume(id: string, wire: Wire): Answer {
    const loaded = this.#threads.get(id) ?? this.#load(id);
    if (loaded === undefined) return { refused: `no rollout found for thread id ${id}` };
    loaded.listeners.add(wire);
    const last = loaded.history.turns.at(-1);
    return {
      result: openedView(loaded),
      behind: () => {
        // The last numbers come once more.
        if (last !== undefined) loaded.usageReport(last.id);
        this.#questions.repeat(loaded, wire);
      },
    };
  }

  #load(id: string): Thread | undefined {
    const history = History.load(this.#home, id);
    if (history === undefined) return undefined;
    const thread = new Thread(history, this.#around);
    this.#threads.set(id, thread);
    return thread;
  }

  #in(params: Fields, act: (thread: Thread) => Answer): Answer {
    const id = textIn(params, 'threadId');
    const thread = this.#threads.get(id);
    return thread === undefined ? { refused: `thread not found: ${id}` } : act(thread);
  }
}

function answerOf(refused: string | undefined): Answer {
  return refused === undefined ? { result: {} } : { refused };
}

function threadView(thread: Thread): Fields {
  const { id, status, history } = thread;
  const cwd = history.options['cwd'] ?? '/';
  const nothing = { parentThreadId: null, forkedFromId: null, name: null, gitInfo: null, turns: [] };
  return { id, sessionId: id, preview: '', ephemeral: false, modelProvider: 'fake', status, cwd, cliVersion: FAKE_VERSION, ...nothing };
}

function openedView(thread: Thread): Fields {
  const { options } = thread.history;
  const more = { modelProvider: 'fake', serviceTier: null, reasoningEffort: null, cwd: options['cwd'] ?? '/' };
  return { thread: threadView(thread), model: MODEL.model, approvalPolicy: options['approvalPolicy'] ?? 'on-request', ...more };
}

/** Newest first. */
function turnsPage({ history }: Thread, params: Fields): Fields {
  const limit = typeof params['limit'] === 'number' ? params['limit'] : ITEMS_PAGE;
  const { rows, nextCursor } = page([...history.turns].reverse(), limit, params);
  const view = params['itemsView'] === 'full' ? 'full' : 'summary';
  return { data: rows.map((turn: KeptTurn) => turnView(turn, view)), nextCursor };
}

/** Oldest first. */
function itemsPage({ history }: Thread, params: Fields): Fields {
  const turns = history.turns.filter(({ id }) => params['turnId'] === undefined || id === params['turnId']);
  const entries = turns.flatMap((turn) => turn.items.map((item) => ({ turnId: turn.id, item })));
  const { rows, nextCursor } = page(entries, ITEMS_PAGE, params);
  return { data: rows, nextCursor };
}

function page<T>(all: readonly T[], limit: number, params: Fields): { rows: readonly T[]; nextCursor: string | null } {
  const from = Number(textIn(params, 'cursor') || 0);
  return { rows: all.slice(from, from + limit), nextCursor: from + limit < all.length ? String(from + limit) : null };
}

const MODEL = {
  id: 'fake',
  model: 'fake',
  displayName: 'Fake',
  description: 'Follows directives',
  hidden: false,
  isDefault: true,
  supportedReasoningEfforts: [{ reasoningEffort: 'medium', description: '' }],
  defaultReasoningEffort: 'medium',
  inputModalities: ['text', 'image'],
  serviceTiers: [],
};
