/** `spool wait` */

import { SpoolError } from '../../base/errors.js';
import type { Client } from '../../client/connect.js';
import { isTurnEnd } from '../../client/run-turn.js';
import type { Turn } from '../../contract/session.js';
import { command } from '../command.js';
import { clientOf, HOST_FLAGS } from '../connect.js';
import { exitOf } from '../drive-turn.js';
import { pickSession, pickTurn } from '../pick.js';
import { wholeNumber } from '../whole-number.js';

export const wait = command({
  about:
    'Waits until a session has nothing more to do and prints the final text of its last turn; exits 1 when that one failed. With --turn it waits for that turn alone.',
  args: {
    session: { type: 'positional', description: 'the session, or a part of its id' },
    turn: { type: 'string', valueHint: 'turn', description: 'this turn, as `spool send` prints it, or a part of its id' },
    timeout: { type: 'string', valueHint: 'seconds', description: 'gives up after so long, with exit status 124' },
    ...HOST_FLAGS,
  },
  async run(args, io) {
    const client = clientOf(args, io);
    const seconds = wholeNumber('--timeout', args.timeout, 1);
    const { id } = await pickSession(client, args.session);
    const signal = seconds === undefined ? undefined : AbortSignal.timeout(seconds * 1000);
    const turn = args.turn === undefined ? await lastTurnOnceIdle(client, id, signal) : await endOf(client, id, args.turn, signal);
    if (turn === undefined) {
      throw new SpoolError('timeout', `the ${args.turn === undefined ? 'session still works' : 'turn still runs'} after ${seconds} s`);
    }
    if (turn === null) {
      if (args.json) io.json(null);
      else io.note('the session has had no turn yet');
      return 0;
    }
    if (args.json) io.json(turn);
    else if (turn.finalText !== null && exitOf(turn) === 0) io.data(turn.finalText);
    if (!args.json && turn.status === 'interrupted') io.note('interrupted');
    if (!args.json && turn.error !== null) io.note(`${turn.status}: ${turn.error.message} (${turn.error.code})`);
    return exitOf(turn);
  },
});

/** Undefined when `signal` came first. */
async function endOf(client: Client, id: string, typed: string, signal: AbortSignal | undefined): Promise<Turn | undefined> {
  const { id: turn } = await pickTurn(client, id, typed);
  try {
    return await client.wait(id, turn, { signal });
  } catch (error) {
    if (signal?.aborted === true) return undefined;
    throw error;
  }
}

/** Null when there is none; undefined when `signal` came first. */
async function lastTurnOnceIdle(client: Client, id: string, signal: AbortSignal | undefined): Promise<Turn | null | undefined> {
  const idle = async (): Promise<{ position: number; last: string | null } | number> => {
    const { currentTurn, queued, lastTurn, position } = await client.sessions.get(id);
    return currentTurn === null && queued === 0 ? { position, last: lastTurn?.id ?? null } : position;
  };
  let now = await idle();
  if (typeof now === 'number') {
    for await (const event of client.follow(id, { after: now, signal })) {
      if (!isTurnEnd(event)) continue;
      now = await idle();
      if (typeof now !== 'number') break;
    }
  }
  if (typeof now === 'number') return undefined;
  return now.last === null ? null : await client.turns.get(id, now.last);
}
