/**
 * A task's events as text that only ever grows, for a person who watches: who works on it, what is said of it, what it waits for, the reply
 * as it is written. Pure: the same events give the same text.
 */

import type { Task } from '../../contract/task.js';
import type { TaskEvent, TaskEventData } from '../../contract/task-events.js';
import type { LineStyle } from './item-lines.js';
import { oneLine, printablePiece } from './printable.js';
import { marked, noteLines, personLines, tailOf, waitLines, wantedOf } from './task-lines.js';
import type { Step } from './timeline.js';
import { duration, tokens } from './words.js';

export interface TaskTimelineOptions extends LineStyle {
  /** "all"; or "needed", what somebody who only waits has to know: what it waits for, and why it ended without a reply. */
  readonly detail: 'all' | 'needed';
  /** The task as it was when somebody began to wait. */
  readonly task?: Pick<Task, 'to' | 'status' | 'endedAt' | 'waiting'>;
}

export type TaskEnd = TaskEvent<'task.replied' | 'task.failed' | 'task.cancelled' | 'task.expired'>;

export function isTaskEnd(event: TaskEvent): event is TaskEnd {
  return ['task.replied', 'task.failed', 'task.cancelled', 'task.expired'].includes(event.type);
}

export class TaskTimeline {
  readonly #options: TaskTimelineOptions;
  #out = '';
  #status: string | null = null;
  /** What the last block was: a blank line stands between what is written and all else. */
  #last: 'nothing' | 'text' | 'lines' = 'nothing';
  /** Text stands open at the end, to be gone on with. */
  #open = false;
  #written = '';
  #to = '';
  #since = 0;

  constructor(options: TaskTimelineOptions) {
    this.#options = options;
    const { task } = options;
    if (task === undefined) return;
    this.#to = task.to;
    const works = task.status === 'leased' || task.status === 'running';
    this.#status = task.endedAt !== undefined || task.waiting !== undefined ? null : works ? this.#works() : 'queued';
  }

  /** What is going on now, before the first event. */
  get status(): string | null {
    return this.#status;
  }

  push(event: TaskEvent): Step {
    this.#out = '';
    if (isTaskEnd(event)) this.#ended(event);
    else if (this.#options.detail === 'all') this.#all(event);
    else this.#needed(event);
    return { text: this.#out, status: this.#open ? null : this.#status };
  }

  /** A line of the program itself. */
  note(text: string): Step {
    this.#out = '';
    const { ink, columns } = this.#options;
    this.#lines(...marked('·', text, columns).map((line) => ink.dim(line)));
    return { text: this.#out, status: this.#status };
  }

  #all(event: TaskEvent): void {
    const { ink, columns } = this.#options;
    switch (event.type) {
      case 'task.sent':
        this.#sent(event);
        break;
      case 'task.leased':
        this.#leased(event.data);
        break;
      case 'task.started':
        this.#lines(ink.dim(`in session …${tailOf(event.data.session)}; spool attach ${tailOf(event.data.session)} shows all of its work`));
        break;
      case 'task.progressed':
        this.#progressed(event.data);
        break;
      case 'task.branched': {
        const { task, to, from } = event.data;
        this.#lines(ink.dim(`→ ${from} asks ${to}: task …${tailOf(task)}`));
        break;
      }
      case 'task.spent':
        break;
      case 'task.approved': {
        const { by, reason } = event.data;
        this.#lines(...marked(ink.green('✓'), `approved by ${by}${reason === undefined ? '' : `: ${reason}`}`, columns));
        this.#status = 'queued';
        break;
      }
      default:
        this.#needed(event);
    }
  }

  #needed(event: TaskEvent): void {
    const { ink, columns } = this.#options;
    switch (event.type) {
      case 'task.waiting':
        this.#status = null;
        this.#lines(...waitLines(event.task, event.data, this.#options));
        break;
      case 'task.resumed':
        this.#status = this.#works();
        this.#lines(ink.dim(`it goes on${event.data.reason === undefined ? '' : `: ${oneLine(event.data.reason)}`}`));
        break;
      case 'task.requeued': {
        const { attempt, reason, unused } = event.data;
        this.#written = '';
        this.#status = 'queued';
        const what = unused === true ? `handed back: ${reason}` : `attempt ${attempt} came to nothing: ${reason}`;
        this.#lines(...marked(ink.yellow('!'), `${what}; it is begun again`, columns));
        break;
      }
      case 'task.leased':
      case 'task.approved':
        this.#status = event.type === 'task.leased' ? this.#works() : 'queued';
        break;
      default:
        break;
    }
  }

  #works(): string {
    return `${this.#to} works`;
  }

  #sent({ task, at, data }: TaskEvent<'task.sent'>): void {
    const { ink, columns } = this.#options;
    this.#to = data.to;
    this.#since = Date.parse(at);
    this.#status = 'queued';
    this.#lines(`${ink.cyan('›')} ${ink.bold(oneLine(wantedOf(data.input), columns - 2))}`);
    const times = [
      ...(data.queueDeadline === undefined ? [] : [`begun by ${data.queueDeadline}`]),
      ...(data.deadline === undefined ? [] : [`done by ${data.deadline}`]),
    ];
    for (const line of marked(' ', [data.chain.join(' → '), ...times].join(' · '), columns)) this.#lines(ink.dim(line));
    if (data.note !== undefined) this.#lines(...noteLines(data.note, this.#options));
    if (data.hold !== undefined) this.#lines(...waitLines(task, { for: 'release', reason: data.hold }, this.#options));
    if (data.hold !== undefined) this.#status = null;
    this.#lines(...personLines({ id: task, to: data.to }, this.#options));
  }

  #leased({ by, attempt, until }: TaskEventData<'task.leased'>): void {
    const { ink } = this.#options;
    const who = by === 'hub' ? this.#to : by;
    const facts = [...(attempt > 1 ? [`attempt ${attempt}`] : []), ...(until === undefined ? [] : ['from elsewhere'])];
    this.#status = this.#works();
    this.#lines(ink.dim(`${who} works on it${facts.map((fact) => ` · ${fact}`).join('')}`));
  }

  #progressed({ text, kind, effect }: TaskEventData<'task.progressed'>): void {
    const { ink, columns } = this.#options;
    if (kind !== 'report') this.#stream(text);
    else if (text.trim() !== '') this.#lines(...marked(ink.cyan('·'), text, columns));
    if (effect === true) this.#lines(ink.dim('  something was done that must not be done twice'));
  }

  #ended(event: TaskEnd): void {
    const { detail } = this.#options;
    this.#status = null;
    const text = event.data.text ?? '';
    if (detail === 'all') this.#finish(text);
    this.#close();
    if (detail === 'needed' && event.type === 'task.replied') return;
    if (this.#last === 'text') this.#out += '\n';
    this.#last = 'nothing';
    this.#out += `${this.#endLine(event)}\n`;
  }

  #endLine(event: TaskEnd): string {
    const { ink, detail } = this.#options;
    const usage = 'usage' in event.data ? event.data.usage : undefined;
    const facts = [
      ...(usage === undefined ? [] : [tokens(usage.totalTokens)]),
      ...(detail === 'all' && this.#since > 0 ? [duration(Math.max(0, Date.parse(event.at) - this.#since))] : []),
    ];
    return `${this.#outcome(event)}${ink.dim(facts.map((fact) => ` · ${fact}`).join(''))}`;
  }

  #outcome(event: TaskEnd): string {
    const { ink } = this.#options;
    switch (event.type) {
      case 'task.replied':
        return ink.green(['hub', this.#to].includes(event.data.by) ? '✓ replied' : `✓ replied by ${event.data.by}`);
      case 'task.failed':
        return `${ink.red('✗ failed')}: ${oneLine(event.data.message)} (${event.data.code})`;
      case 'task.cancelled': {
        const { by, reason } = event.data;
        return `${ink.yellow(`■ called off by ${by}`)}${reason === undefined ? '' : `: ${oneLine(reason)}`}`;
      }
      case 'task.expired':
        return `${ink.red('✗ expired')}: ${oneLine(event.data.message)}`;
    }
  }

  /** The next piece of what is written, right behind the one before. */
  #stream(piece: string): void {
    if (piece === '') return;
    if (!this.#open && this.#last !== 'nothing') this.#out += '\n';
    // Behind a line of ours the empty line that parts two messages is there already.
    this.#out += printablePiece(this.#open ? piece : piece.replace(/^\n+/, ''));
    this.#open = true;
    this.#last = 'text';
    this.#written += piece;
  }

  /** The reply is the truth: what had not been told of it on the way is told now. */
  #finish(text: string): void {
    if (text.startsWith(this.#written)) {
      this.#stream(text.slice(this.#written.length));
      return;
    }
    this.#close();
    this.#out += `\n${this.#options.ink.dim('— the reply —')}\n`;
    this.#last = 'nothing';
    this.#stream(text);
  }

  #close(): void {
    if (this.#open && !this.#written.endsWith('\n')) this.#out += '\n';
    this.#open = false;
  }

  #lines(...lines: readonly string[]): void {
    if (lines.length === 0) return;
    this.#close();
    if (this.#last === 'text') this.#out += '\n';
    this.#last = 'lines';
    this.#out += `${lines.join('\n')}\n`;
  }
}
