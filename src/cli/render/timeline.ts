/**
 * A session's events as text that only ever grows, for a person who watches. Pure: the same events give the same text. What is
 * going on right now is told apart, as one short status, so that a terminal can show it in a line that comes and goes.
 */

import { bareCommand } from '../../base/bare-command.js';
import type { Event, EventData } from '../../contract/events.js';
import type { Item } from '../../contract/item.js';
import { answerLine, questionLines } from './approval-lines.js';
import { itemLines, type LineStyle } from './item-lines.js';
import { oneLine, printablePiece } from './printable.js';
import { duration, tokens } from './words.js';

export interface Step {
  /** What to append. */
  readonly text: string;
  /** What is going on now; null when nothing is, or when the text says it itself. */
  readonly status: string | null;
}

export interface TimelineOptions extends LineStyle {
  /** Whether to show what was asked for; whoever has just typed it knows. */
  readonly input: boolean;
  /** The session's directory, where the events may begin behind its opening: paths inside are shown without it. */
  readonly cwd?: string | undefined;
}

export class Timeline {
  readonly #options: TimelineOptions;
  #out = '';
  #status: string | null = null;
  /** What the last block was: a blank line stands between messages and all else. */
  #last: 'nothing' | 'message' | 'lines' = 'nothing';
  /** The message that is being streamed and stands open at the end of the text. */
  #open: string | undefined;
  readonly #streamed = new Map<string, string>();
  readonly #plan = new Map<string, string>();
  #cwd: string | undefined;
  #startedAt: number | undefined;

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
    const { ink } = this.#options;
    switch (event.type) {
      case 'session.opened':
        this.#cwd = event.data.cwd;
        break;
      case 'session.archived':
        this.#lines(ink.dim('the session was archived'));
        break;
      case 'session.failed':
        this.#lines(`${ink.red('✗')} the session failed: ${oneLine(event.data.message)}`);
        break;
      case 'approval.asked':
        this.#status = null;
        this.#lines(...questionLines(event.data.approval, this.#options));
        break;
      case 'approval.answered':
        this.#status = 'thinking';
        this.#lines(answerLine(event.data.answer.decision, event.data.by, this.#options));
        break;
      case 'approval.expired':
        this.#lines(ink.dim(`the question is closed: ${oneLine(event.data.reason)}`));
        break;
      case 'plan.updated':
        this.#planUpdated(event.data);
        break;
      case 'warning.raised':
        this.#lines(`${ink.yellow('!')} ${oneLine(event.data.message)}`);
        break;
      case 'runtime.exited':
        this.#lines(`${ink.red('✗')} the runtime exited: ${oneLine(event.data.message)}`);
        break;
      case 'file.produced':
        this.#lines(`${ink.green('+')} produced ${oneLine(event.data.path)}`);
        break;
      default:
        break;
    }
  }

  #turnEvent(event: Event): void {
    const { ink, input } = this.#options;
    switch (event.type) {
      case 'turn.requested': {
        this.#status = 'waiting for the runtime';
        this.#startedAt ??= Date.parse(event.at);
        const asked = event.data.input.map((part) => (part.type === 'text' ? part.text : `[${part.type}]`)).join(' ');
        if (input) this.#lines(`${ink.cyan('›')} ${ink.bold(oneLine(asked))}`);
        break;
      }
      case 'turn.queued':
        this.#lines(ink.dim(event.data.reason === undefined ? 'queued' : `queued: ${oneLine(event.data.reason)}`));
        break;
      case 'turn.started':
        this.#status = 'thinking';
        this.#startedAt = Date.parse(event.at);
        break;
      case 'turn.steered':
        this.#lines(ink.dim('taken into the running turn'));
        break;
      case 'turn.retrying':
        this.#lines(`${ink.yellow('!')} trying again: ${oneLine(event.data.message)}`);
        break;
      case 'turn.interrupting':
        this.#status = 'interrupting';
        break;
      case 'turn.completed':
        this.#end(ink.green('✓ completed'), event);
        break;
      case 'turn.interrupted':
        this.#end(ink.yellow('■ interrupted'), event, event.data.reason);
        break;
      case 'turn.failed':
        this.#end(ink.red('✗ failed'), event, `${oneLine(event.data.message)} (${event.data.code})`);
        break;
      default:
        break;
    }
  }

  #end(words: string, event: Extract<Event, { type: 'turn.completed' | 'turn.failed' | 'turn.interrupted' }>, why?: string): void {
    const { ink } = this.#options;
    const facts: string[] = [];
    if (event.data.usage !== null) facts.push(tokens(event.data.usage.totalTokens));
    if (this.#startedAt !== undefined) facts.push(duration(Math.max(0, Date.parse(event.at) - this.#startedAt)));
    this.#status = null;
    this.#startedAt = undefined;
    this.#close();
    if (this.#last !== 'nothing') this.#out += '\n';
    this.#last = 'nothing';
    this.#out += `${words}${why === undefined ? '' : `: ${why}`}${ink.dim(facts.map((fact) => ` · ${fact}`).join(''))}\n`;
  }

  #itemEvent(event: Event): void {
    if (event.type === 'item.started') {
      this.#status = statusOf(event.data.item) ?? this.#status;
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
    if (this.#last === 'message') this.#out += '\n';
    this.#last = 'lines';
    this.#out += `${lines.join('\n')}\n`;
  }

  /** The first plan in full, later only the steps that have moved. */
  #planUpdated({ steps }: EventData<'plan.updated'>): void {
    const { ink, columns } = this.#options;
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
