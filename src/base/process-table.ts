/**
 * What the system knows of its processes: who descends from whom, and since when each runs. Read from /proc, and from `ps` where
 * there is none. It only looks; process.ts starts and stops.
 */

import { readdir, readFile } from 'node:fs/promises';

export interface ProcessRow {
  readonly pid: number;
  readonly parent: number;
  readonly group: number;
  /** Where the system does not tell sessions, the group. */
  readonly session: number;
  /** When it was started, as a text that no other process with this pid has, also after a restart of the machine. */
  readonly start: string;
  /** True when it has ended and only waits to be asked how. */
  readonly zombie: boolean;
}

export interface ProcessTable {
  /** All processes that can be seen. Empty on a system that cannot be asked. */
  list(): Promise<ProcessRow[]>;
  /** One process; undefined when there is none with this pid. */
  find(pid: number): Promise<ProcessRow | undefined>;
  /** The processes that were given this argument, by pid. Empty on a system that does not say. */
  withArgument(argument: string): Promise<number[]>;
  /** Resident memory of each, in bytes, by pid; those that are gone are left out. Empty on a system that does not say. */
  memory(pids: readonly number[]): Promise<ReadonlyMap<number, number>>;
}

/** The table of a Linux system. */
export const procTable: ProcessTable = {
  async list() {
    const boot = await bootId();
    return await ofEach((pid) => readRow(pid, boot));
  },
  async find(pid) {
    return readRow(pid, await bootId());
  },
  withArgument: (argument) => ofEach(async (pid) => ((await readArguments(pid)).includes(argument) ? pid : undefined)),
  async memory(pids) {
    const sizes = await Promise.all(pids.map(async (pid) => [pid, await readMemory(pid)] as const));
    return new Map(sizes.flatMap(([pid, bytes]) => (bytes === undefined ? [] : [[pid, bytes] as const])));
  },
};

/** What `look` finds of each process; those of which it finds nothing are left out. */
async function ofEach<T>(look: (pid: number) => Promise<T | undefined>): Promise<T[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
  const found: T[] = [];
  // In parts: a busy machine has thousands of processes, and each is a file.
  for (let at = 0; at < pids.length; at += 64) {
    const part = await Promise.all(pids.slice(at, at + 64).map(look));
    for (const one of part) if (one !== undefined) found.push(one);
  }
  return found;
}

async function readArguments(pid: number): Promise<string[]> {
  try {
    return (await readFile(`/proc/${pid}/cmdline`, 'utf8')).split('\0');
  } catch {
    // It ended while we looked, or is none of ours to see.
    return [];
  }
}

/** From `status` and not `stat`: there it is counted in pages, whose size Node does not tell. */
async function readMemory(pid: number): Promise<number | undefined> {
  try {
    const kilobytes = /^VmRSS:\s+(\d+) kB$/m.exec(await readFile(`/proc/${pid}/status`, 'utf8'))?.[1];
    return kilobytes === undefined ? undefined : Number(kilobytes) * 1024;
  } catch {
    // It ended while we looked.
    return undefined;
  }
}

async function readRow(pid: number, boot: string): Promise<ProcessRow | undefined> {
  try {
    return parseProcStat(await readFile(`/proc/${pid}/stat`, 'utf8'), boot);
  } catch {
    // It ended while we looked (ENOENT, ESRCH), or is none of ours to see.
    return undefined;
  }
}

let knownBootId: string | undefined;

/** Start times are counted from the start of the machine, so this makes them unique. */
async function bootId(): Promise<string> {
  knownBootId ??= (await readFile('/proc/sys/kernel/random/boot_id', 'utf8')).trim();
  return knownBootId;
}

/** A row from the text of /proc/<pid>/stat. The second field is a name that may itself hold blanks and brackets. */
export function parseProcStat(text: string, boot: string): ProcessRow | undefined {
  const nameEnd = text.lastIndexOf(')');
  const fields = text.slice(nameEnd + 2).split(' ');
  const [state, parent, group, session] = fields;
  // Field 22 of the whole; the two before the state are cut off, and counting is from 0.
  const ticks = fields[19];
  // Its first thread may have ended long before the others, which still hold its sockets and files.
  const threads = Number(fields[17]);
  const pid = Number.parseInt(text, 10);
  if (nameEnd === -1 || ticks === undefined || Number.isNaN(pid)) return undefined;
  return {
    pid,
    parent: Number(parent),
    group: Number(group),
    session: Number(session),
    start: `${boot}/${ticks.trim()}`,
    zombie: (state === 'Z' && !(threads > 1)) || state === 'X',
  };
}

/** Arguments that make any `ps` print what `parsePs` reads. */
export const PS_ARGS: readonly string[] = ['-axo', 'pid=,ppid=,pgid=,state=,lstart='];

/** The rows of a `ps` with PS_ARGS. */
export function parsePs(text: string): ProcessRow[] {
  return text.split('\n').flatMap((line) => {
    const match = /^\s*(\d+)\s+(\d+)\s+(\d+)\s+(\S+)\s+(\S.*?)\s*$/.exec(line);
    const [, pid, parent, group, state, start] = match ?? [];
    if (start === undefined) return [];
    const row = { pid: Number(pid), parent: Number(parent), group: Number(group), session: Number(group), start };
    return [{ ...row, zombie: state?.startsWith('Z') ?? false }];
  });
}

/** The table of a system that has `ps`; `run` gives what it prints. */
export function psTable(run: (args: readonly string[]) => Promise<string>): ProcessTable {
  const list = async (): Promise<ProcessRow[]> => parsePs(await run(PS_ARGS));
  return {
    list,
    find: async (pid) => (await list()).find((row) => row.pid === pid),
    async withArgument(argument) {
      const lines = (await run(['-axww', '-o', 'pid=,command='])).matchAll(/^\s*(\d+)\s+(.*)$/gm);
      return [...lines].flatMap(([, pid, command = '']) => (` ${command.trim()} `.includes(` ${argument} `) ? [Number(pid)] : []));
    },
    async memory(pids) {
      const wanted = new Set(pids);
      const lines = (await run(['-axo', 'pid=,rss='])).matchAll(/^\s*(\d+)\s+(\d+)\s*$/gm);
      const sizes = [...lines].map(([, pid, kilobytes]) => [Number(pid), Number(kilobytes) * 1024] as const);
      return new Map(sizes.filter(([pid]) => wanted.has(pid)));
    },
  };
}
