/**
 * Following a session: replay, then live, through cuts, restarts and times when no host answers. Each position comes once and in
 * order; what the wire repeats is dropped, what it skips is asked for again.
 */

import { type Backoff, delayOf } from '../base/backoff.js';
import { messageOf, SpoolError } from '../base/errors.js';
import type { Event } from '../contract/events.js';
import type { StreamOpened } from '../contract/stream.js';
import type { TaskEvent } from '../contract/task-events.js';
import { errorOfFailure, isPassing } from './answer-error.js';
import { PATHS, pathOf } from './paths.js';
import { type SseFrame, sseFrames } from './sse.js';
import type { Wire } from './wire.js';

export interface FollowOptions {
  /** Position behind which to start; 0, the beginning, when absent. */
  readonly after?: number | undefined;
  /** Ends the iteration quietly, also while it waits for a host. */
  readonly signal?: AbortSignal | undefined;
  /**
   * Called each time the stream is opened, before its events. After `resume: 'gap'` (the log ends before our position, as after
   * a restore from a backup) positions start again at 1, so what was built from earlier events is to be thrown away.
   */
  readonly onOpened?: ((opened: StreamOpened) => void) | undefined;
  /** Called when the stream was cut or refused, before the wait of `delayMs`. */
  readonly onCut?: ((error: SpoolError, delayMs: number) => void) | undefined;
  /** How long nobody may answer before the last error is thrown; for as long as it takes when absent. */
  readonly giveUpAfterMs?: number | undefined;
  readonly backoff?: Backoff | undefined;
  /** How long the stream may be silent before it counts as cut. The host says something every 15 s. */
  readonly silenceMs?: number | undefined;
}

const BACKOFF: Backoff = { firstMs: 100, maxMs: 5_000 };
const SILENCE_MS = 45_000;

/** How often in a row the same position may be skipped before it is the host's error and no accident of the wire. */
const SKIPS = 3;

interface Placed {
  readonly position: number;
}

interface Progress {
  position: number;
  /** Failed tries since the stream last said anything. */
  attempt: number;
  downSince: number | undefined;
  skips: number;
}

/**
 * Events of a session behind `after`, for ever. Throws at once what waiting cannot mend (unauthorized, forbidden, not-found, invalid
 * input); waits and comes back after everything else. Leaving the loop closes the connection.
 */
export function follow(wire: Wire, session: string, options: FollowOptions = {}): AsyncGenerator<Event, void> {
  return followStream<Event>(wire, pathOf(PATHS.events[1], { id: session }, {}), options);
}

/** The same for the events of a task. */
export function followTask(wire: Wire, task: string, options: FollowOptions = {}): AsyncGenerator<TaskEvent, void> {
  return followStream<TaskEvent>(wire, pathOf(PATHS.taskEvents[1], { id: task }, {}), options);
}

async function* followStream<E extends Placed>(wire: Wire, path: string, options: FollowOptions): AsyncGenerator<E, void> {
  const { signal } = options;
  const progress: Progress = { position: options.after ?? 0, attempt: 0, downSince: undefined, skips: 0 };
  while (!isAborted(signal)) {
    let failure: SpoolError;
    try {
      yield* connection<E>(wire, path, options, progress);
      failure = new SpoolError('unavailable', 'the host closed the stream');
    } catch (thrown) {
      failure = errorOfFailure(thrown, wire.url, signal);
      if (isAborted(signal)) return;
      if (!isPassing(failure)) throw failure;
    }
    progress.downSince ??= Date.now();
    if (options.giveUpAfterMs !== undefined && Date.now() - progress.downSince >= options.giveUpAfterMs) throw failure;
    const delayMs = delayOf(options.backoff ?? BACKOFF, progress.attempt++);
    options.onCut?.(failure, delayMs);
    await pause(delayMs, signal);
  }
}

/** Asked anew each time: the compiler takes a signal's state for settled once it was looked at. */
function isAborted(signal: AbortSignal | undefined): boolean {
  return signal?.aborted === true;
}

/** One connection, from its opening to its cut. */
async function* connection<E extends Placed>(
  wire: Wire,
  path: string,
  options: FollowOptions,
  progress: Progress,
): AsyncGenerator<E, void> {
  using quiet = new Silence(options.silenceMs ?? SILENCE_MS, options.signal);
  const after = progress.position;
  const response = await wire.send('GET', `${path}?after=${after}`, {
    accept: 'text/event-stream',
    signal: quiet.signal,
    headers: { 'last-event-id': String(after) },
  });
  if (response.body === null || !(response.headers.get('content-type') ?? '').startsWith('text/event-stream')) {
    await response.body?.cancel();
    throw new SpoolError('invalid-input', `${wire.url} did not answer with a stream of events`, { hint: 'check the address' });
  }
  let mayJumpTo = 0;
  for await (const frame of sseFrames(response.body)) {
    quiet.heard();
    if (frame.type === 'frame' && frame.event === 'stream.opened') {
      const opened = JSON.parse(frame.data) as StreamOpened & { readonly pruned?: boolean };
      if (opened.resume === 'gap') progress.position = 0;
      // Pruned deltas leave holes behind, but only in what was written before the stream was opened.
      mayJumpTo = opened.pruned === true ? opened.head : 0;
      options.onOpened?.(opened);
      continue;
    }
    // The opening alone does not count: a host that opens and falls over each time is not up.
    progress.attempt = 0;
    progress.downSince = undefined;
    const event = eventOf<E>(frame);
    if (event === undefined || event.position <= progress.position) continue;
    if (event.position !== progress.position + 1 && event.position > mayJumpTo) throw skipped(progress, event.position);
    progress.position = event.position;
    progress.skips = 0;
    yield event;
  }
}

function eventOf<E extends Placed>(frame: SseFrame): E | undefined {
  if (frame.type === 'comment' || frame.id === undefined) return undefined;
  try {
    return JSON.parse(frame.data) as E;
  } catch (error) {
    throw new SpoolError('unavailable', `an event arrived damaged: ${messageOf(error)}`, { cause: error });
  }
}

function skipped(progress: Progress, position: number): SpoolError {
  progress.skips += 1;
  const message = `the stream went from position ${progress.position} to ${position}`;
  return new SpoolError(progress.skips < SKIPS ? 'unavailable' : 'log-damaged', message, { hint: 'look at the log of the host' });
}

/** Aborts when the caller does, or when nothing was heard for too long: a connection may die without a word. */
class Silence implements Disposable {
  readonly #abort = new AbortController();
  readonly #ms: number;
  readonly #outer: AbortSignal | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(ms: number, outer: AbortSignal | undefined) {
    this.#ms = ms;
    this.#outer = outer;
    outer?.addEventListener('abort', this.#stop);
    this.heard();
  }

  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  readonly #stop = (): void => this.#abort.abort();

  heard(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(this.#stop, this.#ms);
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
    this.#outer?.removeEventListener('abort', this.#stop);
    this.#abort.abort();
  }
}

/** Resolves after `ms`, or at once when `signal` is aborted. Keeps a process alive, as an open connection would. */
export function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal?.addEventListener('abort', done);
    if (signal?.aborted === true) done();
  });
}
