/**
 * The one way in which we stop processes: ask (SIGTERM), wait, then end (SIGKILL), each time the whole family. A family is a process
 * that leads a session, what runs in that session, and what left it by setsid but descends from it. Descent shows only while the
 * parent lives, so the family is looked up before the first signal and again before the last.
 */

import { setTimeout as wait } from 'node:timers/promises';
import type { ProcessRow, ProcessTable } from './process-table.js';

export interface StopOptions {
  /** How long a process may take to end by itself, in milliseconds; 5 s when absent. */
  readonly graceMs?: number;
  /** Cuts the grace short. */
  readonly signal?: AbortSignal | undefined;
}

/** A process that leads its own session. */
export interface Leader {
  readonly pid: number;
  /** From `ProcessRow.start`; a process with another one is a stranger that got the pid later. Undefined when it was over before anyone could look: then whoever has its pid is one. */
  readonly start: string | undefined;
}

/** How long we wait for SIGKILL to do its work: a process in the middle of a write to a slow disk ends only after it. */
const KILL_MS = 3_000;
const FIRST_LOOK_MS = 5;
const LONGEST_LOOK_MS = 100;

/** Stops the family of `leader`. The result: pids that are still there after all, normally none. */
export async function killFamily(leader: Leader, table: ProcessTable, options: StopOptions = {}): Promise<readonly number[]> {
  const family = new Family(leader, table);
  await family.look();
  if (family.members.length === 0) return [];
  family.send('SIGTERM');
  await family.gone(options.graceMs ?? 5_000, () => undefined, options.signal);
  // Some may have been born meanwhile, and some of those may outlive the parents by which they are known.
  await family.look();
  await family.freeze();
  family.send('SIGKILL');
  await family.gone(KILL_MS, () => family.send('SIGKILL'), undefined);
  return family.members.map(({ pid }) => pid);
}

class Family {
  members: ProcessRow[] = [];
  readonly #leader: Leader;
  readonly #table: ProcessTable;
  /** All that were ever seen to belong to it, by pid, with their start. */
  readonly #known = new Map<number, string>();

  constructor(leader: Leader, table: ProcessTable) {
    this.#leader = leader;
    this.#table = table;
  }

  /** Reads the whole table and finds the members in it. */
  async look(): Promise<void> {
    const rows = await this.#table.list();
    if (!this.#pidIsTaken(rows)) {
      const leader = rows.find(({ pid }) => pid === this.#leader.pid);
      if (leader !== undefined) this.#known.set(leader.pid, leader.start);
      for (const row of rows) if (row.session === this.#leader.pid || row.group === this.#leader.pid) this.#known.set(row.pid, row.start);
    }
    for (let before = -1; before !== this.#known.size; ) {
      before = this.#known.size;
      for (const row of rows) if (this.#belongs(row, rows)) this.#known.set(row.pid, row.start);
    }
    this.members = rows.filter((row) => !row.zombie && this.#known.get(row.pid) === row.start);
  }

  /** Stops all members in their tracks, until none is found that was born meanwhile: one that is not known would get away. */
  async freeze(): Promise<void> {
    for (let before = 0; this.members.length > before; ) {
      before = this.members.length;
      this.send('SIGSTOP');
      await this.look();
    }
  }

  /** Waits until no member is left, at most `ms`. `again` is called after each look that found some. */
  async gone(ms: number, again: () => void, signal: AbortSignal | undefined): Promise<void> {
    const end = performance.now() + ms;
    for (let pause = FIRST_LOOK_MS; this.members.length > 0; pause = Math.min(pause * 2, LONGEST_LOOK_MS)) {
      const left = end - performance.now();
      if (left <= 0 || signal?.aborted) return;
      await pausing(Math.min(pause, left), signal);
      // Only the known ones: reading the whole table time and again would cost more than all of the rest.
      const rows = await Promise.all(this.members.map(({ pid }) => this.#table.find(pid)));
      this.members = rows.filter((row) => row !== undefined).filter((row) => !row.zombie && this.#known.get(row.pid) === row.start);
      if (this.members.length === 0) await this.look();
      if (this.members.length > 0) again();
    }
  }

  /** The group first and as one, so that nobody in it can slip away by forking; then those who left it. */
  send(signal: 'SIGTERM' | 'SIGSTOP' | 'SIGKILL'): void {
    const group = this.#leader.pid;
    if (this.members.some((row) => row.group === group)) signalTo(-group, signal);
    for (const row of this.members) if (row.group !== group) signalTo(row.pid, signal);
  }

  #pidIsTaken(rows: readonly ProcessRow[]): boolean {
    const { pid, start } = this.#leader;
    return rows.some((row) => row.pid === pid && row.start !== start);
  }

  /** A child of a member, or in a session that a member leads: that holds also when the parent in between is dead. */
  #belongs(row: ProcessRow, rows: readonly ProcessRow[]): boolean {
    if (this.#known.has(row.pid)) return false;
    return [row.parent, row.session].some((pid) => {
      const start = this.#known.get(pid);
      return start !== undefined && !rows.some((other) => other.pid === pid && other.start !== start);
    });
  }
}

async function pausing(ms: number, signal: AbortSignal | undefined): Promise<void> {
  try {
    await wait(ms, undefined, signal === undefined ? {} : { signal });
  } catch (error) {
    if (!signal?.aborted) throw error;
  }
}

/** A negative number means a group. Whom the signal cannot reach is gone, or not ours. */
export function signalTo(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    // Gone meanwhile, or not ours to signal: what is left is in the result.
    if (code !== 'ESRCH' && code !== 'EPERM') throw error;
  }
}
