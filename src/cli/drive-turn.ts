/** Runs one turn for somebody who watches: streams it, answers its questions, minds Ctrl-C and the clock. */

import { SpoolError } from '../base/errors.js';
import type { Client } from '../client/connect.js';
import type { RouteBody } from '../contract/routes.js';
import type { Session, Turn } from '../contract/session.js';
import { type ApproveMode, Approver } from './approver.js';
import type { Io } from './output.js';
import { openView } from './view.js';

export interface DriveOptions {
  readonly client: Client;
  readonly io: Io;
  readonly session: Session;
  readonly body: RouteBody<'requestTurn'>;
  readonly approve: ApproveMode;
  /** What `auto` says of an answer that it gives. */
  readonly autoNote?: string;
  readonly json: boolean;
  readonly timeoutMs?: number | undefined;
  readonly giveUpAfterMs?: number | undefined;
  /** Where the agent's final text goes when the timeline is not on stdout already; stdout unless given. */
  readonly finalText?: (text: string) => void;
}

/** Resolves to the exit status: 0 completed, 1 failed or interrupted, 124 out of time, what an interrupt asks for after one. */
export async function driveTurn(options: DriveOptions): Promise<number> {
  const { client, io, body, json, timeoutMs } = options;
  // It may have come while a host was being started: then nothing new is begun.
  if (io.interrupts.status !== undefined) return io.interrupts.status;
  const { id: session, cwd } = options.session;
  using view = openView(io, { json, input: false, cwd });
  const { approve: mode, autoNote = 'allowed: --approve auto' } = options;
  await using approver = new Approver({ client, io, mode, autoNote, onAsking: view.hold, onNote: view.note });
  const leave = new AbortController();
  let status: number | undefined;
  const stop = (reason: string, exit: number): void => {
    status ??= exit;
    view.note(reason);
    // The end comes as an event; when even that fails, there is nothing left to wait for.
    client.interrupt(session).catch(() => leave.abort());
  };
  using _interrupts = io.interrupts.take((times, exit) => {
    if (times === 1) stop('interrupting the turn; Ctrl-C again leaves at once', exit);
    else leave.abort();
  });
  using _clock = timer(timeoutMs, () => stop(`out of time after ${(timeoutMs ?? 0) / 1000} s; interrupting the turn`, 124));
  try {
    const { giveUpAfterMs } = options;
    const events = client.run(session, body, {
      signal: leave.signal,
      giveUpAfterMs,
      onCut: (error) => view.note(`${error.message}; trying again`),
    });
    let step = await events.next();
    for (; step.done !== true; step = await events.next()) {
      view.show(step.value);
      approver.see(step.value);
    }
    const { finalText } = step.value;
    // Half an answer is on stderr for people; a program gets a whole one or none.
    if (!view.showsText && finalText !== null && exitOf(step.value) === 0) (options.finalText ?? io.data)(finalText);
    return status ?? exitOf(step.value);
  } catch (error) {
    if (status !== undefined && SpoolError.from(error).code === 'cancelled') return status;
    throw error;
  }
}

/** The exit status of an ended turn. */
export function exitOf(turn: Turn): number {
  return turn.status === 'completed' ? 0 : 1;
}

function timer(ms: number | undefined, callback: () => void): Disposable {
  const id = ms === undefined ? undefined : setTimeout(callback, ms);
  return { [Symbol.dispose]: () => clearTimeout(id) };
}
