/** One round: a fresh home, some sessions with their plans, kills all along, and the checks behind it. */

import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import { Api } from './api.js';
import { type Backend, type BackendPlace, fakeBackend, realBackend } from './backends.js';
import { Broken } from './broken.js';
import { SmallDisk } from './disk.js';
import { type Checked, checkRest, checkSessions } from './final-check.js';
import { HostProcess } from './host-process.js';
import { type Ledger, newLedger } from './ledger.js';
import { planRound, type RoundSize } from './moves.js';
import { makePlace, type Place, removePlace } from './place.js';
import { SessionRun } from './session-run.js';
import { Strikes } from './strikes.js';

export interface RoundOptions {
  readonly backend: 'fake' | 'real';
  readonly seed: number;
  readonly size: RoundSize;
  /** The log lies on a disk of so many MB. */
  readonly diskMb?: number | undefined;
  readonly cli: string;
  /** The compiled program of the fake Codex. */
  readonly program: string;
  /** Called for each kill. */
  readonly onStrike?: (text: string) => void;
  /** Breaks the round off, with nothing left running. */
  readonly signal?: AbortSignal;
}

export interface RoundResult extends Checked {
  readonly kills: ReadonlyMap<string, number>;
  readonly starts: number;
  readonly lostAnswers: number;
  readonly reconnects: number;
  /** Commands that a full disk refused. */
  readonly refusedByDisk: number;
  /** Helpers of commands that a killed Codex left behind: they have no parent any more and wait for one. */
  readonly strays: number;
  /** Messages that Codex kept by half. */
  readonly halfTaken: number;
  readonly ledger: Ledger;
  readonly seconds: number;
}

/** A round that broke, and the folder that is kept for whoever looks after it. */
export class BrokenRound extends Error {
  readonly evidence: string;

  constructor(cause: unknown, evidence: string) {
    super(cause instanceof Error ? `${cause.message}${cause instanceof Broken ? '' : `\n${cause.stack ?? ''}`}` : String(cause), { cause });
    this.evidence = evidence;
  }
}

/** When nothing has happened for so long, in milliseconds, questions that were left open are answered. */
const QUIET_MS = 700;
/** So long nothing may happen at all. */
const STILL_MS = 100_000;

/** Rejects with `BrokenRound`. */
export async function playRound(options: RoundOptions): Promise<RoundResult> {
  const place = await makePlace();
  const began = Date.now();
  const { folder, codexHome } = place;
  const at: BackendPlace = { folder, codexHome, program: options.program, seed: options.seed };
  await using backend = await (options.backend === 'fake' ? fakeBackend(at) : realBackend(at));
  await using disk = options.diskMb === undefined ? undefined : await SmallDisk.mount(join(place.home, 'log'), options.diskMb);
  const round = new Round(options, place, backend, disk);
  try {
    const result = await round.play();
    await disk?.[Symbol.asyncDispose]();
    await removePlace(place);
    return { ...result, seconds: (Date.now() - began) / 1000 };
  } catch (error) {
    await round.clear();
    if (disk !== undefined) await cp(join(place.home, 'log'), join(folder, 'log'), { recursive: true });
    throw new BrokenRound(error, folder);
  }
}

class Round {
  readonly #options: RoundOptions;
  readonly #place: Place;
  readonly #backend: Backend;
  readonly #host: HostProcess;
  readonly #disk: SmallDisk | undefined;
  readonly #ledger = newLedger();
  #break: (error: Error) => void = () => undefined;
  readonly #broken: Promise<never>;
  #last = Date.now();
  readonly #breakOff = (): void => this.#break(new Broken('a round comes to its end', 'it was broken off'));

  constructor(options: RoundOptions, place: Place, backend: Backend, disk: SmallDisk | undefined) {
    this.#disk = disk;
    this.#options = options;
    this.#place = place;
    this.#backend = backend;
    this.#broken = new Promise<never>((_, reject) => {
      this.#break = reject;
    });
    this.#broken.catch(() => undefined);
    if (options.signal?.aborted === true) this.#breakOff();
    options.signal?.addEventListener('abort', this.#breakOff);
    const env = { ...place.env, SPOOL_CODEX_BIN: backend.binary };
    this.#host = new HostProcess({ cli: options.cli, env, home: place.home, stderr: place.stderr, onCrash: (error) => this.#break(error) });
  }

  async play(): Promise<Omit<RoundResult, 'seconds'>> {
    const { seed, size, onStrike } = this.#options;
    const plan = planRound(seed, size);
    const strikes = new Strikes(plan.strikes, {
      host: this.#host,
      disk: this.#disk,
      onBroken: (error) => this.#break(error),
      onStrike: (strike) => onStrike?.(`${strike.kind} on ${strike.on} ${strike.nth}`),
    });
    const saw = (what: string): void => {
      this.#last = Date.now();
      strikes.saw(what);
    };
    const api = new Api(this.#host, () => saw('command'), this.#disk);
    await this.#host.start();
    const runs = plan.sessions.map((session) => {
      const { host, place, ledger, backend } = { host: this.#host, place: this.#place, ledger: this.#ledger, backend: this.#backend };
      const parts = { seed, plan: session, host, api, ledger, cwd: place.work, permissions: backend.permissions };
      return new SessionRun({ ...parts, onEvent: (event) => saw(event.type), onBroken: (error) => this.#break(error) });
    });
    const watchdog = setInterval(() => this.#lookForStandstill(runs), QUIET_MS);
    try {
      await Promise.race([Promise.all(runs.map((run) => run.play())), this.#broken]);
      await strikes.end();
      await this.#host.up();
      const checked = await Promise.race([checkSessions(api, runs, this.#ledger, this.#backend), this.#broken]);
      for (const run of runs) run.follower?.stop();
      await Promise.race([checkRest(this.#host, api, this.#place.home, runs), this.#broken]);
      const kills = new Map([...strikes.kills, ['codex killed itself', this.#backend.deaths()]]);
      const reconnects = runs.reduce((sum, run) => sum + (run.follower?.connections ?? 1) - 1, 0);
      const refusedByDisk = this.#disk?.refusals ?? 0;
      const halfTaken = this.#backend.halfTaken();
      const strays = this.#host.sweep(this.#place.folder);
      return {
        ...checked,
        kills,
        refusedByDisk,
        halfTaken,
        strays,
        starts: this.#host.lives,
        lostAnswers: api.lost,
        reconnects,
        ledger: this.#ledger,
      };
    } finally {
      clearInterval(watchdog);
      this.#options.signal?.removeEventListener('abort', this.#breakOff);
      for (const run of runs) run.follower?.stop();
      api.close();
    }
  }

  async clear(): Promise<void> {
    await this.#host.clear(this.#place.folder);
  }

  #lookForStandstill(runs: readonly SessionRun[]): void {
    const still = Date.now() - this.#last;
    if (still >= QUIET_MS) for (const run of runs) run.answerAll();
    if (still < STILL_MS) return;
    const open = runs.flatMap((run) => (run.waitsFor.length === 0 ? [] : [`${run.id}: ${run.waitsFor.join()}`]));
    this.#break(
      new Broken('an accepted turn ends', `nothing has happened for ${STILL_MS / 1000} s; open are ${open.join('; ') || 'no turns'}`),
    );
  }
}

/** The program of the fake Codex that was compiled with this command line. */
export function fakeProgramOf(cli: string): string {
  return join(cli, '..', '..', 'testing', 'fake-codex', 'program.js');
}
