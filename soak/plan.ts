/** What is to be done in a soak, drawn from the seed before it begins: who takes part, what each is asked, and when what is killed. */

import { Dice } from '../src/testing/seeded.js';
import { type AgentPlan, CAST_SIZES, type CastSize, castOf } from './cast.js';
import { type LocalWork, localInput, modelTag, sendingInput } from './local-work.js';

export interface SoakSize {
  readonly cast: CastSize;
  /** How many tasks are planned, those that agents send among them. */
  readonly tasks: number;
  /** How many are under way at once, of those that the owner sends. */
  readonly atOnce: number;
  readonly kills: number;
}

/** More than a thousand are planned: one that is called off does not send what it was to send. */
export const WHOLE: SoakSize = { cast: CAST_SIZES.whole, tasks: 1080, atOnce: 48, kills: 60 };
export const QUICK: SoakSize = { cast: CAST_SIZES.quick, tasks: 120, atOnce: 24, kills: 10 };

/** What an agent from elsewhere does, one after the other. */
export type Step =
  | { readonly do: 'pause'; readonly ms: number }
  | { readonly do: 'effect' }
  | { readonly do: 'progress'; readonly text: string }
  | { readonly do: 'fail'; readonly retryable: boolean }
  | {
      readonly do: 'send';
      readonly tag: string;
      readonly to: string;
      readonly input: string;
      readonly wait: boolean;
    };

export interface TaskPlan {
  readonly tag: string;
  readonly to: string;
  readonly input: string;
  readonly deadlineSeconds?: number;
  readonly queueSeconds?: number;
  readonly session?: 'pair';
  readonly hold?: true;
  /** The sender calls it off so long after it was sent. */
  readonly cancelAfterMs?: number;
  /** The same request once more behind its answer, or twice in the same moment. */
  readonly repeat: 'no' | 'twice' | 'at-once';
}

export const STRIKES = [
  'host',
  'host-politely',
  'host-twice',
  'host-and-codex',
  'codex',
  'exec',
  'opencode',
  'outside',
  'outside-and-host',
] as const;
export type StrikeKind = (typeof STRIKES)[number];

export interface Strike {
  readonly kind: StrikeKind;
  /** When so many of the owner's tasks have ended. */
  readonly at: number;
  /** And so long after that. */
  readonly ms: number;
  /** Which one, of those that there are then. */
  readonly draw: number;
}

export interface SoakPlan {
  readonly seed: number;
  readonly agents: readonly AgentPlan[];
  readonly tasks: readonly TaskPlan[];
  readonly strikes: readonly Strike[];
}

export function planSoak(seed: number, size: SoakSize): SoakPlan {
  const dice = new Dice(seed);
  const agents = castOf(size.cast);
  const tasks: TaskPlan[] = [];
  const planner = new Planner(dice, agents);
  while (planner.count < size.tasks) tasks.push(planner.root());
  return { seed, agents, tasks, strikes: planStrikes(dice, size, tasks.length) };
}

function planStrikes(dice: Dice, { kills, cast }: SoakSize, tasks: number): Strike[] {
  const kinds: [number, StrikeKind][] = [
    [24, 'host'],
    [6, 'host-politely'],
    [3, 'host-twice'],
    [cast.codex > 0 ? 4 : 0, 'host-and-codex'],
    [cast.codex > 0 ? 8 : 0, 'codex'],
    [cast.exec > 0 ? 4 : 0, 'exec'],
    [cast.opencode > 0 ? 3 : 0, 'opencode'],
    [cast.outside > 0 ? 12 : 0, 'outside'],
    [cast.outside > 0 ? 3 : 0, 'outside-and-host'],
  ];
  // The last tasks are left alone, so that each strike meets some work.
  const apart = (tasks * 0.94) / kills;
  return Array.from({ length: kills }, (_, nth) => ({
    kind: dice.pick(kinds),
    at: Math.floor(nth * apart + dice.draw() * apart),
    ms: dice.between(0, 400),
    draw: dice.draw(),
  }));
}

class Planner {
  count = 0;
  readonly #dice: Dice;
  readonly #agents: readonly AgentPlan[];
  #roots = 0;

  constructor(dice: Dice, agents: readonly AgentPlan[]) {
    this.#dice = dice;
    this.#agents = agents;
  }

  root(): TaskPlan {
    const dice = this.#dice;
    this.#roots += 1;
    const tag = `t${this.#roots}`;
    const target = dice.pick(this.#agents.map((agent) => [agent.weight, agent] as const));
    const slow = dice.hits(0.25);
    const input = this.#input(tag, target, slow, 0);
    const how = dice.draw();
    return {
      ...{ tag, to: target.alias, input },
      ...(dice.hits(0.15) && target.kind === 'local' ? { session: 'pair' as const } : {}),
      ...(how < 0.07 ? { cancelAfterMs: dice.between(0, 1500) } : {}),
      ...(how >= 0.07 && how < 0.12 ? { hold: true as const } : {}),
      ...(how >= 0.12 && how < 0.18 ? { deadlineSeconds: dice.between(2, 40) / 10 } : {}),
      ...(how >= 0.18 && how < 0.23 ? { queueSeconds: dice.between(1, 20) / 10 } : {}),
      repeat: dice.pick<TaskPlan['repeat']>([
        [12, 'no'],
        [2, 'twice'],
        [2, 'at-once'],
      ]),
    };
  }

  #input(tag: string, target: AgentPlan, slow: boolean, depth: number): string {
    this.count += 1;
    if (target.kind === 'person') return `#${tag}# what do you think?`;
    if (target.kind === 'outside') return this.#outsideInput(tag, target, slow, depth);
    const sends = target.runtime === 'codex-app-server' && !target.asks && this.#dice.hits(0.25);
    return sends ? this.#sendingInput(tag, target) : localInput(tag, target, this.#localWork(target, slow));
  }

  /** By the real Codex, with the tool that it has. What it sends does nothing in the world: its tag may be there twice. */
  #sendingInput(tag: string, { alias }: AgentPlan): string {
    const to = this.#dice.pick(this.#agents.filter(({ runtime }) => runtime === 'mock').map((agent) => [1, agent] as const));
    this.count += 1;
    return sendingInput(tag, alias, { to: to.alias, task: localInput(modelTag(tag), to, 'answer') });
  }

  #localWork(target: AgentPlan, slow: boolean): LocalWork {
    return this.#dice.pick<LocalWork>([
      [4, 'answer'],
      [slow ? 0 : 8, 'effect'],
      [slow ? 12 : 0, 'slow-effect'],
      [2, 'stream'],
      [target.asks ? 4 : 0, 'ask'],
      [target.runtime === 'mock' ? 0.5 : 0, 'fail'],
    ]);
  }

  #outsideInput(tag: string, target: AgentPlan, slow: boolean, depth: number): string {
    const dice = this.#dice;
    const steps: Step[] = [{ do: 'pause', ms: slow ? dice.between(400, 2000) : dice.between(0, 120) }];
    if (dice.hits(0.2)) steps.push({ do: 'progress', text: `on ${tag}` });
    const children = depth < 3 && dice.hits(0.45) ? dice.between(1, 3) : 0;
    for (let n = 1; n <= children; n += 1) steps.push(...this.#child(`${tag}x${n}`, target, depth));
    if (dice.hits(0.75)) steps.splice(dice.between(1, steps.length), 0, { do: 'effect' });
    steps.push({ do: 'pause', ms: dice.between(0, 150) });
    if (dice.hits(0.05)) steps.push({ do: 'fail', retryable: dice.hits(0.5) });
    return JSON.stringify({ tag, steps });
  }

  /** Only one that comes later in the cast is asked, so that no two wait for each other. */
  #child(tag: string, from: AgentPlan, depth: number): Step[] {
    const dice = this.#dice;
    const later = this.#agents.filter(({ rank, weight }) => rank > from.rank && weight > 0);
    const to = dice.pick(later.map((agent) => [agent.kind === 'person' ? 1 : agent.weight, agent] as const));
    const input = this.#input(tag, to, dice.hits(0.15), depth + 1);
    return [{ do: 'send', tag, to: to.alias, input, wait: dice.hits(0.5) }];
  }
}
