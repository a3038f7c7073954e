/** Opening a live stream, the same for every door: where it begins, what its first frame says, and the records that follow. */

import type { StreamOpened } from '../contract/stream.js';
import { isTaskId } from '../contract/task-events.js';
import type { Host, Principal } from '../host/face.js';
import type { Hub } from '../network/face.js';
import type { LogRecord } from '../ports/log.js';

/** Where streams come from. */
export interface Streams {
  readonly host: Host;
  readonly hub: Hub;
}

export interface StreamWanted {
  /** The id of a session or a task; undefined: all of them, from now on. */
  readonly stream: string | undefined;
  /** The position to go on behind; `end` for what comes from now on. Means nothing without a stream. */
  readonly after: number | 'end';
  /** Ends the records quietly. */
  readonly signal: AbortSignal;
}

export interface OpenStream {
  readonly opened: StreamOpened;
  readonly records: AsyncIterable<LogRecord>;
}

/** Rejects with `not-found` for an unknown session or task, before anything was followed. */
export async function openStream({ host, hub }: Streams, { stream, after, signal }: StreamWanted, by: Principal): Promise<OpenStream> {
  if (stream === undefined) return openAll(host, signal, by);
  const isTask = isTaskId(stream);
  const head = isTask ? await hub.head(stream, by) : await host.head(stream, by);
  const from = after === 'end' ? head : after;
  // Beyond the end of the log: it was put back from a backup, and the client knows events that never were.
  const gap = from > head;
  const query = { after: gap ? 0 : from, signal };
  const records = isTask ? hub.follow({ task: stream, ...query }, by) : host.follow({ session: stream, ...query }, by);
  return { opened: { resume: gap ? 'gap' : 'ok', head }, records };
}

async function openAll(host: Host, signal: AbortSignal, by: Principal): Promise<OpenStream> {
  const records = host.follow({ after: 0, signal }, by)[Symbol.asyncIterator]();
  // Following begins at the log's head as of the first `next`. It is called before the head is asked for, so that whoever has seen
  // `stream.opened` misses nothing that happens from then on.
  const first = records.next();
  first.catch(() => undefined);
  const { events } = await host.status();
  return { opened: { resume: 'ok', head: events }, records: resumed(first, records) };
}

async function* resumed(first: Promise<IteratorResult<LogRecord>>, rest: AsyncIterator<LogRecord>): AsyncIterable<LogRecord> {
  for (let next = await first; next.done !== true; next = await rest.next()) yield next.value;
}
