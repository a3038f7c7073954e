/** Carries the kills of a plan out, one after the other, each when what it waits for has been seen. */

import { type HostProcess, kill } from './host-process.js';
import type { Strike, StrikeKind } from './moves.js';

/** After so many things of any kind a strike no longer waits for its own: its kind may have become rare. */
const PATIENCE = 400;

export class Strikes {
  /** Processes that were killed or stopped, by kind. */
  readonly kills = new Map<string, number>();
  readonly #host: HostProcess;
  readonly #left: Strike[];
  readonly #onBroken: (error: Error) => void;
  readonly #onStrike: (strike: Strike) => void;
  #seen = 0;
  #any = 0;
  #running: Promise<void> | undefined;
  #over = false;

  constructor(host: HostProcess, strikes: readonly Strike[], on: { broken: (error: Error) => void; strike: (strike: Strike) => void }) {
    this.#host = host;
    this.#left = [...strikes];
    this.#onBroken = on.broken;
    this.#onStrike = on.strike;
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
    this.#onStrike(next);
    this.#running = this.#strike(next.kind)
      .catch(this.#onBroken)
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
        await this.#endHost('SIGKILL');
        return await this.#host.start();
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
        await this.#endHost('SIGKILL');
        return await this.#host.start();
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
