/** Follows a task to its end for somebody who watches or waits: shows it, minds Ctrl-C and the clock, and prints the reply. */

import { SpoolError } from '../base/errors.js';
import type { Client } from '../client/connect.js';
import type { Task } from '../contract/task.js';
import type { TaskEvent } from '../contract/task-events.js';
import { columnsOf, type Io } from './output.js';
import type { LineStyle } from './render/item-lines.js';
import { LiveWriter } from './render/live-writer.js';
import { outcome, standingLines, tailOf } from './render/task-lines.js';
import { isTaskEnd, TaskTimeline } from './render/task-timeline.js';

export interface FollowTaskOptions {
  readonly client: Client;
  readonly io: Io;
  /** As it is now. */
  readonly task: Task;
  /** "watch": all that happened to it from its beginning on; "wait": only what somebody who waits has to know. */
  readonly how: 'watch' | 'wait';
  readonly json: boolean;
  readonly seconds?: number | undefined;
}

/** Resolves to the exit status: 0 replied, 1 ended otherwise, what an interrupt asks for after one. Rejects with `timeout` when time is up. */
export async function followTask(options: FollowTaskOptions): Promise<number> {
  const { client, io, task, how, seconds } = options;
  const [{ id }, leave] = [task, new AbortController()];
  using view = openView(options);
  let status: number | undefined;
  using _interrupts = io.interrupts.take((_, exit) => {
    status ??= exit;
    leave.abort();
  });
  const late = seconds === undefined ? undefined : AbortSignal.timeout(seconds * 1000);
  const signal = late === undefined ? leave.signal : AbortSignal.any([leave.signal, late]);
  let cut = false;
  const onCut = (error: SpoolError): void => {
    // Once for each time that nobody answers, however long that is.
    if (!cut) view.note(`${error.message}; trying again`);
    cut = true;
  };
  let ended = how === 'wait' && task.endedAt !== undefined;
  if (!ended) {
    for await (const event of client.tasks.follow(id, { after: how === 'watch' ? 0 : task.position, signal, onCut })) {
      cut = false;
      view.show(event);
      ended = isTaskEnd(event);
      if (ended) break;
    }
  }
  const back = `\`spool task wait ${tailOf(id)}\` waits for it again`;
  if (!ended && status === undefined) throw new SpoolError('timeout', `the task goes on after ${seconds} s`, { hint: back });
  if (!ended) view.note(`the task goes on; ${back}, \`spool task cancel ${tailOf(id)}\` calls it off`);
  if (!ended) return status ?? 1;
  return finish(options, await client.tasks.wait(id, { signal: leave.signal, onCut }), view.showsReply);
}

function finish({ io, how, json, task: before }: FollowTaskOptions, task: Task, shown: boolean): number {
  const status = task.status === 'replied' ? 0 : 1;
  if (json) {
    if (how === 'wait') io.json(task);
    return status;
  }
  if (status === 0 && !shown) io.data(task.reply ?? '');
  // Of one that had ended before nobody has seen the end.
  if (status === 1 && how === 'wait' && before.endedAt !== undefined) io.note(outcome(task, styleOf(io, io.stderr)));
  return status;
}

interface View extends Disposable {
  show(event: TaskEvent): void;
  /** A line of ours between those of the task. */
  note(text: string): void;
  /** Whether the reply is on stdout already. */
  readonly showsReply: boolean;
}

/** Whoever watches at a terminal reads it on stdout; else that is for data, the reply or the events. */
function openView({ io, task, how, json }: FollowTaskOptions): View {
  if (json && how === 'watch') {
    return { show: (event) => io.json(event), note: io.note, showsReply: true, [Symbol.dispose]: () => undefined };
  }
  const stream = how === 'watch' && io.stdout.isTTY === true ? io.stdout : io.stderr;
  const style = styleOf(io, stream);
  const writer = new LiveWriter(stream, { dim: style.ink.dim });
  const timeline = new TaskTimeline({ ...style, ...(how === 'watch' ? { detail: 'all' } : { detail: 'needed', task }) });
  if (how === 'wait') writer.write({ text: linesOf(standingLines(task, style)), status: timeline.status });
  return {
    show: (event) => writer.write(timeline.push(event)),
    note: (text) => writer.write(timeline.note(text)),
    showsReply: stream === io.stdout,
    [Symbol.dispose]: () => writer[Symbol.dispose](),
  };
}

function linesOf(lines: readonly string[]): string {
  return lines.map((line) => `${line}\n`).join('');
}

/** How lines about tasks are written to a stream. */
export function styleOf(io: Io, stream: NodeJS.WriteStream): LineStyle {
  return { ink: io.ink(stream), columns: columnsOf(stream) };
}
