/** The figures of a soak: how fast, how late, by whom. */

import type { Task } from '../src/contract/task.js';
import type { AgentPlan } from './cast.js';
import type { Restart } from './strikes.js';

export interface Span {
  readonly count: number;
  readonly median: number;
  readonly p95: number;
  readonly most: number;
}

export function spanOf(values: readonly number[]): Span {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (part: number): number => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0;
  return { count: sorted.length, median: at(0.5), p95: at(0.95), most: sorted.at(-1) ?? 0 };
}

/** From sending to the reply, in milliseconds, by runtime. */
export function latencies(tasks: readonly Task[], agents: readonly AgentPlan[]): Map<string, Span> {
  const values = new Map<string, number[]>();
  for (const { to, status, createdAt, endedAt } of tasks) {
    const runtime = agents.find(({ alias }) => alias === to)?.runtime ?? 'unknown';
    if (status !== 'replied' || endedAt === undefined) continue;
    values.set(runtime, [...(values.get(runtime) ?? []), Date.parse(endedAt) - Date.parse(createdAt)]);
  }
  return new Map([...values].map(([runtime, all]) => [runtime, spanOf(all)]));
}

/** How many tasks ended how, by runtime. */
export function endsByRuntime(tasks: readonly Task[], agents: readonly AgentPlan[]): Map<string, Map<string, number>> {
  const ends = new Map<string, Map<string, number>>();
  for (const { to, status } of tasks) {
    const runtime = agents.find(({ alias }) => alias === to)?.runtime ?? 'unknown';
    const counts = ends.get(runtime) ?? new Map<string, number>();
    ends.set(runtime, counts.set(status, (counts.get(status) ?? 0) + 1));
  }
  return ends;
}

export function restartSpans(restarts: readonly Restart[]): { readonly ready: Span; readonly whole: Span } {
  return { ready: spanOf(restarts.map(({ ready }) => ready)), whole: spanOf(restarts.map(({ whole }) => whole)) };
}
