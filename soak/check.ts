/** The checks behind a soak: nothing that was acknowledged is lost, nothing was done twice, and nobody had more than it takes at once. */

import type { Api } from '../chaos/api.js';
import { must } from '../chaos/broken.js';
import { inputText, type Node, type Task } from '../src/contract/task.js';
import type { AgentPlan } from './cast.js';
import { checkEffects, checkHistory, checkReply, type Repeats } from './check-task.js';
import { allTasks, historyOf, type TaskHistory } from './history.js';
import type { Effect, Ledger } from './ledger.js';
import { isModelTag, tagIn } from './local-work.js';

export interface Checked {
  readonly tasks: readonly Task[];
  readonly events: number;
  readonly repeats: Repeats;
  /** Attempts behind the first, of all tasks. */
  readonly retries: number;
  /** Tasks that a rule of the hub did not let pass. */
  readonly refused: number;
}

export interface CheckParts {
  readonly api: Api;
  readonly ledger: Ledger;
  readonly agents: readonly AgentPlan[];
  /** Tasks that the owner was told of, by tag. */
  readonly acknowledged: ReadonlyMap<string, string>;
}

export async function checkTasks({ api, ledger, agents, acknowledged }: CheckParts): Promise<Checked> {
  const tasks = await allTasks(api);
  const byTag = tagged(tasks);
  const sent = ledger.sent().filter(({ status }) => status === 202);
  for (const [tag, id] of [...acknowledged, ...sent.map((one) => [one.tag, one.id ?? ''] as const)]) {
    must(
      byTag.get(tag)?.id === id,
      'what was acknowledged is there',
      () => `${tag}: acknowledged as ${id}, there is ${byTag.get(tag)?.id}`,
    );
  }
  const [effects, given] = [ledger.effects(), ledger.given()];
  const repeats: Repeats = { decided: 0, unrecorded: [] };
  const histories: TaskHistory[] = [];
  for (const task of tasks) {
    const history = await historyOf(api, task);
    histories.push(history);
    checkHistory(history);
    const done = effects.filter(({ tag }) => byTag.get(tag)?.id === task.id);
    await checkEffects(api, history, done, repeats);
    checkDone(task, done);
    checkReply(history, given);
  }
  for (const agent of agents) checkAtOnce(agent, histories);
  return {
    tasks,
    repeats,
    events: histories.reduce((sum, { events }) => sum + events.length, 0),
    retries: histories.reduce((sum, { events }) => sum + Math.max(0, events.filter(({ type }) => type === 'task.leased').length - 1), 0),
    refused: tasks.filter(({ error }) => error?.code === 'refused').length,
  };
}

function tagged(tasks: readonly Task[]): Map<string, Task> {
  const byTag = new Map<string, Task>();
  for (const task of tasks) {
    const tag = tagIn(inputText(task.input));
    must(tag !== undefined, 'every task has a sender that is known', () => JSON.stringify(task));
    const other = byTag.get(tag);
    if (other !== undefined && isModelTag(tag)) {
      must(other.parent === task.parent, 'what a model sends is sent from its own task', () => `${tag}: ${other.id}, ${task.id}`);
      continue;
    }
    must(other === undefined, 'what is sent is there once', () => `${tag}: ${task.id} and ${other?.id ?? ''}`);
    byTag.set(tag, task);
  }
  return byTag;
}

/** A task that was replied to has been done. */
function checkDone(task: Task, done: readonly Effect[]): void {
  const input = inputText(task.input);
  const wanted = input.startsWith('{') ? input.includes('"do":"effect"') : /\[\[(?:sh|tool:bash):| (?:slow-)?effect$/.test(input);
  if (task.status !== 'replied' || !wanted || task.to === 'person') return;
  must(done.length > 0, 'what was replied to has been done', () => `${task.id}: ${input.slice(0, 200)}`);
}

/** By the events of all its tasks: how many an agent had at once, at most. */
function checkAtOnce({ alias, kind, atOnce }: AgentPlan, histories: readonly TaskHistory[]): void {
  if (kind === 'person') return;
  const moves = histories.filter(({ task }) => task.to === alias).flatMap(movesOf);
  // What ends in a millisecond makes room for what begins in the same.
  moves.sort((a, b) => a.at - b.at || a.by - b.by);
  let has = 0;
  for (const { at, by, task } of moves) {
    has += by;
    must(
      has <= atOnce,
      'an agent has no more tasks at once than it takes',
      () => `${alias}: ${has} at ${new Date(at).toISOString()}, ${task}`,
    );
  }
}

function movesOf({ task, events }: TaskHistory): { readonly at: number; readonly by: 1 | -1; readonly task: string }[] {
  const moves: { at: number; by: 1 | -1; task: string }[] = [];
  let has = false;
  for (const event of events) {
    const lets =
      ['task.requeued', 'task.replied', 'task.failed', 'task.cancelled', 'task.expired'].includes(event.type) ||
      (event.type === 'task.waiting' && event.data.for === 'decision');
    if (event.type === 'task.leased' && !has) moves.push({ at: Date.parse(event.at), by: 1, task: task.id });
    if (lets && has) moves.push({ at: Date.parse(event.at), by: -1, task: task.id });
    has = event.type === 'task.leased' || (has && !lets);
  }
  return moves;
}

/** When all is done: everybody is there, and nobody has anything to do. */
export function checkNode(node: Node, agents: readonly AgentPlan[]): void {
  for (const { alias, kind, runtime, atOnce } of agents) {
    if (kind === 'person') continue;
    const seen = node.agents.find((one) => one.alias === alias);
    const rests = seen?.load.running === 0 && seen.load.queued === 0 && seen.load.atOnce === atOnce;
    const known = seen?.online === true && seen.runtime === (kind === 'outside' ? null : runtime);
    must(rests && known, 'an agent that rests is shown so', () => `${alias}: ${JSON.stringify(seen)}`);
  }
  must(node.load.running === 0 && node.load.queued === 0, 'a host that rests is shown so', () => JSON.stringify(node.load));
}
