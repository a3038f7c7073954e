/** Runs one turn for somebody who watches: streams it, answers its questions, minds Ctrl-C and the clock. */

import { SpoolError } from '../base/errors.js';
import type { Client } from '../client/connect.js';
import type { Session, Turn, TurnAccepted } from '../contract/session.js';
import { type ApproveMode, Approver } from './approver.js';
import type { Io } from './output.js';
import { openView, type View } from './view.js';

export interface DriveOptions {
  readonly client: Client;
  readonly io: Io;
  readonly session: Session;
  /** Asks for the turn. */
  readonly begin: (signal: AbortSignal) => Promise<TurnAccepted>;
  readonly approve: ApproveMode;
  /** What `auto` says of an answer that the host has given. */
  readonly autoNote?: string;
  readonly json: boolean;
  readonly timeoutMs?: number | undefined;
  readonly giveUpAfterMs?: number | undefined;
  /** Where the agent's final text goes when the timeline is not on stdout already; stdout unless given. */
  readonly finalText?: (text: string) => void;
}

/** Resolves to the exit status: 0 completed, 1 failed or interrupted, 124 out of time, what an interrupt asks for after one. */
export async function driveTurn(options: DriveOptions): Promise<number> {
  const { client, io, json, timeoutMs, approve: mode, autoNote } = options;
  // It may have come while a host was being started: then nothing new is begun.
  if (io.interrupts.status !== undefined) return io.interrupts.status;
  const { id: session, cwd } = options.session;
  using view = openView(io, { json, input: false, cwd, asks: mode !== 'deny' && io.canAsk });
  const notes = { onAsking: view.ask, onNote: view.note, ...(autoNote === undefined ? {} : { autoNote }) };
  await using approver = new Approver({ client, io, mode, ...notes });
  const leave = new AbortController();
  let status: number | undefined;
  let accepted: TurnAccepted | undefined;
  const stop = (reason: string, exit: number): void => {
    status ??= exit;
    view.note(reason);
    // The end comes as an event; when even that fails, there is nothing left to wait for.
    takeBack(client, session, accepted).catch(() => leave.abort());
  };
  using _interrupts = io.interrupts.take((times, exit) => {
    if (times === 1) stop('interrupting the turn; Ctrl-C again leaves at once', exit);
    else leave.abort();
  });
  using _clock = timer(timeoutMs, () => stop(`out of time after ${(timeoutMs ?? 0) / 1000} s; interrupting the turn`, 124));
  try {
    accepted = await options.begin(leave.signal);
    const turn = await watch(options, accepted, view, approver, leave.signal);
    // Half an answer is on stderr for people; a program gets a whole one or none.
    if (!view.showsText && turn.finalText !== null && exitOf(turn) === 0) (options.finalText ?? io.data)(turn.finalText);
    return status ?? exitOf(turn);
  } catch (error) {
    if (status !== undefined && SpoolError.from(error).code === 'cancelled') return status;
    throw error;
  }
}

async function watch(
  { client, session, giveUpAfterMs }: DriveOptions,
  accepted: TurnAccepted,
  view: View,
  approver: Approver,
  signal: AbortSignal,
): Promise<Turn> {
  const onCut = (error: SpoolError): void => view.note(`${error.message}; trying again`);
  const events = client.watch(session.id, accepted, { signal, giveUpAfterMs, onCut });
  let step = await events.next();
  for (; step.done !== true; step = await events.next()) {
    view.show(step.value);
    approver.see(step.value);
  }
  return step.value;
}

/** A turn that still waits behind another one is taken out of the queue: the other one is not ours to interrupt. */
async function takeBack(client: Client, session: string, accepted: TurnAccepted | undefined): Promise<void> {
  if (accepted?.disposition === 'queued') {
    try {
      await client.turns.cancel(session, accepted.turn.id);
      return;
    } catch (error) {
      // It has begun meanwhile.
      if (SpoolError.from(error).code !== 'conflict') throw error;
    }
  }
  await client.interrupt(session);
}

/** The exit status of an ended turn. */
export function exitOf(turn: Turn): number {
  return turn.status === 'completed' ? 0 : 1;
}

function timer(ms: number | undefined, callback: () => void): Disposable {
  const id = ms === undefined ? undefined : setTimeout(callback, ms);
  return { [Symbol.dispose]: () => clearTimeout(id) };
}
