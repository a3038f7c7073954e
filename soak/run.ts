/** One soak: a home, a host and all who take part; tasks and kills all along; the checks behind it. */

import { mkdir } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { startedBy } from '../bench/processes.js';
import { Api } from '../chaos/api.js';
import { Broken, must } from '../chaos/broken.js';
import { HostProcess, kill } from '../chaos/host-process.js';
import { makePlace, type Place, removePlace } from '../chaos/place.js';
import type { AdmittedAgent } from '../src/contract/task.js';
import { codexBinary, type OfflineModel, prepareOfflineHome, startOfflineModel } from '../src/testing/index.js';
import { agentOf, outsideSettings } from './cast.js';
import { type Checked, checkNode, checkTasks } from './check.js';
import { openTasks } from './history.js';
import { Ledger } from './ledger.js';
import { Outsiders } from './outsiders.js';
import { Person } from './person.js';
import { planSoak, type SoakPlan, type SoakSize } from './plan.js';
import { Sender } from './sender.js';
import { type Restart, Strikes } from './strikes.js';

export interface SoakOptions {
  readonly seed: number;
  readonly size: SoakSize;
  /** The compiled `cli/main.js`. */
  readonly cli: string;
  /** The program of an agent from elsewhere. */
  readonly outsider: string;
  readonly onLine?: (text: string) => void;
  /** Breaks it off, with nothing left running. */
  readonly signal?: AbortSignal;
}

export interface SoakResult extends Checked {
  readonly plan: SoakPlan;
  readonly kills: ReadonlyMap<string, number>;
  readonly deaths: ReadonlyMap<string, number>;
  readonly decisions: ReadonlyMap<string, number>;
  readonly restarts: readonly Restart[];
  /** How long each polite stop took, in milliseconds. */
  readonly stops: readonly number[];
  readonly lostAnswers: number;
  readonly repeatedRequests: number;
  readonly cancels: number;
  /** Processes of runtimes that killed hosts have left, and that no later one had use for. */
  readonly strays: number;
  /** From the first task to the end of the last one. */
  readonly workSeconds: number;
  readonly seconds: number;
}

/** A soak that broke, and the folder that is kept for whoever looks after it. */
export class BrokenSoak extends Error {
  readonly evidence: string;

  constructor(cause: unknown, evidence: string) {
    super(cause instanceof Error ? `${cause.message}${cause instanceof Broken ? '' : `\n${cause.stack ?? ''}`}` : String(cause), { cause });
    this.evidence = evidence;
  }
}

/** No process has this number. */
const NOBODY = 0;
/** How likely an agent from elsewhere kills itself, at each point where it may. */
const DEATHS = 0.006;
/** A polite stop waits for a server of OpenCode that is just starting, which takes long on a machine that has much to do. */
const STOP_MS = 120_000;
/** So long no task may end. */
const STILL_MS = 90_000;

/** Rejects with `BrokenSoak`. */
export async function soak(options: SoakOptions): Promise<SoakResult> {
  const place = await makePlace();
  const began = Date.now();
  await using model = await startOfflineModel({ keepRequests: 1 });
  const one = await Soak.open(options, place, model);
  try {
    const result = await one.play();
    const strays = await one.clear();
    await removePlace(place);
    return { ...result, strays, seconds: (Date.now() - began) / 1000 };
  } catch (error) {
    await one.clear();
    throw new BrokenSoak(error, place.folder);
  }
}

class Soak {
  readonly #options: SoakOptions;
  readonly #place: Place;
  readonly #model: OfflineModel;
  readonly #plan: SoakPlan;
  readonly #ledger: Ledger;
  readonly #host: HostProcess;
  readonly #outsiders: Outsiders;
  readonly #codexHomes: readonly string[];
  #last = Date.now();
  #break: (error: Error) => void = () => undefined;
  readonly #broken: Promise<never>;
  readonly #breakOff = (): void => this.#break(new Broken('a soak comes to its end', 'it was broken off'));

  static async open(options: SoakOptions, place: Place, model: OfflineModel): Promise<Soak> {
    return new Soak(options, place, model, await freePort());
  }

  private constructor(options: SoakOptions, place: Place, model: OfflineModel, port: number) {
    this.#options = options;
    this.#place = place;
    this.#model = model;
    this.#plan = planSoak(options.seed, options.size);
    this.#broken = new Promise<never>((_, reject) => {
      this.#break = reject;
    });
    this.#broken.catch(() => undefined);
    if (options.signal?.aborted === true) this.#breakOff();
    options.signal?.addEventListener('abort', this.#breakOff);
    this.#codexHomes = [place.codexHome, join(place.folder, 'codex2')];
    this.#ledger = new Ledger(place.folder, place.work);
    const env = { ...place.env, SPOOL_LOG: 'info', SPOOL_CODEX_BIN: codexBinary() };
    const onCrash = (error: Error): void => this.#break(error);
    this.#host = new HostProcess({ cli: options.cli, env, home: place.home, stderr: place.stderr, port, stopMs: STOP_MS, onCrash });
    const { folder } = place;
    this.#outsiders = new Outsiders({ program: options.outsider, folder, ledger: this.#ledger, port, seed: options.seed, deaths: DEATHS });
  }

  async play(): Promise<Omit<SoakResult, 'seconds' | 'strays'>> {
    const { onLine = () => undefined, size, signal } = this.#options;
    const onBroken = (error: Error): void => this.#break(error);
    const api = new Api(this.#host, () => undefined);
    const agents = this.#plan.agents.filter(({ kind }) => kind !== 'person').length;
    const { home } = this.#place;
    const parts = { host: this.#host, api, outsiders: this.#outsiders, home, agents, onBroken, onStrike: onLine };
    const strikes = new Strikes(this.#plan.strikes, parts);
    const person = new Person({ api, seed: this.#options.seed, onBroken });
    const onEnd = (ended: number): void => {
      this.#last = Date.now();
      strikes.saw(ended);
      if (ended % 100 === 0) onLine(`${ended} of ${this.#plan.tasks.length} tasks have ended`);
    };
    const sender = new Sender({ api, ledger: this.#ledger.files.ledger, atOnce: size.atOnce, onEnd });
    const watchdog = setInterval(() => this.#lookForStandstill(sender), 1000);
    try {
      await this.#host.start();
      await this.#introduce(api);
      await Promise.race([strikes.whole(), this.#broken]);
      person.start();
      const began = Date.now();
      await Promise.race([sender.send(this.#plan.tasks), this.#broken]);
      await Promise.race([this.#rest(api), this.#broken]);
      const workSeconds = (Date.now() - began) / 1000;
      await Promise.race([strikes.end(), this.#broken]);
      const checked = await Promise.race([this.#check(api, strikes, person, sender), this.#broken]);
      const { kills, restarts, stops } = strikes;
      const deaths = counted(this.#ledger.deaths().map(({ point }) => point));
      const { repeats: repeatedRequests, cancels } = sender;
      const counts = { kills, deaths, decisions: person.said, restarts, stops, lostAnswers: api.lost, repeatedRequests, cancels };
      return { ...checked, ...counts, plan: this.#plan, workSeconds };
    } finally {
      clearInterval(watchdog);
      signal?.removeEventListener('abort', this.#breakOff);
      api.close();
    }
  }

  /** All who take part. */
  async #introduce(api: Api): Promise<void> {
    const { work } = this.#place;
    for (const home of this.#codexHomes) await prepareOfflineHome(home, this.#model);
    for (const plan of this.#plan.agents) {
      if (plan.kind === 'person') continue;
      if (plan.kind === 'local') {
        await mkdir(join(work, plan.alias));
        const body = agentOf(plan, { codexHomes: this.#codexHomes, work, modelUrl: this.#model.url });
        const answer = await api.send({ method: 'POST', path: '/v1/agents', body });
        must(answer.status === 201, 'an agent is made', () => JSON.stringify(answer.body));
        continue;
      }
      const body = { alias: plan.alias, tasks: outsideSettings(plan) };
      const answer = await api.send({ method: 'POST', path: '/v1/outside-agents', body });
      must(answer.status === 201, 'an agent from elsewhere is admitted', () => JSON.stringify(answer.body));
      this.#outsiders.add(plan, answer.body as unknown as AdmittedAgent);
    }
  }

  /** Resolves when nothing is open any more: agents may have sent what nobody waits for. */
  async #rest(api: Api): Promise<void> {
    for (let open = Number.POSITIVE_INFINITY; open > 0; ) {
      const left = (await openTasks(api)).length;
      if (left < open) this.#last = Date.now();
      open = left;
      if (open > 0) await new Promise((resolve) => setTimeout(resolve, 200));
    }
  }

  async #check(api: Api, strikes: Strikes, person: Person, sender: Sender): Promise<Checked> {
    // What is said of the tasks now must not depend on who has lived through it.
    await strikes.restart('SIGKILL');
    await this.#rest(api);
    checkNode(await strikes.whole(), this.#plan.agents);
    await person.stop();
    const { acknowledged } = sender;
    const checked = await checkTasks({ api, ledger: this.#ledger, agents: this.#plan.agents, acknowledged });
    await this.#outsiders[Symbol.asyncDispose]();
    const { code } = await this.#host.end('SIGTERM');
    must(code === 0, 'a host that is stopped politely ends with 0', () => String(code));
    return checked;
  }

  /** Leaves no process behind, whatever has become of the soak; how many there were that no host looked after. */
  async clear(): Promise<number> {
    await this.#outsiders[Symbol.asyncDispose]();
    await this.#host.end('SIGKILL');
    // What a runtime has started has the folder among its variables, if not in its arguments.
    const { folder } = this.#place;
    return startedBy(NOBODY, folder).filter(kill).length + this.#host.sweep(folder);
  }

  #lookForStandstill(sender: Sender): void {
    if (Date.now() - this.#last < STILL_MS) return;
    this.#break(new Broken('a task ends', `no task has ended for ${STILL_MS / 1000} s; ${sender.ended} have`));
  }
}

function counted(words: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1);
  return counts;
}

async function freePort(): Promise<number> {
  const server = createServer();
  const port = await new Promise<number>((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : 0);
    });
  });
  await new Promise((resolve) => server.close(resolve));
  return port;
}
