/** What is to be done in a round, drawn from the seed before it begins. */

import type { EventType } from '../src/contract/events.js';
import type { TurnMode } from '../src/contract/words.js';
import { Dice } from '../src/testing/seeded.js';

/** What a client waits for before it goes on; the end of the turn always lets it go on too. */
export type Until = 'nothing' | 'started' | 'piece' | 'asked' | 'end';

export type Move =
  | {
      readonly do: 'turn';
      readonly tag: string;
      readonly input: string;
      readonly mode: TurnMode;
      readonly until: Until;
      readonly repeat: Repeat;
    }
  | { readonly do: 'interrupt' }
  | { readonly do: 'cancel' }
  | { readonly do: 'move'; readonly toEnd: boolean }
  | { readonly do: 'cut'; readonly again: number };

/** `twice`: the same command once more behind its answer; `at-once`: twice in the same moment. */
export type Repeat = 'no' | 'twice' | 'at-once';

export interface SessionPlan {
  readonly name: string;
  /** Every command is asked about. */
  readonly asks: boolean;
  readonly moves: readonly Move[];
}

export type StrikeKind = 'host' | 'host-politely' | 'codex' | 'both' | 'host-twice' | 'disk' | 'disk-and-host' | 'disk-and-codex';

/** A kill: when the n-th such thing has been seen since the one before. */
export interface Strike {
  readonly kind: StrikeKind;
  readonly on: EventType | 'command';
  readonly nth: number;
}

export interface RoundPlan {
  readonly seed: number;
  readonly sessions: readonly SessionPlan[];
  readonly strikes: readonly Strike[];
}

export interface RoundSize {
  readonly sessions: number;
  readonly turns: number;
  readonly strikes: number;
  /** How many events of a kind go by between two kills, at most. */
  readonly apart: number;
  /** What is done, by weight. */
  readonly kinds: readonly (readonly [weight: number, kind: StrikeKind])[];
}

export const KILLS: RoundSize['kinds'] = [
  [8, 'host'],
  [5, 'codex'],
  [3, 'both'],
  [2, 'host-politely'],
  [1, 'host-twice'],
];

export const FULL_DISKS: RoundSize['kinds'] = [
  [2, 'disk'],
  [2, 'disk-and-host'],
  [1, 'disk-and-codex'],
  [1, 'host'],
];

export function planRound(seed: number, size: RoundSize): RoundPlan {
  const dice = new Dice(seed);
  const each = Math.ceil(size.turns / size.sessions);
  const sessions = Array.from({ length: size.sessions }, (_, index) => planSession(dice, `s${index + 1}`, each));
  return { seed, sessions, strikes: Array.from({ length: size.strikes }, () => planStrike(dice, size)) };
}

function planSession(dice: Dice, name: string, turns: number): SessionPlan {
  const moves: Move[] = [];
  for (let turn = 1; turn <= turns; turn += 1) {
    const tag = `${name}t${turn}`;
    const between = dice.draw();
    if (between < 0.2 && turn + 2 <= turns) {
      moves.push(...planQueue(dice, name, turn));
      turn += 2;
      continue;
    }
    moves.push(planTurn(dice, tag));
    if (between < 0.32) moves.push({ do: 'interrupt' });
    else if (between < 0.45) moves.push({ do: 'cut', again: dice.hits(0.6) ? 0 : dice.between(1, 40) });
  }
  return { name, asks: dice.hits(0.5), moves };
}

/** A turn that takes a while, two that wait behind it, and something that is done to those. */
function planQueue(dice: Dice, name: string, turn: number): Move[] {
  const behind = (nth: number): Move => {
    const tag = `${name}t${turn + nth}`;
    return { do: 'turn', tag, input: `#${tag}# ${planInput(dice, tag)}`, mode: 'queue', until: 'nothing', repeat: 'no' };
  };
  const tag = `${name}t${turn}`;
  const input = `#${tag}# [[deltas:${dice.between(5, 25)}:${dice.between(2, 8)}]]`;
  const first: Move = { do: 'turn', tag, input, mode: 'auto', until: 'nothing', repeat: 'no' };
  const change = (): Move => (dice.hits(0.5) ? { do: 'cancel' } : { do: 'move', toEnd: dice.hits(0.5) });
  return [first, behind(1), behind(2), change(), ...(dice.hits(0.5) ? [change()] : [])];
}

function planTurn(dice: Dice, tag: string): Move {
  const mode = dice.pick<TurnMode>([
    [5, 'auto'],
    [2, 'queue'],
    [2, 'steer'],
    [1, 'reject'],
  ]);
  const until = dice.pick<Until>([
    [5, 'nothing'],
    [3, 'started'],
    [3, 'piece'],
    [2, 'asked'],
    [3, 'end'],
  ]);
  const repeat = dice.pick<Repeat>([
    [6, 'no'],
    [1, 'twice'],
    [1, 'at-once'],
  ]);
  return { do: 'turn', tag, input: `#${tag}# ${planInput(dice, tag)}`, mode, until, repeat };
}

function planInput(dice: Dice, tag: string): string {
  const deltas = (): string => `[[deltas:${dice.between(3, 20)}:${dice.between(0, 6)}]]`;
  switch (dice.between(0, 5)) {
    case 0:
      return 'say this back';
    case 1:
      return `[[text:the answer to ${tag}]]`;
    case 2:
      return deltas();
    case 3:
      return `${deltas()} [[sh:echo ${tag}]] [[text:done with ${tag}]]`;
    case 4:
      return `[[sh:echo ${tag}]] ${deltas()}`;
    default:
      return `[[sh:echo ${tag}a]] [[sh:echo ${tag}b]] [[text:both done]]`;
  }
}

function planStrike(dice: Dice, { apart, kinds }: RoundSize): Strike {
  const kind = dice.pick(kinds);
  const on = dice.pick<Strike['on']>([
    [3, 'command'],
    [2, 'turn.requested'],
    [3, 'turn.started'],
    [2, 'turn.queued'],
    [1, 'turn.steered'],
    [1, 'turn.interrupting'],
    [2, 'item.delta'],
    [2, 'item.completed'],
    [2, 'approval.asked'],
    [2, 'approval.answered'],
    [3, 'turn.completed'],
  ]);
  const rare = on === 'turn.steered' || on === 'turn.interrupting' || on.startsWith('approval.');
  return { kind, on, nth: dice.between(1, Math.max(1, rare ? Math.ceil(apart / 4) : apart)) };
}
