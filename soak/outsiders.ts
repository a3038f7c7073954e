/** Agents from elsewhere: each a process of its own with its own token, started again whenever it has died. */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { AdmittedAgent } from '../src/contract/task.js';
import type { AgentPlan } from './cast.js';
import type { Ledger } from './ledger.js';

export interface OutsidersPlace {
  /** The program, `outside-agent.mjs`. */
  readonly program: string;
  readonly folder: string;
  readonly ledger: Ledger;
  readonly port: number;
  readonly seed: number;
  /** How likely one kills itself, at each point where it may. */
  readonly deaths: number;
}

/** How long it may be silent before its task is given to another. */
const LEASE_SECONDS = 5;

export class Outsiders implements AsyncDisposable {
  readonly #place: OutsidersPlace;
  readonly #running = new Map<string, ChildProcess>();
  #over = false;
  #starts = 0;

  constructor(place: OutsidersPlace) {
    this.#place = place;
  }

  get starts(): number {
    return this.#starts;
  }

  /** Has the agent at work from now on. */
  add({ alias, nth, atOnce }: AgentPlan, { token }: AdmittedAgent): void {
    const { folder, ledger, port, seed, deaths } = this.#place;
    const file = join(folder, `${alias}.json`);
    const order = nth % 2 === 0 ? 'first' : 'behind';
    const settings = { alias, port, token, seed, order, atOnce, leaseSeconds: LEASE_SECONDS, deaths, files: ledger.files };
    writeFileSync(file, JSON.stringify(settings), { mode: 0o600 });
    this.#start(alias, file);
  }

  #start(alias: string, file: string): void {
    if (this.#over) return;
    const errors = openSync(join(this.#place.folder, `${alias}.log`), 'a');
    const child = spawn(process.execPath, [this.#place.program, file], { stdio: ['ignore', 'ignore', errors] });
    closeSync(errors);
    this.#running.set(alias, child);
    this.#starts += 1;
    child.once('exit', () => this.#start(alias, file));
  }

  /** Kills one of those that run; false where none does. */
  kill(draw: number): boolean {
    const all = [...this.#running.values()];
    return all[Math.floor(draw * all.length)]?.kill('SIGKILL') ?? false;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#over = true;
    for (const child of this.#running.values()) {
      if (child.exitCode !== null || child.signalCode !== null) continue;
      const gone = once(child, 'exit');
      child.kill('SIGKILL');
      await gone;
    }
  }
}
