/** Carries the kills of a soak out, one after the other, each when so much has been done, and measures how long the host is away. */

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Api } from '../chaos/api.js';
import { Broken } from '../chaos/broken.js';
import { type HostProcess, kill } from '../chaos/host-process.js';
import { processStart } from '../src/base/process.js';
import type { Node } from '../src/contract/task.js';
import type { Outsiders } from './outsiders.js';
import type { Strike, StrikeKind } from './plan.js';

export interface StrikesParts {
  readonly host: HostProcess;
  readonly api: Api;
  readonly outsiders: Outsiders;
  /** SPOOL_HOME. */
  readonly home: string;
  readonly agents: number;
  readonly onBroken: (error: Error) => void;
  readonly onStrike: (text: string) => void;
}

/** How long a restart took, in milliseconds. */
export interface Restart {
  /** Until it took requests. */
  readonly ready: number;
  /** Until every agent was there again. */
  readonly whole: number;
}

/** So long is waited for a process of a kind that comes and goes. */
const PATIENCE_MS = 4000;
/** Its server takes that long to start. */
const OPENCODE_MS = 20_000;
const WHOLE_MS = 30_000;

export class Strikes {
  /** Processes that were killed or stopped, by kind. */
  readonly kills = new Map<string, number>();
  readonly restarts: Restart[] = [];
  /** How long each polite stop took. */
  readonly stops: number[] = [];
  readonly #parts: StrikesParts;
  readonly #left: Strike[];
  #running: Promise<void> | undefined;
  #ended = 0;
  #over = false;

  constructor(strikes: readonly Strike[], parts: StrikesParts) {
    this.#left = [...strikes];
    this.#parts = parts;
  }

  /** So many tasks have ended. */
  saw(ended: number): void {
    this.#ended = ended;
    const next = this.#left[0];
    if (next === undefined || this.#running !== undefined || this.#over || next.at > ended) return;
    this.#left.shift();
    this.#running = this.#strike(next)
      .catch(this.#parts.onBroken)
      .finally(() => {
        this.#running = undefined;
        this.saw(this.#ended);
      });
  }

  /** Resolves when all have been carried out. */
  async end(): Promise<void> {
    while (this.#left.length > 0 || this.#running !== undefined) {
      this.saw(Number.POSITIVE_INFINITY);
      await this.#running;
    }
    this.#over = true;
  }

  async #strike({ kind, ms, draw }: Strike): Promise<void> {
    await pause(ms);
    this.#parts.onStrike(`${kind} after ${this.#ended} tasks`);
    await this.#carryOut(kind, draw);
  }

  async #carryOut(kind: StrikeKind, draw: number): Promise<void> {
    switch (kind) {
      case 'host':
        return await this.restart('SIGKILL');
      case 'host-politely':
        return await this.restart('SIGTERM');
      case 'host-twice':
        await this.#endHost('SIGKILL');
        await this.#parts.host.start(true);
        return await this.restart('SIGKILL');
      case 'host-and-codex':
        this.#killAll('codex', this.#parts.host.codexPids());
        return await this.restart('SIGKILL');
      case 'codex':
        return this.#killOne('codex', await soon(PATIENCE_MS, () => Promise.resolve(this.#parts.host.codexPids())), draw);
      case 'exec':
        return this.#killOne('codex exec', await this.#processes('codex-exec', PATIENCE_MS), draw);
      case 'opencode':
        return this.#killOne('opencode', await this.#processes('opencode', OPENCODE_MS), draw);
      case 'outside':
        return this.#killOutside(draw);
      case 'outside-and-host':
        this.#killOutside(draw);
        return await this.restart('SIGKILL');
    }
  }

  async restart(signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
    await this.#endHost(signal);
    const began = Date.now();
    await this.#parts.host.start();
    const ready = Date.now() - began;
    await this.whole();
    this.restarts.push({ ready, whole: Date.now() - began });
  }

  /** Resolves when every agent is there. */
  async whole(): Promise<Node> {
    const { api, agents } = this.#parts;
    const until = Date.now() + WHOLE_MS;
    for (;;) {
      const { items } = (await api.get('/v1/nodes')) as unknown as { items: Node[] };
      const node = items[0];
      const online = node?.agents.filter((one) => one.online).length ?? 0;
      if (node !== undefined && online >= agents) return node;
      if (Date.now() > until) throw new Broken('every agent is back after a restart', `${online} of ${agents} are there`);
      await pause(20);
    }
  }

  async #endHost(signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
    this.#count(signal === 'SIGKILL' ? 'host killed' : 'host stopped');
    const began = Date.now();
    const { code } = await this.#parts.host.end(signal);
    if (signal === 'SIGTERM') this.stops.push(Date.now() - began);
    if (signal === 'SIGTERM' && code !== 0) throw new Broken('a host that is stopped politely ends with 0', String(code));
  }

  #killOutside(draw: number): void {
    if (this.#parts.outsiders.kill(draw)) this.#count('agent from elsewhere killed');
  }

  #killAll(what: string, pids: readonly number[]): void {
    for (const pid of pids) if (kill(pid)) this.#count(`${what} killed`);
  }

  #killOne(what: string, pids: readonly number[], draw: number): void {
    const pid = pids[Math.floor(draw * pids.length)];
    if (pid !== undefined && kill(pid)) this.#count(`${what} killed`);
    else this.#count(`${what} was not there`);
  }

  /** Those that a runtime has written down as running, once there is one. */
  #processes(runtime: string, patienceMs: number): Promise<readonly number[]> {
    const folder = join(this.#parts.home, 'run', runtime);
    return soon(patienceMs, async () => {
      const names = existsSync(folder) ? readdirSync(folder) : [];
      const written = names.flatMap((name) => processIn(join(folder, name, 'process.json')));
      const starts = await Promise.all(written.map(({ pid }) => processStart(pid)));
      // A number that is somebody else's by now is left out.
      return written.filter(({ start }, at) => start === starts[at]).map(({ pid }) => pid);
    });
  }

  #count(what: string): void {
    this.kills.set(what, (this.kills.get(what) ?? 0) + 1);
  }
}

/** What is found, as soon as there is some, or nothing for long. */
async function soon(patienceMs: number, find: () => Promise<readonly number[]>): Promise<readonly number[]> {
  for (const until = Date.now() + patienceMs; Date.now() < until; await pause(20)) {
    const found = await find();
    if (found.length > 0) return found;
  }
  return [];
}

function processIn(file: string): { readonly pid: number; readonly start: string }[] {
  try {
    return [JSON.parse(readFileSync(file, 'utf8')) as { pid: number; start: string }];
  } catch {
    // It is not written yet, or just being cleared away.
    return [];
  }
}

async function pause(ms: number): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, ms));
}
