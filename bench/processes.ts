/** What a running process costs: memory and processor time, as the system counts them (Linux: /proc). */

import { readdirSync, readFileSync } from 'node:fs';

const TICKS_PER_SECOND = 100;

/** Resident memory (VmRSS) of a process in MB of 2^20 bytes; 0 when there is none. */
export function rssMb(pid: number): number {
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(read(`/proc/${pid}/status`))?.[1] ?? 0) / 1024;
}

/** Processor time that a process has used, user and system, in milliseconds. */
export function cpuMs(pid: number): number {
  const fields = fieldsOf(pid);
  return ((Number(fields[11] ?? 0) + Number(fields[12] ?? 0)) * 1000) / TICKS_PER_SECOND;
}

/** Processor time of the children that a process has waited for, in milliseconds: what those used that are gone. */
export function endedChildrenCpuMs(pid: number): number {
  const fields = fieldsOf(pid);
  return ((Number(fields[13] ?? 0) + Number(fields[14] ?? 0)) * 1000) / TICKS_PER_SECOND;
}

/** All that the process has started and what those have started, without itself; also what has this text in its environment. */
export function startedBy(pid: number, mark: string): number[] {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  const parents = new Map(pids.map((one) => [Number(one), Number(fieldsOf(Number(one))[1] ?? 0)]));
  const isBelow = (one: number): boolean => {
    for (let above = parents.get(one) ?? 0; above > 1; above = parents.get(above) ?? 0) if (above === pid) return true;
    return false;
  };
  const isMarked = (one: number): boolean => one !== pid && one !== process.pid && read(`/proc/${one}/environ`).includes(mark);
  // A process that has ended and is not waited for yet has no memory, and is none any more.
  return [...parents.keys()].filter((one) => (isBelow(one) || isMarked(one)) && rssMb(one) > 0);
}

/** The processes that were started with this text in their arguments. */
export function startedWith(text: string): number[] {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return pids.filter((pid) => read(`/proc/${pid}/cmdline`).includes(text)).map(Number);
}

/** The fields of /proc/PID/stat from the state on: the name before them may itself hold blanks. */
function fieldsOf(pid: number): string[] {
  const text = read(`/proc/${pid}/stat`);
  return text.slice(text.lastIndexOf(')') + 2).split(' ');
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    // It has ended meanwhile, and so costs nothing.
    return '';
  }
}
