/** How a session that is watched is shown: a timeline for people, or one JSON line for each event. */

import type { Event } from '../contract/events.js';
import { columnsOf, type Io } from './output.js';
import { LiveWriter } from './render/live-writer.js';
import { Timeline } from './render/timeline.js';

export interface View extends Disposable {
  show(event: Event): void;
  /** A line of ours between those of the session. */
  note(text: string): void;
  /** Keeps the status away while somebody is asked. */
  hold(held: boolean): void;
  /** Whether the agent's messages are already on stdout. */
  readonly showsText: boolean;
}

/** The timeline goes to stdout when a person reads it there, else to stderr: stdout is data. */
export function openView(io: Io, options: { json: boolean; input: boolean; cwd: string }): View {
  if (options.json) {
    return { show: (event) => io.json(event), note: io.note, hold: () => undefined, showsText: true, [Symbol.dispose]: () => undefined };
  }
  const stream = io.stdout.isTTY === true ? io.stdout : io.stderr;
  const ink = io.ink(stream);
  const writer = new LiveWriter(stream, { dim: ink.dim });
  const timeline = new Timeline({ ink, columns: columnsOf(stream), input: options.input, cwd: options.cwd });
  return {
    show: (event) => writer.write(timeline.push(event)),
    note: (text) => writer.write(timeline.note(text)),
    hold: (held) => writer.hold(held),
    showsText: stream === io.stdout,
    [Symbol.dispose]: () => writer[Symbol.dispose](),
  };
}
