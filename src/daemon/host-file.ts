/** What a running host says of itself in its run folder, for a second one that finds the home taken and for clients that look for it. */

import { readFileSync, rmSync } from 'node:fs';
import { writePrivateFile } from '../base/private-files.js';

export interface HostFile {
  readonly pid: number;
  readonly url: string;
  /** Tells its process from a later one with the same pid; see `processStart`. */
  readonly start?: string | undefined;
}

export function writeHostFile(path: string, file: HostFile): void {
  writePrivateFile(path, `${JSON.stringify(file)}\n`);
}

/** The file's content, or undefined when there is none that can be read. It may name a host that is gone. */
export function readHostFile(path: string): HostFile | undefined {
  try {
    const file: unknown = JSON.parse(readFileSync(path, 'utf8'));
    if (typeof file !== 'object' || file === null || !('pid' in file) || !('url' in file)) return undefined;
    const { pid, url } = file;
    if (typeof pid !== 'number' || typeof url !== 'string') return undefined;
    return 'start' in file && typeof file.start === 'string' ? { pid, url, start: file.start } : { pid, url };
  } catch {
    // Missing or half written: there is nobody to name.
    return undefined;
  }
}

/** Removes the file unless another host has written its own since. */
export function removeHostFile(path: string, pid: number): void {
  if (readHostFile(path)?.pid === pid) rmSync(path, { force: true });
}
