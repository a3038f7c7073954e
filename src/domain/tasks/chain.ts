/** Whether a task may be sent: who may ask whom, how deep a chain of tasks may go, and how much it may take. */

import type { TaskBudget } from '../../contract/task.js';

/** What is known of the one that is to be asked, or that asks. */
export interface Party {
  readonly alias: string;
  /** Whether it takes part in tasks of agents at all. */
  readonly takesPart: boolean;
  readonly from: readonly string[] | undefined;
  readonly to: readonly string[] | undefined;
}

export interface ChainWish {
  /** Who asked whom so far, the sender last; only the sender where it is the first. */
  readonly chain: readonly string[];
  /** Undefined: a person. */
  readonly sender: Party | undefined;
  readonly target: Party;
  /** Of the whole chain. */
  readonly spent: { readonly tasks: number; readonly tokens: number };
  readonly budget: TaskBudget | null;
}

/** How many tasks deep a chain may go. */
export const MOST_DEEP = 8;
export const DEFAULT_TASKS = 100;

/** Why it must not be; undefined when it may. */
export function refusalOf({ chain, sender, target, spent, budget }: ChainWish): string | undefined {
  const whole = [...chain, target.alias].join(' → ');
  if (sender !== undefined) {
    if (!sender.takesPart) return `${sender.alias} takes no part in tasks: its configuration has no "tasks"`;
    if (!target.takesPart) return `${target.alias} takes no tasks of agents: its configuration has no "tasks"`;
    if (sender.to?.includes(target.alias) === false) return `${sender.alias} may send tasks only to ${list(sender.to)}`;
    if (target.from?.includes(sender.alias) === false) return `${target.alias} takes tasks only from ${list(target.from)}`;
  }
  if (chain.includes(target.alias)) {
    return sender?.alias === target.alias
      ? `${target.alias} would send a task to itself: ${whole}`
      : `${target.alias} stands in this chain already, and would wait for itself: ${whole}`;
  }
  if (chain.length > MOST_DEEP) return `the chain is ${chain.length} tasks deep, and ${MOST_DEEP} is the most: ${whole}`;
  const tasks = budget?.tasks ?? DEFAULT_TASKS;
  if (spent.tasks >= tasks) return `the chain has taken ${spent.tasks} tasks, which is all that it may: ${whole}`;
  if (budget?.tokens !== undefined && spent.tokens >= budget.tokens) {
    return `the chain has taken ${spent.tokens} tokens of the model, and ${budget.tokens} is all that it may: ${whole}`;
  }
  return undefined;
}

/** What to do about it, for the agent that reads it. */
export function hintOf({ chain, target }: ChainWish): string {
  return chain.includes(target.alias)
    ? 'whoever works on a task answers it with its reply, and does not send the sender a new one'
    : 'a person who operates the host can send it';
}

function list(aliases: readonly string[]): string {
  return aliases.length === 0 ? 'nobody' : aliases.join(', ');
}
