/**
 * A session's events as text that only ever grows, for a person who watches. Pure: the same events give the same text. What is
 * going on right now is told apart, as one short status, so that a terminal can show it in a line that comes and goes.
 */

import { bareCommand } from '../../base/bare-command.js';
import type { Approval } from '../../contract/approval.js';
import type { Event, EventData } from '../../contract/events.js';
import type { Item } from '../../contract/item.js';
import { answerLine, type QuestionStyle, questionLines } from './approval-lines.js';
import { countChanges } from './change-count.js';
import { askedFor } from './input-line.js';
import { itemLines } from './item-lines.js';
import { oneLine, printablePiece } from './printable.js';
import { sessionLines } from './session-lines.js';
import { endLine, isEnd, neverBegan, queuedLine, type TurnEnd } from './turn-lines.js';

export interface Step {
  /** What to append. */
  readonly text: string;
  /** What is going on now; null when nothing is, or when the text says it itself. */
  readonly status: string | null;
}

export interface TimelineOptions extends QuestionStyle {
  /** Whether to show what was asked for; whoever has just typed it knows. */
  readonly input: boolean;
  /** The session's directory, where the events may begin behind its opening: paths inside are shown without it. */
  readonly cwd?: string | undefined;
}

/** What is known of the turn that runs. */
interface Running {
  readonly turn: string | undefined;
  readonly since: number;
  readonly messages: string[];
  diff: string;
}

export class Timeline {
  readonly #options: TimelineOptions;
  #out = '';
  #status: string | null = null;
  /** What the last block was: a blank line stands between messages and all else, and behind the end of a turn. */
  #last: 'nothing' | 'message' | 'lines' | 'end' = 'nothing';
  /** The message that is being streamed and stands open at the end of the text. */
  #open: string | undefined;
  readonly #streamed = new Map<string, string>();
  readonly #plan = new Map<string, string>();
  #explanation = '';
  /** Open turns and what they were asked for. */
  readonly #asked = new Map<string, { readonly words: string; readonly waits: boolean }>();
  readonly #questions = new Map<string, Approval>();
  #cwd: string | undefined;
  #running: Running | undefined;

  constructor(options: TimelineOptions) {
    this.#options = options;
    this.#cwd = options.cwd;
  }

  push(event: Event): Step {
    this.#out = '';
    this.#event(event);
    return { text: this.#out, status: this.#open === undefined ? this.#status : null };
  }

  /** A line of the program itself. */
  note(text: string): Step {
    this.#out = '';
    this.#lines(this.#options.ink.dim(`· ${text}`));
    return { text: this.#out, status: this.#status };
  }

  #event(event: Event): void {
    if (event.type.startsWith('turn.')) this.#turnEvent(event);
    else if (event.type.startsWith('item.')) this.#itemEvent(event);
    else this.#sessionEvent(event);
  }

  #sessionEvent(event: Event): void {
    switch (event.type) {
      case 'approval.asked':
        this.#status = null;
        this.#questions.set(event.data.approval.id, event.data.approval);
        this.#lines(...questionLines(event.data.approval, this.#options));
        break;
      case 'approval.answered':
        this.#answered(event.data);
        break;
      case 'approval.expired':
        this.#questions.delete(event.data.approval);
        this.#lines(this.#options.ink.dim(`the question is closed: ${oneLine(event.data.reason)}`));
        break;
      case 'plan.updated':
        this.#planUpdated(event.data);
        break;
      case 'diff.updated':
        if (this.#running !== undefined) this.#running.diff = event.data.diff;
        break;
      default:
        if (event.type === 'session.opened') this.#cwd = event.data.cwd;
        this.#lines(...sessionLines(event, this.#options, this.#cwd));
    }
  }

  #answered(data: EventData<'approval.answered'>): void {
    const asked = this.#questions.get(data.approval);
    const named = [...this.#questions.keys()].at(-1) !== data.approval;
    this.#questions.delete(data.approval);
    this.#status = this.#questions.size > 0 ? null : 'thinking';
    this.#lines(answerLine(data, asked, { ...this.#options, named }));
  }

  #turnEvent(event: Event): void {
    const { ink } = this.#options;
    if (isEnd(event)) {
      this.#ended(event);
      return;
    }
    switch (event.type) {
      case 'turn.requested':
        this.#requested(event);
        break;
      case 'turn.queued':
        this.#lines(ink.dim(`${this.#named(event.turn)}${queuedLine(event.data, (turn) => this.#nameOf(turn))}`));
        break;
      case 'turn.started':
        this.#started(event);
        break;
      case 'turn.steered':
        this.#lines(ink.dim(`${this.#named(event.turn)}taken into the running turn`));
        break;
      case 'turn.retrying':
        this.#lines(`${ink.yellow('!')} trying again: ${oneLine(event.data.message)}`);
        break;
      case 'turn.interrupting':
        this.#status = 'interrupting';
        if (event.data.reason !== undefined) this.#lines(`${ink.yellow('!')} interrupting: ${oneLine(event.data.reason)}`);
        break;
      default:
        break;
    }
  }

  #requested({ turn = '', at, data }: Event<'turn.requested'>): void {
    const { ink, input } = this.#options;
    const words = askedFor(data);
    // Asked for last, it stands at the end: lines below are about it unless they name another.
    this.#asked.set(turn, { words, waits: data.disposition !== 'started' });
    if (data.disposition === 'started') {
      this.#status = 'waiting for the runtime';
      this.#running ??= runningSince(turn, at);
    }
    if (input) this.#lines(`${ink.cyan('›')} ${ink.bold(oneLine(words))}`);
  }

  #started({ turn, at }: Event<'turn.started'>): void {
    const { ink, columns } = this.#options;
    this.#status = 'thinking';
    this.#running = runningSince(turn, at);
    this.#plan.clear();
    const asked = turn === undefined ? undefined : this.#asked.get(turn);
    if (asked?.waits === true) this.#lines(`${ink.cyan('›')} ${ink.bold(oneLine(asked.words, columns - 15))} ${ink.dim('· begins now')}`);
  }

  #ended(event: TurnEnd): void {
    const running = this.#running;
    const name = this.#nameOf(event.turn ?? '');
    this.#asked.delete(event.turn ?? '');
    if (running !== undefined && running.turn !== event.turn) {
      this.#lines(neverBegan(event, name, this.#options));
      return;
    }
    this.#status = null;
    this.#running = undefined;
    this.#close();
    this.#sayWhichIsFinal(event, running?.messages ?? []);
    if (this.#last !== 'nothing') this.#out += '\n';
    this.#last = 'end';
    const tookMs = running === undefined ? undefined : Date.parse(event.at) - running.since;
    const changes = running === undefined ? undefined : countChanges(running.diff);
    this.#out += `${endLine(event, { tookMs, changes }, this.#options)}\n`;
  }

  /** The final message is the one above the end. Where something else stands there, it is said which one it is. */
  #sayWhichIsFinal({ data }: TurnEnd, messages: readonly string[]): void {
    const { finalItem, finalText } = data;
    if (finalItem === undefined || finalText === null || messages.length < 2) return;
    if (messages.at(-1) === finalItem && this.#last === 'message') return;
    const { ink, columns } = this.#options;
    this.#lines(ink.dim(`the final message is “${oneLine(finalText, Math.max(20, columns - 26))}”`));
  }

  /** In front of a line about another turn than the one that was asked for last. */
  #named(turn: string | undefined): string {
    return turn === undefined || [...this.#asked.keys()].at(-1) === turn ? '' : `${this.#nameOf(turn)} `;
  }

  #nameOf(turn: string): string {
    const words = this.#asked.get(turn)?.words;
    return words === undefined ? `…${turn.slice(-6)}` : `“${oneLine(words, 40)}”`;
  }

  #itemEvent(event: Event): void {
    if (event.type === 'item.started') {
      const { item } = event.data;
      this.#status = statusOf(item) ?? this.#status;
      if (item.kind === 'agentMessage' && item.phase === 'final' && (this.#running?.messages.length ?? 0) > 0) {
        this.#close();
        if (this.#last !== 'nothing') this.#out += '\n';
        this.#last = 'nothing';
        this.#out += `${this.#options.ink.dim('— final message —')}\n`;
      }
    } else if (event.type === 'item.delta') {
      if (event.data.kind === 'text' && event.item !== undefined) this.#stream(event.item, event.data.text);
    } else if (event.type === 'item.completed') {
      const { item } = event.data;
      if (item.kind === 'agentMessage') this.#finish(item.id, item.text);
      else this.#lines(...itemLines(item, this.#options, this.#cwd));
      this.#status = 'thinking';
    }
  }

  /** The next piece of a message, right behind the last one of the same message. */
  #stream(id: string, piece: string): void {
    if (piece === '') return;
    if (this.#open !== id) {
      this.#close();
      if (this.#last !== 'nothing') this.#out += '\n';
      this.#last = 'message';
      this.#open = id;
      if (this.#running?.messages.includes(id) === false) this.#running.messages.push(id);
    }
    this.#streamed.set(id, (this.#streamed.get(id) ?? '') + piece);
    this.#out += printablePiece(piece);
  }

  /** The final text is the truth: what had not been streamed, as after a gap, is still told. */
  #finish(id: string, text: string): void {
    const streamed = this.#streamed.get(id) ?? '';
    if (text.startsWith(streamed)) {
      this.#stream(id, text.slice(streamed.length));
    } else {
      this.#close();
      this.#stream(id, text);
    }
    this.#close();
    this.#streamed.delete(id);
  }

  #close(): void {
    if (this.#open === undefined) return;
    // A text that ends its last line itself gets no second end.
    if (!this.#streamed.get(this.#open)?.endsWith('\n')) this.#out += '\n';
    this.#open = undefined;
  }

  #lines(...lines: readonly string[]): void {
    if (lines.length === 0) return;
    this.#close();
    if (this.#last === 'message' || this.#last === 'end') this.#out += '\n';
    this.#last = 'lines';
    this.#out += `${lines.join('\n')}\n`;
  }

  /** The first plan in full, later only the steps that have moved. */
  #planUpdated({ steps, explanation = '' }: EventData<'plan.updated'>): void {
    const { ink, columns } = this.#options;
    if (explanation !== '' && explanation !== this.#explanation) this.#lines(ink.dim(`∴ ${oneLine(explanation, columns - 2)}`));
    this.#explanation = explanation;
    const moved = steps.filter(({ step, status }) => this.#plan.get(step) !== status);
    for (const { step, status } of steps) this.#plan.set(step, status);
    this.#lines(
      ...moved.map(({ step, status }) => {
        const words = oneLine(step, columns - 4);
        if (status === 'completed') return `  ${ink.green('☑')} ${ink.dim(words)}`;
        return status === 'inProgress' || status === 'in_progress' ? `  ${ink.cyan('▸')} ${words}` : `  ☐ ${words}`;
      }),
    );
  }
}

function runningSince(turn: string | undefined, at: string): Running {
  return { turn, since: Date.parse(at), messages: [], diff: '' };
}

function statusOf(item: Item): string | undefined {
  if (item.kind === 'command') return `$ ${oneLine(bareCommand(item.command))}`;
  if (item.kind === 'fileChange') return 'changing files';
  if (item.kind === 'toolCall') return `calling ${oneLine(item.tool)}`;
  return item.kind === 'reasoning' ? 'thinking' : undefined;
}

/** The text of all events at once. */
export function renderTimeline(events: Iterable<Event>, options: TimelineOptions): string {
  const timeline = new Timeline(options);
  let text = '';
  for (const event of events) text += timeline.push(event).text;
  return text;
}
