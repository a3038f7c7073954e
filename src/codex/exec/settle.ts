/** What became of a turn whose host died: its process is gone with it, and what it had done by then stands in Codex's own record. */

import { SpoolError } from '../../base/errors.js';
import type { AgentThread, Fact } from '../../ports/agent.js';
import { findRollout } from '../rollout/find.js';
import { sequelIn } from '../rollout/sequel.js';
import { digestOf, type Entry } from './book.js';
import { messageId } from './turn-facts.js';

export interface Settled {
  readonly state: Exclude<AgentThread['unsettled'], undefined | 'running'>;
  /** What was missed. */
  readonly facts: readonly Fact[];
}

const UNKNOWN: Settled = { state: 'unknown', facts: [] };

export async function settle(turn: string, entry: Entry | undefined): Promise<Settled> {
  if (entry?.thread === undefined || entry.turn?.id !== turn) return UNKNOWN;
  const file = findRollout(entry.home, entry.thread);
  const sequel = file === undefined ? undefined : await sequelIn(file, entry.turn.from);
  // Somebody else may have gone on with the conversation meanwhile.
  if (sequel === undefined || (sequel.said !== undefined && digestOf(sequel.said) !== entry.turn.said)) return UNKNOWN;
  const messages = sequel.messages.map(
    (text, at): Fact => ({ type: 'item.completed', turn, item: { id: messageId(turn, at), kind: 'agentMessage', text } }),
  );
  const begun: Fact = { type: 'turn.started', turn, ref: turn };
  return { state: 'ended', facts: [begun, ...messages, endOf(turn, sequel.end === 'completed')] };
}

/** One that was begun is never given to Codex again: what its commands had done by then is not known. */
function endOf(turn: string, completed: boolean): Fact {
  if (completed) return { type: 'turn.completed', turn, usage: null };
  const message = 'the process of the turn ended with the host that had started it';
  return { type: 'turn.failed', turn, error: { code: 'runtime-exited', message, retryable: true } };
}

/** What is said of a conversation that is not there. */
export function notThere(id: string, home: string): SpoolError {
  return new SpoolError('not-found', `there is no conversation ${id} in ${home}`, {
    hint: 'an archived one is put back with: codex unarchive ID',
  });
}
