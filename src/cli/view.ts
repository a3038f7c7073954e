/** How a session that is watched is shown: a timeline for people, or one JSON line for each event. */

import type { Approval } from '../contract/approval.js';
import type { Event } from '../contract/events.js';
import { columnsOf, type Io } from './output.js';
import { questionLines } from './render/approval-lines.js';
import { LiveWriter } from './render/live-writer.js';
import { Timeline } from './render/timeline.js';

export interface View extends Disposable {
  show(event: Event): void;
  /** A line of ours between those of the session. */
  note(text: string): void;
  /** Keeps everything else away while this question is at the keyboard; null behind it. */
  ask(approval: Approval | null): void;
  /** Whether the agent's messages are already on stdout. */
  readonly showsText: boolean;
}

export interface ViewOptions {
  readonly json: boolean;
  /** Whether to show what was asked for; whoever has just typed it knows. */
  readonly input: boolean;
  readonly cwd: string;
  /** Whether questions are asked at the keyboard: what the menus there show is not shown above them too. */
  readonly asks: boolean;
}

/** The timeline goes to stdout when a person reads it there, else to stderr: stdout is data. */
export function openView(io: Io, options: ViewOptions): View {
  if (options.json) return jsonView(io);
  const stream = io.stdout.isTTY === true ? io.stdout : io.stderr;
  const ink = io.ink(stream);
  const writer = new LiveWriter(stream, { dim: ink.dim });
  const { input, cwd, asks } = options;
  const timeline = new Timeline({ ink, columns: columnsOf(stream), input, cwd, menus: asks });
  return {
    show: (event) => writer.write(timeline.push(event)),
    note: (text) => writer.write(timeline.note(text)),
    ask: (approval) => writer.hold(approval !== null),
    showsText: stream === io.stdout,
    [Symbol.dispose]: () => writer[Symbol.dispose](),
  };
}

/** A person at the keyboard still has to read what is asked. */
function jsonView(io: Io): View {
  const style = { ink: io.ink(io.stderr), columns: columnsOf(io.stderr), menus: true };
  return {
    show: (event) => io.json(event),
    note: io.note,
    ask: (approval) => {
      if (approval !== null) io.note(questionLines(approval, style).join('\n'));
    },
    showsText: true,
    [Symbol.dispose]: () => undefined,
  };
}
