/** Whether Codex may run turns, and what it takes to change that: one decision for whoever asks. Pure. */

import { SpoolError } from '../base/errors.js';

export type SwitchState = 'on' | 'off';
export type SwitchWish = SwitchState | 'status';

/** What is to be done, in this order. */
export interface SwitchPlan {
  /** Whether the installed Codex is looked at, and whether the rest depends on it. */
  readonly look: 'must' | 'may' | 'no';
  /** The state to save; undefined where it is that already. */
  readonly save: SwitchState | undefined;
  readonly migrate: boolean;
  readonly says: string;
}

/** Other programs call the two `codex_app_server` and `auto`. Without a word it is told how things stand. Throws `invalid-input`. */
const WORDS: Readonly<Record<string, SwitchWish>> = {
  status: 'status',
  on: 'on',
  codex_app_server: 'on',
  'codex-app-server': 'on',
  off: 'off',
  auto: 'off',
};

export function wishOf(word: string | undefined): SwitchWish {
  const wish = WORDS[(word ?? 'status').trim().toLowerCase()];
  if (wish !== undefined) return wish;
  throw new SpoolError('invalid-input', `${JSON.stringify(word)} is no state of the runtime`, { hint: 'write on, off or status' });
}

/** `source`: whether there is something to migrate from, named now or remembered from the last time. */
export function planSwitch(now: SwitchState, wish: SwitchWish, source: boolean): SwitchPlan {
  if (wish === 'status') return { look: 'may', save: undefined, migrate: false, says: `the runtime is ${now}` };
  // Who turns it off may do so because Codex does not even start.
  if (wish === 'off') {
    const says = now === 'off' ? 'the runtime is off already' : 'the runtime is off: turns that run go on to their end, others are refused';
    return { look: 'no', save: now === 'off' ? undefined : 'off', migrate: false, says };
  }
  // It being on already is no reason to leave out a migration that was asked for.
  if (now === 'on') return { look: source ? 'may' : 'no', save: undefined, migrate: source, says: 'the runtime is on already' };
  return { look: 'must', save: 'on', migrate: source, says: 'the runtime is on, from the next turn' };
}
