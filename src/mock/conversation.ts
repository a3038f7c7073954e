/**
 * One conversation of a mock: what it remembers, the turn that it plays, and whoever listens. It goes on playing when the listener
 * leaves, and tells the next one what was missed.
 */

import type { Clock } from '../base/clock.js';
import { messageOf, SpoolError } from '../base/errors.js';
import type { ApprovalAnswer } from '../contract/approval.js';
import { addUsage, type Usage } from '../contract/item.js';
import type { InputItem } from '../contract/session.js';
import type { Fact, OpenThread, StartTurn, TurnRef } from '../ports/agent.js';
import { stepsOf } from './directives.js';
import type { Memory, PastTurn, Remembered } from './memory.js';
import type { Values } from './placeholders.js';
import { play } from './play.js';
import { chooseRule, type Script } from './script.js';
import { type Ending, Stage } from './stage.js';
import type { Step } from './steps.js';

/** Who is told what happens. */
export type Listener = (fact: Fact) => void;

export interface ConversationParts {
  readonly remembered: Remembered;
  readonly memory: Memory;
  readonly clock: Clock;
}

interface Running {
  readonly past: PastTurn;
  readonly stage: Stage;
  readonly ended: Promise<void>;
}

export class Conversation {
  readonly remembered: Remembered;
  readonly #parts: ConversationParts;
  readonly #allowed: Set<string>;
  #running: Running | undefined;
  #listener: Listener | undefined;
  /** What happened while nobody listened. */
  #missed: Fact[] = [];
  #abandoned = false;

  constructor(parts: ConversationParts) {
    this.#parts = parts;
    this.remembered = parts.remembered;
    this.#allowed = new Set(parts.remembered.allowed);
  }

  get listenedTo(): boolean {
    return this.#listener !== undefined;
  }

  get running(): boolean {
    return this.#running !== undefined;
  }

  /** From here on all is told to the listener, beginning with what nobody has heard and with the questions that wait. */
  listen(listener: Listener): void {
    this.#listener = listener;
    const missed = this.#missed.filter(({ type }) => type !== 'ask');
    this.#missed = [];
    for (const fact of [...missed, ...(this.#running?.stage.asking ?? [])]) listener(fact);
  }

  leave(): void {
    this.#listener = undefined;
  }

  /** A turn that runs or has ended. One that died with its host was never there: it may be asked for again. */
  past(turn: string): PastTurn | undefined {
    return this.remembered.turns.find((one) => one.turn === turn && (one.end !== null || this.#running?.past === one));
  }

  /** Waits for the turn that runs; `signal` gives that up. Rejects with `cancelled`. */
  async free(signal: AbortSignal): Promise<void> {
    for (let running = this.#running; running !== undefined; running = this.#running) {
      await untilEither(running.ended, signal);
    }
  }

  /** Plays a turn; `thread` and `script` are as the conversation was last opened. Nothing may run. */
  begin({ turn, input, model, effort }: StartTurn, thread: OpenThread, script: Script | undefined): TurnRef {
    const { remembered } = this;
    remembered.count += 1;
    const ref = `turn-${remembered.count}`;
    const text = textOf(input);
    const used = model ?? thread.model;
    const chosen =
      script === undefined ? undefined : chooseRule(script, { input: text, turn: remembered.count, model: used }, remembered.done);
    if (chosen !== undefined) remembered.done[chosen.rule] = (remembered.done[chosen.rule] ?? 0) + 1;
    const values = { ...this.#values(text, thread), model: used ?? '', effort: effort ?? thread.effort ?? '', ...chosen?.groups };
    const past: PastTurn = { turn, ref, input: text, said: [], usage: null, end: null };
    remembered.turns = [...remembered.turns.filter((one) => one.turn !== turn), past];
    this.#save();
    const stage = new Stage({
      turn,
      ref,
      thread,
      clock: this.#parts.clock,
      say: (fact) => this.#say(fact),
      allowed: this.#allowed,
      values,
    });
    this.#say({ type: 'turn.started', turn, ref });
    stage.whole({ id: stage.newItem(), kind: 'userMessage', text, turn });
    const steps = chosen?.steps ?? (script === undefined ? stepsOf(text) : ECHO);
    const ended = Promise.resolve()
      .then(() => play(stage, steps))
      .then((ending) => this.#end(past, stage, ending));
    this.#running = { past, stage, ended };
    return ref;
  }

  /** Throws `conflict` when that turn does not run. */
  steer(turn: string, { turn: message, input }: StartTurn): void {
    const running = this.#running;
    if (running?.past.turn !== turn || running.stage.stopped) throw new SpoolError('conflict', 'the turn is not running (any more)');
    running.stage.hear(message, textOf(input));
  }

  async interrupt(turn: string): Promise<void> {
    if (this.#running?.past.turn === turn) await this.#stop();
  }

  /** The host goes: a turn that runs dies with it, and has no end. */
  async abandon(): Promise<void> {
    this.#abandoned = true;
    await this.#stop();
  }

  async #stop(): Promise<void> {
    this.#running?.stage.stop();
    await this.#running?.ended;
  }

  answer(ref: string, answer: ApprovalAnswer): void {
    this.#running?.stage.answer(ref, answer);
  }

  rename(title: string): void {
    this.remembered.title = title;
    this.#save();
  }

  #say(fact: Fact): void {
    if (this.#listener !== undefined) this.#listener(fact);
    else if (fact.type !== 'item.delta' && fact.type !== 'ended') this.#missed.push(fact);
  }

  /** Written down before it is told: what a host has heard of, a restarted one finds. */
  #end(past: PastTurn, stage: Stage, ending: Ending | undefined): void {
    const { turn } = past;
    const usage = usageOf(past.input, stage);
    this.#running = undefined;
    if (this.#abandoned) return;
    past.said = [...stage.said];
    past.usage = usage;
    past.end =
      ending === undefined ? 'completed' : ending.how === 'failed' ? ending.error : ending.how === 'interrupted' ? 'interrupted' : null;
    this.remembered.usage = addUsage(this.remembered.usage, usage);
    this.remembered.allowed = [...this.#allowed];
    try {
      this.#save();
    } catch (error) {
      this.#say({ type: 'warning', message: `the mock could not write down what it did: ${messageOf(error)}` });
    }
    if (ending?.how === 'exited') {
      const { code, signal, stderr } = ending;
      const message = signal === null ? `the mock exited with ${String(code)}` : `the mock was ended by ${signal}`;
      this.#say({ type: 'ended', how: 'exited', message, exitCode: code, signal, stderrTail: stderr });
      return;
    }
    this.#say({ type: 'usage', turn, total: this.remembered.usage, last: usage, contextWindow: null });
    this.#say(endOf(past));
  }

  #save(): void {
    this.#parts.memory.write(this.remembered);
  }

  #values(input: string, { session, cwd, setup }: OpenThread): Values {
    const { turns, count, id } = this.remembered;
    const lines = turns.flatMap((one) => [`user: ${one.input}`, ...one.said.map(({ text }) => `agent: ${text}`)]);
    return {
      ...{ input, turn: String(count), session, thread: id, cwd },
      ...{ history: lines.join('\n'), previous: turns.at(-1)?.input ?? '', instructions: setup?.instructions ?? '' },
      ...{ answer: '', result: '', decision: '', message: '' },
    };
  }
}

const ECHO: readonly Step[] = [{ name: 'say', value: { text: '{{input}}', pieces: 1, everyMs: 0 } }];

/** The end of a turn that has one. */
export function endOf({ turn, end, usage }: PastTurn): Fact {
  if (end === 'completed' || end === null) return { type: 'turn.completed', turn, usage };
  return end === 'interrupted' ? { type: 'turn.interrupted', turn } : { type: 'turn.failed', turn, error: end };
}

/** As a person would write it: pictures by their places. */
function textOf(input: readonly InputItem[]): string {
  return input.map((item) => (item.type === 'text' ? item.text : `[image: ${item.type === 'image' ? item.url : item.path}]`)).join('\n');
}

/** Each word is a token, where the script does not say how many there were. */
function usageOf(input: string, { counted, words }: Stage): Usage {
  const count = counted ?? { input: input.split(/\s+/).filter((word) => word !== '').length, cached: 0, output: words, reasoning: 0 };
  return {
    inputTokens: count.input,
    cachedInputTokens: count.cached,
    outputTokens: count.output,
    reasoningTokens: count.reasoning,
    totalTokens: count.input + count.output,
  };
}

async function untilEither(ended: Promise<void>, signal: AbortSignal): Promise<void> {
  const cancelled = new SpoolError('cancelled', 'the turn was interrupted before it began');
  if (signal.aborted) throw cancelled;
  await new Promise<void>((resolve, reject) => {
    const stop = (): void => reject(cancelled);
    signal.addEventListener('abort', stop, { once: true });
    void ended.then(() => {
      signal.removeEventListener('abort', stop);
      resolve();
    });
  });
}
