/** Carries the kills of a plan out, one after the other, each when what it waits for has been seen. */

import type { SmallDisk } from './disk.js';
import { type HostProcess, kill } from './host-process.js';
import type { Strike, StrikeKind } from './moves.js';

/** After so many things of any kind a strike no longer waits for its own: its kind may have become rare. */
const PATIENCE = 400;

/** How many commands a full disk must refuse before there is room again, and how long that is waited for. */
const REFUSALS = 2;
const FULL_MS = 1_500;

export interface StruckParts {
  readonly host: HostProcess;
  /** Where disks are filled. */
  readonly disk: SmallDisk | undefined;
  readonly onBroken: (error: Error) => void;
  readonly onStrike: (strike: Strike) => void;
}

export class Strikes {
  /** Processes that were killed or stopped, by kind. */
  readonly kills = new Map<string, number>();
  readonly #host: HostProcess;
  readonly #left: Strike[];
  readonly #parts: StruckParts;
  #seen = 0;
  #any = 0;
  #running: Promise<void> | undefined;
  #over = false;

  constructor(strikes: readonly Strike[], parts: StruckParts) {
    this.#host = parts.host;
    this.#left = [...strikes];
    this.#parts = parts;
  }

  /** Something has been seen. */
  saw(what: string): void {
    const [next] = this.#left;
    if (next === undefined || this.#running !== undefined || this.#over) return;
    this.#any += 1;
    if (what === next.on) this.#seen += 1;
    if (this.#seen < next.nth && this.#any < PATIENCE) return;
    this.#left.shift();
    this.#seen = 0;
    this.#any = 0;
    this.#parts.onStrike(next);
    this.#running = this.#strike(next.kind)
      .catch(this.#parts.onBroken)
      .finally(() => {
        this.#running = undefined;
      });
  }

  /** No more kills; resolves when the one that goes on is over. */
  async end(): Promise<void> {
    this.#over = true;
    await this.#running;
  }

  async #strike(kind: StrikeKind): Promise<void> {
    switch (kind) {
      case 'host':
        return await this.#restart();
      case 'host-politely':
        await this.#endHost('SIGTERM');
        return await this.#host.start();
      case 'codex':
        return this.#killCodex();
      case 'both': {
        const ended = this.#endHost('SIGKILL');
        this.#killCodex();
        await ended;
        return await this.#host.start();
      }
      case 'host-twice':
        await this.#endHost('SIGKILL');
        await this.#host.start(true);
        return await this.#restart();
      case 'disk':
        return await this.#fillDisk(() => Promise.resolve());
      case 'disk-and-host':
        return await this.#fillDisk(() => this.#restart());
      case 'disk-and-codex':
        return await this.#fillDisk(() => Promise.resolve(this.#killCodex()));
    }
  }

  async #restart(): Promise<void> {
    await this.#endHost('SIGKILL');
    await this.#host.start();
  }

  /** Has the disk full for a while, with something else in the middle of it. */
  async #fillDisk(meanwhile: () => Promise<void>): Promise<void> {
    const { disk } = this.#parts;
    if (disk === undefined) throw new Error('there is no disk to fill');
    this.#count('disk filled');
    disk.fill();
    try {
      await refusals(disk);
      await meanwhile();
      await refusals(disk);
    } finally {
      disk.free();
    }
  }

  async #endHost(signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
    this.#count(signal === 'SIGKILL' ? 'host killed' : 'host stopped');
    const { code } = await this.#host.end(signal);
    if (signal === 'SIGTERM' && code !== 0) throw new Error(`a host that was stopped politely ended with ${code ?? 'a signal'}`);
  }

  #killCodex(): void {
    for (const pid of this.#host.codexPids()) if (kill(pid)) this.#count('codex killed');
  }

  #count(what: string): void {
    this.kills.set(what, (this.kills.get(what) ?? 0) + 1);
  }
}

/** Resolves when the disk has refused some more commands, or nobody has asked for long. */
async function refusals(disk: SmallDisk): Promise<void> {
  const enough = disk.refusals + REFUSALS;
  for (let ms = 0; ms < FULL_MS && disk.refusals < enough; ms += 20) await new Promise((resolve) => setTimeout(resolve, 20));
}
