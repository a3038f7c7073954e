/**
 * The processes of a level, with their command lines and environments (Linux: /proc). A process belongs to a level when its environment
 * or its command line names the level's folder: that also finds one whose parent is gone.
 */

import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

export interface SeenProcess {
  readonly pid: number;
  readonly parent: number;
  readonly args: readonly string[];
  readonly env: ReadonlyMap<string, string>;
}

/** Whether this system shows what is asked here. */
export function canLook(): boolean {
  return process.platform === 'linux';
}

/** All processes that belong to the folder, but for those of `without`. */
export function processesOf(folder: string, without: readonly number[] = [process.pid]): SeenProcess[] {
  return pids()
    .filter((pid) => !without.includes(pid))
    .flatMap((pid) => {
      const args = read(`/proc/${pid}/cmdline`).split('\0').slice(0, -1);
      const environ = read(`/proc/${pid}/environ`);
      const ours = args.some((arg) => arg.includes(folder)) || environ.includes(folder);
      return ours && !isZombie(pid) ? [{ pid, parent: parentOf(pid), args, env: variables(environ) }] : [];
    });
}

/** The process and all that descends from it. */
export function familyOf(pid: number, all: readonly SeenProcess[]): SeenProcess[] {
  const family = new Set([pid]);
  for (let before = 0; before !== family.size; ) {
    before = family.size;
    for (const one of all) if (family.has(one.parent)) family.add(one.pid);
  }
  return all.filter((one) => family.has(one.pid));
}

export function commandLine({ args }: Pick<SeenProcess, 'args'>): string {
  return args.join(' ');
}

/** A few words that tell a process, for people. */
export function brief(one: SeenProcess): string {
  const line = commandLine(one);
  return `${one.pid} ${line.length > 160 ? `${line.slice(0, 160)}…` : line}`;
}

/** Whether its standard input is a terminal. */
export function hasTerminal({ pid }: SeenProcess): boolean {
  try {
    return /^\/dev\/(?:pts\/|tty)/.test(readlinkSync(`/proc/${pid}/fd/0`));
  } catch {
    // It has ended, or is none of ours.
    return false;
  }
}

/** Addresses outside of this machine to which sockets of these processes lead, as `1.2.3.4:443`. */
export function farEnds(processes: readonly Pick<SeenProcess, 'pid'>[]): string[] {
  const inodes = new Set(processes.flatMap(({ pid }) => socketsOf(pid)));
  const lines = ['tcp', 'tcp6', 'udp', 'udp6'].flatMap((table) => read(`/proc/net/${table}`).split('\n').slice(1));
  return lines.flatMap((line) => {
    const [, , remote = '', , , , , , , inode = ''] = line.trim().split(/\s+/);
    const address = addressOf(remote);
    return inodes.has(inode) && address !== undefined && !isHere(address) ? [address] : [];
  });
}

/** Addresses at which these processes listen, as `127.0.0.1:80`. */
export function listeningAddresses(processes: readonly Pick<SeenProcess, 'pid'>[]): string[] {
  const inodes = new Set(processes.flatMap(({ pid }) => socketsOf(pid)));
  const lines = ['tcp', 'tcp6'].flatMap((table) => read(`/proc/net/${table}`).split('\n').slice(1));
  return lines.flatMap((line) => {
    const [, local = '', , state, , , , , , inode = ''] = line.trim().split(/\s+/);
    const address = state === LISTENS && inodes.has(inode) ? addressOf(local) : undefined;
    return address === undefined ? [] : [address];
  });
}

/** TCP_LISTEN, as the kernel writes it. */
const LISTENS = '0A';

function socketsOf(pid: number): string[] {
  try {
    return readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
      const inode = /^socket:\[(\d+)\]$/.exec(linkOf(`/proc/${pid}/fd/${fd}`))?.[1];
      return inode === undefined ? [] : [inode];
    });
  } catch {
    // It has ended.
    return [];
  }
}

function linkOf(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    // It was closed meanwhile.
    return '';
  }
}

/** The kernel writes an address as hexadecimal words, each in the byte order of the machine; port 0 is no connection. */
function addressOf(remote: string): string | undefined {
  const [hex = '', port = '0'] = remote.split(':');
  if (Number.parseInt(port, 16) === 0) return undefined;
  const bytes = (hex.match(/.{8}/g) ?? []).flatMap((word) => (word.match(/../g) ?? []).reverse().map((byte) => Number.parseInt(byte, 16)));
  const mapped = bytes.length === 16 && bytes.slice(0, 10).every((byte) => byte === 0) && bytes[10] === 255;
  const four = bytes.length === 4 ? bytes : mapped ? bytes.slice(12) : undefined;
  const host = four?.join('.') ?? bytes.map((byte) => byte.toString(16).padStart(2, '0')).join('');
  return `${host}:${Number.parseInt(port, 16)}`;
}

function isHere(address: string): boolean {
  return address.startsWith('127.') || /^0{31}[01]:/.test(address) || address.startsWith('0.0.0.0:');
}

function pids(): number[] {
  if (!canLook()) return [];
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number);
}

function isZombie(pid: number): boolean {
  return /^State:\s+[ZX]/m.test(read(`/proc/${pid}/status`));
}

function parentOf(pid: number): number {
  return Number(/^PPid:\s+(\d+)$/m.exec(read(`/proc/${pid}/status`))?.[1] ?? 0);
}

function variables(environ: string): Map<string, string> {
  return new Map(
    environ.split('\0').flatMap((entry): [string, string][] => {
      const at = entry.indexOf('=');
      return at > 0 ? [[entry.slice(0, at), entry.slice(at + 1)]] : [];
    }),
  );
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    // It has ended meanwhile, or is none of ours to see.
    return '';
  }
}
