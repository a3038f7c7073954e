import { expect, test } from 'vitest';
import type { Census } from '../../base/census.js';
import { silentLogger } from '../../ports/logger.js';
import { ManualClock } from '../../testing/manual-clock.js';
import { CARE, Caretaker, type CaretakerParts, type Charge } from './caretaker.js';

const MIB = 1024 ** 2;

/** A process that does what a test says, and notes what is done with it. */
class FakeCharge implements Charge {
  readonly home = '/home';
  readonly child = { pid: 7, version: '0.169.0' };
  readonly done: string[] = [];
  threads = 1;
  heard = 1;
  lastUsed: number;
  over = false;
  rests = true;
  /** A turn of somebody else runs in it: only Codex knows that. */
  busy = false;
  alive = true;
  commands = 0;
  readonly #clock: ManualClock;
  #notice: string | undefined;

  constructor(clock: ManualClock) {
    this.#clock = clock;
    this.lastUsed = clock.now();
  }

  use(): void {
    this.lastUsed = this.#clock.now();
    this.heard += 1;
  }

  commandsLeft(): Promise<number> {
    return Promise.resolve(this.commands);
  }

  retire(why: string): Promise<boolean> {
    if (!this.rests || this.busy) return Promise.resolve(false);
    this.#end(`retired: ${why}`);
    return Promise.resolve(true);
  }

  answers(): Promise<boolean> {
    this.done.push('asked');
    return Promise.resolve(this.alive);
  }

  kill(message: string): Promise<void> {
    this.#end(`killed: ${message}`);
    return Promise.resolve();
  }

  announce(notice: string): boolean {
    if (this.#notice === notice) return false;
    this.#notice = notice;
    this.done.push(`told: ${notice}`);
    return true;
  }

  #end(how: string): void {
    this.done.push(how);
    this.over = true;
    this.rests = false;
  }
}

interface Ward {
  readonly clock: ManualClock;
  readonly charge: FakeCharge;
  readonly caretaker: Caretaker;
  size: Census;
  counts: number;
  /** Lets a sweep's time pass, and waits for its end. */
  sweep(ms?: number): Promise<void>;
}

function ward(parts: Partial<CaretakerParts> = {}): Ward {
  const clock = new ManualClock();
  const charge = new FakeCharge(clock);
  let swept = (): void => undefined;
  const self: Ward = {
    clock,
    charge,
    size: { processes: 1, memoryBytes: 90 * MIB },
    counts: 0,
    caretaker: new Caretaker({
      care: CARE,
      // Asked at the beginning and at the very end of each sweep.
      charges: () => {
        setImmediate(() => swept());
        return charge.over ? [] : [charge];
      },
      installed: () => Promise.resolve('0.169.0'),
      count: (pids) => {
        self.counts += 1;
        return Promise.resolve(new Map(pids.map((pid) => [pid, self.size])));
      },
      clock,
      logger: silentLogger,
      ...parts,
    }),
    async sweep(ms = CARE.everyMs) {
      const over = new Promise<void>((resolve) => {
        swept = resolve;
      });
      self.caretaker.watch();
      clock.advance(ms);
      await over;
    },
  };
  return self;
}

test('a process that nobody has used for a quarter of an hour is stopped, and not a moment before', async () => {
  const { charge, clock, sweep } = ward();
  clock.advance(CARE.idleMs - 2 * CARE.everyMs);
  await sweep();
  expect(charge.over).toBe(false);
  charge.use();
  clock.advance(CARE.idleMs - 2 * CARE.everyMs);
  await sweep();
  expect(charge.over).toBe(false);
  await sweep();
  expect(charge.done.at(-1)).toBe('retired: nobody had used it for a while');
});

test('a process in which something runs is left alone, however long nobody spoke of it', async () => {
  const { charge, clock, sweep } = ward();
  clock.advance(10 * CARE.idleMs);
  charge.rests = false;
  await sweep();
  charge.rests = true;
  charge.busy = true;
  await sweep();
  charge.busy = false;
  // A server that an agent was told to start.
  charge.commands = 1;
  await sweep();
  expect(charge.over).toBe(false);
  charge.commands = 0;
  await sweep();
  expect(charge.over).toBe(true);
});

test.each<[string, Census, string]>([
  ['much memory', { processes: 3, memoryBytes: 1600 * MIB }, 'it had grown to 1600 MiB'],
  ['many processes', { processes: 33, memoryBytes: null }, 'it had become 33 processes for 1 open conversation'],
])('a process that has taken %s is stopped, as soon as its turn has ended', async (_what, size, why) => {
  const at = ward();
  at.charge.use();
  await at.sweep();
  expect(at.charge.over).toBe(false);
  at.size = size;
  at.charge.rests = false;
  at.clock.advance(CARE.everyMs);
  await at.sweep();
  expect(at.charge.over).toBe(false);
  at.charge.rests = true;
  await at.caretaker.atRest(at.charge);
  expect(at.charge.done.at(-1)).toBe(`retired: ${why}`);
});

test('many processes are well where many conversations are open', async () => {
  const at = ward();
  at.size = { processes: 33, memoryBytes: 90 * MIB };
  at.charge.threads = 2;
  await at.sweep();
  expect(at.charge.over).toBe(false);
});

test('an older process is stopped before it is used, if nothing runs in it', async () => {
  const { charge, caretaker } = ward({ installed: () => Promise.resolve('0.170.0') });
  await caretaker.beforeUse(charge);
  expect(charge.done).toEqual(['retired: Codex 0.170.0 is installed in place of 0.169.0']);
});

test('an older process in which a turn runs is used, says so once, and is stopped when the turn has ended', async () => {
  const { charge, caretaker } = ward({ installed: () => Promise.resolve('0.170.0') });
  charge.busy = true;
  await caretaker.beforeUse(charge);
  await caretaker.beforeUse(charge);
  expect(charge.done).toEqual(['told: Codex 0.169.0 is still running; 0.170.0 is installed and takes over when its turns have ended']);
  expect(caretaker.outdated(charge)).toBe(true);
  charge.busy = false;
  await caretaker.atRest(charge);
  expect(charge.over).toBe(true);
});

test('a process whose successor cannot be found, as in the middle of an installation, is as good as any', async () => {
  let installed = (): Promise<string> => Promise.resolve('0.170.0');
  const { charge, caretaker } = ward({ installed: () => installed() });
  charge.busy = true;
  await caretaker.beforeUse(charge);
  installed = () => Promise.reject(new Error('no such file'));
  charge.busy = false;
  await caretaker.beforeUse(charge);
  expect([charge.over, caretaker.outdated(charge)]).toEqual([false, false]);
});

test('a process that says nothing is asked for a sign of life, and killed when it gives none', async () => {
  const { charge, sweep } = ward();
  await sweep();
  expect(charge.done).toEqual([]);
  await sweep();
  expect(charge.done).toEqual(['asked']);
  charge.alive = false;
  charge.use();
  await sweep();
  expect(charge.done).toEqual(['asked']);
  await sweep();
  expect(charge.done).toEqual(['asked', 'asked', 'killed: Codex did not answer for 30 s and was stopped']);
});

test('processes are counted anew after a few seconds, however often somebody wants to know', async () => {
  const at = ward();
  expect(await at.caretaker.census()).toEqual(new Map([[7, at.size]]));
  await at.caretaker.census();
  expect(at.counts).toBe(1);
  at.clock.advance(5_000);
  await at.caretaker.census();
  expect(at.counts).toBe(2);
});

test('a process that comes while others are looked at is looked after too', async () => {
  const at = ward();
  at.charge.over = true;
  at.caretaker.watch();
  at.clock.advance(CARE.everyMs);
  // Its connection is made, and only in a moment counted among the others.
  at.caretaker.watch();
  await at.clock.armed();
  at.charge.over = false;
  at.charge.lastUsed -= CARE.idleMs;
  await at.sweep();
  expect(at.charge.over).toBe(true);
});

test('nothing is looked at any more once it is over', async () => {
  const { charge, caretaker, clock } = ward();
  caretaker.watch();
  await caretaker[Symbol.asyncDispose]();
  expect(clock.waiting).toBe(0);
  caretaker.watch();
  expect(clock.waiting).toBe(0);
  expect(charge.done).toEqual([]);
});
