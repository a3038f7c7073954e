/** What `npm run chaos` plays, and how much of it. */

import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { FULL_DISKS, KILLS, type RoundSize } from './moves.js';

export interface Scenario {
  readonly name: string;
  readonly backend: 'fake' | 'real';
  /** Turns that are asked for, unless the command line says otherwise; some are refused, as they should be. */
  readonly turns: number;
  readonly perRound: number;
  readonly size: (turns: number) => RoundSize;
  readonly diskMb?: number;
  /** Why it cannot be played here; undefined when it can. */
  readonly missing: () => Promise<string | undefined>;
}

const nothing = (): Promise<undefined> => Promise.resolve(undefined);

export const SCENARIOS: readonly Scenario[] = [
  { name: 'kills', backend: 'fake', turns: 6_250, perRound: 250, missing: nothing, size: sized(10, 10, KILLS) },
  { name: 'kills', backend: 'real', turns: 360, perRound: 60, missing: nothing, size: sized(6, 4, KILLS) },
  { name: 'full-disk', backend: 'fake', turns: 240, perRound: 60, diskMb: 16, missing: mountMissing, size: sized(6, 10, FULL_DISKS) },
];

/** There are always more kills planned than a round has time for. */
function sized(sessions: number, apart: number, kinds: RoundSize['kinds']): Scenario['size'] {
  return (turns) => ({ sessions: Math.max(1, Math.min(sessions, Math.ceil(turns / 4))), turns, strikes: turns, apart, kinds });
}

async function mountMissing(): Promise<string | undefined> {
  try {
    await promisify(execFile)('unshare', ['--mount', 'mount', '-t', 'tmpfs', 'tmpfs', '/mnt']);
    return undefined;
  } catch {
    return 'a disk of its own can be mounted by root on Linux only';
  }
}
