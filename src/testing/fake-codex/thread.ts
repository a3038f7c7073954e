/**
 * One loaded thread of a fake Codex: who listens, what runs, what was given for the running turn. As the real one does, it answers
 * `turn/start` before the turn is there, puts a second `turn/start` into the turn that runs, and lets a turn go on when nobody listens.
 */

import type { Fields, History, KeptItem, KeptTurn } from './history.js';
import { type Given, turnView, usage, userMessage, uuid7 } from './items.js';
import type { Stage, Surroundings } from './stage.js';
import { TurnPlay } from './turn-play.js';
import type { Wire } from './wire.js';

interface Running {
  readonly id: string;
  readonly play: TurnPlay;
}

export class Thread implements Stage {
  readonly history: History;
  readonly listeners = new Set<Wire>();
  readonly around: Surroundings;
  #running: Running | undefined;
  #reports = 0;

  constructor(history: History, around: Surroundings) {
    this.history = history;
    this.around = around;
    this.#reports = history.turns.length;
  }

  get id(): string {
    return this.history.id;
  }

  get status(): Fields {
    return this.#running === undefined ? { type: 'idle' } : { type: 'active', activeFlags: [] };
  }

  /** The turn that runs, once it is there. */
  get begun(): KeptTurn | undefined {
    const { turns } = this.history;
    return turns.find((turn) => turn.id === this.#running?.id && turn.status === 'inProgress');
  }

  /** Codex's answer to `turn/start`. */
  start(given: Given): KeptTurn {
    const running = this.#running;
    if (running !== undefined) {
      running.play.take(given);
      return { id: running.id, startedAt: Date.now(), items: [], status: 'inProgress', error: null };
    }
    const id = uuid7();
    const turn: KeptTurn = { id, startedAt: Date.now(), items: [], status: 'inProgress', error: null };
    const play = new TurnPlay(this, id, given);
    this.#running = { id, play };
    void this.#run(turn, play, given);
    return turn;
  }

  /** Why a message cannot be given to that turn; undefined when it was taken. */
  steer(expected: string, given: Given): string | undefined {
    const { begun } = this;
    if (begun === undefined) return 'no active turn to steer';
    if (begun.id !== expected) return `expected active turn id \`${expected}\` but found \`${begun.id}\``;
    if (!this.around.plan.hits('loseSteer', given.text)) this.#running?.play.take(given);
    return undefined;
  }

  interrupt(turn: string): string | undefined {
    const { begun } = this;
    if (begun === undefined || begun.id !== turn) return 'no active turn to interrupt';
    this.#running?.play.interrupt();
    return undefined;
  }

  tell(method: string, params: Fields): void {
    for (const wire of this.listeners) wire.notify(method, { threadId: this.id, ...params });
  }

  done(turn: string, item: KeptItem): void {
    this.history.item(turn, item);
    this.around.mayDie('an item is kept', item.type, turnText(this.history, turn));
    this.tell('item/completed', { turnId: turn, item, contentTokenCount: null, completedAtMs: Date.now() });
  }

  usageReport(turn: string): void {
    this.tell('thread/tokenUsage/updated', { turnId: turn, tokenUsage: usage(this.#reports) });
  }

  async #run(turn: KeptTurn, play: TurnPlay, given: Given): Promise<void> {
    const { plan, pause, mayDie, everybody } = this.around;
    await pause(plan.number(3, 'begin', given.text));
    const message = userMessage(given);
    this.history.begun(turn.id, turn.startedAt, message);
    mayDie('the turn is kept', given.text);
    everybody('thread/status/changed', { threadId: this.id, status: this.status });
    this.tell('turn/started', { turn: turnView(turn, 'notLoaded') });
    this.tell('item/started', { turnId: turn.id, item: { ...message, completedAtMs: null }, startedAtMs: Date.now() });
    this.tell('item/completed', { turnId: turn.id, item: message, contentTokenCount: null, completedAtMs: Date.now() });
    const { status, error } = await play.run();
    this.#reports += 1;
    this.usageReport(turn.id);
    this.history.ended(turn.id, status, error);
    this.#running = undefined;
    mayDie('the end is kept', given.text);
    everybody('thread/status/changed', { threadId: this.id, status: this.status });
    const ended = this.history.turns.find(({ id }) => id === turn.id) ?? turn;
    this.tell('turn/completed', { turn: turnView(ended, 'summary') });
    if (given.clientId !== null && plan.hits('foreign', given.text))
      this.start({ clientId: null, text: `Said elsewhere, behind: ${given.text.slice(0, 12)}` });
  }
}

function turnText(history: History, turn: string): string {
  const first = history.turns.find(({ id }) => id === turn)?.items[0];
  return JSON.stringify(first?.['content'] ?? '');
}
