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
/** The bits of a file's flags that say whether it is open for reading only (0). */
const ACCESS_MODE = 3;

/** Those that we may look into; undefined where the system does not tell. */
export function holdersOf(file: string, platform: string = process.platform): Promise<readonly Holder[] | undefined> {
  return holders(file, platform, () => true);
}

/** Those of them that may write to it. */
export function writersOf(file: string, platform: string = process.platform): Promise<readonly Holder[] | undefined> {
  return holders(file, platform, ({ writing }) => writing);
}

/** The files that a process has open for writing, by their real paths; undefined where the system does not tell. */
export async function filesWrittenBy(pid: number, platform: string = process.platform): Promise<readonly string[] | undefined> {
  if (platform !== 'linux') return undefined;
  return [...new Set((await openFiles(pid)).flatMap(({ path, writing }) => (writing ? [path] : [])))];
}

interface OpenFile {
  readonly path: string;
  readonly writing: boolean;
}

async function holders(file: string, platform: string, counts: (open: OpenFile) => boolean): Promise<readonly Holder[] | undefined> {
  if (platform !== 'linux') return undefined;
  const path = await realpath(file).catch(() => undefined);
  if (path === undefined) return [];
  const found: Holder[] = [];
  for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number)) {
    if ((await openFiles(pid, path)).some(counts)) found.push({ pid, command: await commandOf(pid) });
  }
  return found;
}

/** Only those of one path where it is given: of each the system is asked a second time. */
async function openFiles(pid: number, only?: string): Promise<OpenFile[]> {
  const folder = `/proc/${pid}`;
  // Gone meanwhile, or somebody else's.
  const names = await readdir(`${folder}/fd`).catch(() => []);
  const files = await Promise.all(
    names.map(async (name): Promise<OpenFile | undefined> => {
      const path = await readlink(`${folder}/fd/${name}`).catch(() => undefined);
      if (path === undefined || !path.startsWith('/') || (only !== undefined && path !== only)) return undefined;
      const flags = /^flags:\s+([0-7]+)$/m.exec(await readFile(`${folder}/fdinfo/${name}`, 'utf8').catch(() => ''))?.[1] ?? '0';
      return { path, writing: (Number.parseInt(flags, 8) & ACCESS_MODE) !== 0 };
    }),
  );
  return files.filter((one) => one !== undefined);
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
