/** How large a process has become: itself and all that it started, in number and in memory. */

import type { ProcessRow, ProcessTable } from './process-table.js';

export interface Census {
  /** How many processes it is, itself included. */
  readonly processes: number;
  /** Resident memory of them all; what several share is counted for each. Null where the system does not say. */
  readonly memoryBytes: number | null;
}

/** One look at the whole table for all of them; by the pid of the one that started the others. Those that are gone are left out. */
export async function takeCensus(pids: readonly number[], table: ProcessTable): Promise<ReadonlyMap<number, Census>> {
  if (pids.length === 0) return new Map();
  const rows = (await table.list()).filter((row) => !row.zombie);
  const families = pids.map((pid) => [pid, familyOf(pid, rows)] as const).filter(([, family]) => family.length > 0);
  const sizes = await table.memory(families.flatMap(([, family]) => family));
  return new Map(families.map(([pid, family]) => [pid, { processes: family.length, memoryBytes: sumOf(family, sizes) }]));
}

/** What descends from it, or runs in its session or one that a descendant leads: that holds also when the parent in between is gone. */
function familyOf(pid: number, rows: readonly ProcessRow[]): readonly number[] {
  if (!rows.some((row) => row.pid === pid)) return [];
  const family = new Set([pid]);
  for (let before = 0; before !== family.size; ) {
    before = family.size;
    for (const row of rows) if (family.has(row.parent) || family.has(row.session)) family.add(row.pid);
  }
  return [...family];
}

function sumOf(family: readonly number[], sizes: ReadonlyMap<number, number>): number | null {
  if (sizes.size === 0) return null;
  return family.reduce((sum, pid) => sum + (sizes.get(pid) ?? 0), 0);
}
