/** Which processes have a file open, as /proc tells it. Other systems don't say. */

import { readdir, readFile, readlink, realpath } from 'node:fs/promises';
import { basename } from 'node:path';
import { redact } from './redact.js';

export interface Holder {
  readonly pid: number;
  /** The command that it runs: short, without secrets and without the path of the program. */
  readonly command: string;
}

const LONGEST = 80;

/** Those that we may look into; undefined where the system does not tell. */
export async function holdersOf(file: string, platform: string = process.platform): Promise<readonly Holder[] | undefined> {
  if (platform !== 'linux') return undefined;
  const path = await realpath(file).catch(() => undefined);
  if (path === undefined) return [];
  const holders: Holder[] = [];
  for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number)) {
    if (await hasOpen(pid, path)) holders.push({ pid, command: await commandOf(pid) });
  }
  return holders;
}

/** The files that a process has open, by their real paths; undefined where the system does not tell. */
export async function openFilesOf(pid: number, platform: string = process.platform): Promise<readonly string[] | undefined> {
  if (platform !== 'linux') return undefined;
  const folder = `/proc/${pid}/fd`;
  // Gone meanwhile, or somebody else's.
  const names = await readdir(folder).catch(() => []);
  const targets = await Promise.all(names.map((name) => readlink(`${folder}/${name}`).catch(() => undefined)));
  return [...new Set(targets.filter((target) => target?.startsWith('/') === true))] as string[];
}

async function hasOpen(pid: number, path: string): Promise<boolean> {
  return (await openFilesOf(pid))?.includes(path) === true;
}

async function commandOf(pid: number): Promise<string> {
  const words = (await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')).split('\0').filter((word) => word !== '');
  return shortCommand(words);
}

/** The words of a command as one short line. */
export function shortCommand([program = 'unknown', ...rest]: readonly string[]): string {
  const line = redact([basename(program), ...rest].join(' ').replaceAll(/\s+/g, ' '));
  return line.length > LONGEST ? `${line.slice(0, LONGEST - 1)}…` : line;
}
