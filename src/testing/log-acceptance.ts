/**
 * The proof that something is a log: one test for every sentence of ports/log.ts. Every store of ours runs it, and whoever writes
 * another one can.
 */

import { ERROR_CODES, SpoolError } from '../base/errors.js';
import type { Log, LogRecord, NewRecord, StreamId, Version } from '../ports/log.js';
import { registerFollowing } from './log-following.js';
import type { TestRunner } from './test-runner.js';

/** A log to try. `await using` ends it after each test. */
export interface LogUnderTest extends AsyncDisposable {
  readonly log: Log;
  /** Closes the log and opens the same store again; absent where nothing outlives the process. The old `log` is not used any more. */
  readonly reopen?: (() => Promise<Log>) | undefined;
}

/** Registers the suite. `open` makes a new, empty log for each test. */
export function logAcceptance(name: string, open: () => Promise<LogUnderTest>, runner: TestRunner): void {
  runner.describe(`${name} keeps the log's contract`, () => {
    registerAppending(open, runner);
    registerRefusals(open, runner);
    registerCommands(open, runner);
    registerReading(open, runner);
    registerEndsOfReading(open, runner);
    registerBodies(open, runner);
    registerFollowing(open, runner);
    registerReopening(open, runner);
  });
}

type Open = () => Promise<LogUnderTest>;

function registerAppending(open: Open, { test, expect }: TestRunner): void {
  test('a record of several events gets positions without gaps and one receipt', async () => {
    await using under = await open();
    const { log } = under;
    expect(place(await log.append('a', recordOf('x', 'y', 'z'), 'none'))).toEqual([1, 3, false]);
    expect(place(await log.append('a', recordOf('w'), 'any'))).toEqual([4, 4, false]);
    expect(positionsOf(await allOf(log, 'a'))).toEqual([[1, 2, 3], [4]]);
  });

  test('an append is refused when the version differs, and has written nothing', async () => {
    await using under = await open();
    const { log } = under;
    const first = await log.append('a', recordOf('x'), 'none');
    const second = await log.append('a', recordOf('y'), first.version);
    for (const expected of [first.version, 'none', 'made up' as Version] as const) {
      expect(await codeOf(log.append('a', recordOf('no'), expected))).toBe('conflict');
    }
    expect(await codeOf(log.append('unknown', recordOf('no'), first.version))).toBe('conflict');
    expect(await log.head('a')).toEqual({ position: 2, version: second.version });
    expect(await log.head('unknown')).toEqual({ position: 0, version: 'none' });
    expect(place(await log.append('a', recordOf('z'), second.version))).toEqual([3, 3, false]);
    expect((await allOf(log)).map(({ seq, version }) => [seq, version])).toEqual(
      (await allOf(log, 'a')).map(({ seq, version }) => [seq, version]),
    );
  });

  test('of many appends with one version in one turn exactly one is written, and the others are refused alone', async () => {
    await using under = await open();
    const { log } = under;
    const { version } = await log.append('a', recordOf('first'), 'none');
    const racing = Array.from({ length: 8 }, (_, index) => log.append('a', recordOf(`r${index}`), version));
    const beside = Array.from({ length: 8 }, (_, index) => log.append(`s${index}`, recordOf('beside'), 'none'));
    const outcomes = await Promise.allSettled(racing);
    expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', ...Array.from({ length: 7 }, () => 'rejected')]);
    expect((await Promise.all(beside)).map(place)).toEqual(Array.from({ length: 8 }, () => [1, 1, false]));
    expect((await log.head('a')).position).toBe(2);
    expect((await log.head()).position).toBe(10);
  });

  test('appends of one stream are in the order in which they were asked for', async () => {
    await using under = await open();
    const { log } = under;
    const names = Array.from({ length: 300 }, (_, index) => `n${index}`);
    const receipts = await Promise.all(names.map((one) => log.append('a', recordOf(one), 'any')));
    expect(receipts.map(({ first }) => first)).toEqual(names.map((_, index) => index + 1));
    expect(bodiesOf(await allOf(log, 'a'))).toEqual(names.map(bodyOf));
  });
}

function registerRefusals(open: Open, { test, expect }: TestRunner): void {
  test('a record without events or with a type of blanks is refused', async () => {
    await using under = await open();
    const { log } = under;
    for (const record of [
      { events: [] },
      recordWith('', '{}'),
      recordWith('a b', '{}'),
      recordWith('a\nb', '{}'),
      recordWith('a', '"\ud800"'),
    ]) {
      expect(await codeOf(log.append('a', record, 'any'))).toBe('invalid-input');
    }
    expect(await log.head()).toEqual({ position: 0, version: 'none' });
  });

  test('after disposal everything is refused, and disposing twice is fine', async () => {
    await using under = await open();
    const { log } = under;
    const waiting = log.append('a', recordOf('x'), 'none');
    const unread = log.read({ after: 0 });
    await log[Symbol.asyncDispose]();
    await log[Symbol.asyncDispose]();
    expect(place(await waiting)).toEqual([1, 1, false]);
    expect(await codeOf(log.append('a', recordOf('y'), 'any'))).toBe('unavailable');
    expect(await codeOf(log.head('a'))).toBe('unavailable');
    expect(await codeOf(log.find('a', 'c'))).toBe('unavailable');
    expect(await codeOf(collect(unread))).toBe('unavailable');
    expect(await codeOf(collect(log.streams()))).toBe('unavailable');
  });
}

function registerCommands(open: Open, { test, expect }: TestRunner): void {
  test('a known command id wins over everything and answers with the first receipt', async () => {
    await using under = await open();
    const { log } = under;
    const first = await log.append('a', recordOf('x', 'y').with('cmd'), 'none');
    const later = await log.append('a', recordOf('z'), first.version);
    for (const expected of ['none', 'any', first.version, later.version] as const) {
      expect(await log.append('a', recordOf('other', 'than', 'before').with('cmd'), expected)).toEqual({ ...first, duplicate: true });
    }
    expect((await log.head('a')).position).toBe(3);
    expect((await log.head()).position).toBe(2);
  });

  test('a command id is known within its stream only', async () => {
    await using under = await open();
    const { log } = under;
    await log.append('a', recordOf('x').with('cmd'), 'none');
    expect((await log.append('b', recordOf('x').with('cmd'), 'none')).duplicate).toBe(false);
  });

  test('repeats in the same turn write one record', async () => {
    await using under = await open();
    const { log } = under;
    const receipts = await Promise.all(Array.from({ length: 5 }, () => log.append('a', recordOf('x', 'y').with('cmd'), 'none')));
    expect(receipts.map(place)).toEqual([[1, 2, false], ...Array.from({ length: 4 }, () => [1, 2, true])]);
    expect((await allOf(log)).length).toBe(1);
  });

  test('find tells the receipt of a command id, or null', async () => {
    await using under = await open();
    const { log } = under;
    await log.append('a', recordOf('w'), 'none');
    const receipt = await log.append('a', recordOf('x', 'y').with('cmd'), 'any');
    await log.append('a', recordOf('z'), 'any');
    expect(await log.find('a', 'cmd')).toEqual({ ...receipt, duplicate: true });
    expect(await log.find('a', 'other')).toBe(null);
    expect(await log.find('b', 'cmd')).toBe(null);
  });

  test('a refused append does not make its command id known', async () => {
    await using under = await open();
    const { log } = under;
    await log.append('a', recordOf('x'), 'none');
    expect(await codeOf(log.append('a', recordOf('y').with('cmd'), 'none'))).toBe('conflict');
    expect(await log.find('a', 'cmd')).toBe(null);
    expect((await log.append('a', recordOf('y').with('cmd'), 'any')).duplicate).toBe(false);
  });
}

function registerReading(open: Open, { test, expect }: TestRunner): void {
  test('a read begins behind any position, also in the middle of a record', async () => {
    await using under = await open();
    const { log } = under;
    await log.append('other', recordOf('o'), 'none');
    await log.append('a', recordOf('1', '2', '3').with('cmd'), 'none');
    await log.append('a', recordOf('4', '5'), 'any');
    const expected = [
      [
        [1, 2, 3],
        [4, 5],
      ],
      [
        [2, 3],
        [4, 5],
      ],
      [[3], [4, 5]],
      [[4, 5]],
      [[5]],
      [],
      [],
    ];
    for (const [after, positions] of expected.entries()) {
      const records = await allOf(log, 'a', after);
      expect(positionsOf(records), `after ${after}`).toEqual(positions);
      expect(records.map(({ version }) => version)).toEqual(
        (await allOf(log, 'a')).slice(2 - records.length).map(({ version }) => version),
      );
    }
    expect((await allOf(log, 'a', 2))[0]?.commandId).toBe('cmd');
    expect(await allOf(log, 'unknown')).toEqual([]);
  });

  test('reading all streams gives every record in the order of seq, with gaps nowhere', async () => {
    await using under = await open();
    const { log } = under;
    const names = Array.from({ length: 700 }, (_, index) => `s${index % 7}`);
    await Promise.all(names.map((stream, index) => log.append(stream, recordOf(`${index}`), 'any')));
    const records = await allOf(log);
    expect(records.map(({ seq }) => seq)).toEqual(names.map((_, index) => index + 1));
    expect(records.map(({ stream }) => stream)).toEqual(names);
    expect((await allOf(log, undefined, 650)).map(({ seq }) => seq)).toEqual(records.slice(650).map(({ seq }) => seq));
    expect(await log.head()).toEqual({ position: 700, version: (await log.head()).version });
    expect(await collect(log.streams())).toEqual(Array.from({ length: 7 }, (_, index) => ({ stream: `s${index}`, head: 100 })));
  });

  test('streams come in the order of their first records', async () => {
    await using under = await open();
    const { log } = under;
    const names = Array.from({ length: 1100 }, (_, index) => `s${(index * 7919) % 1100}`);
    await Promise.all(names.map((stream) => log.append(stream, recordOf('x'), 'none')));
    await log.append(names[0] ?? '', recordOf('y'), 'any');
    expect((await collect(log.streams())).map(({ stream }) => stream)).toEqual(names);
  });
}

function registerEndsOfReading(open: Open, { test, expect }: TestRunner): void {
  test('a read ends with what was durable when it was asked for', async () => {
    await using under = await open();
    const { log } = under;
    await log.append('a', recordOf('1'), 'none');
    const readings = [log.read({ stream: 'a', after: 0 }), log.read({ after: 0 })];
    await log.append('a', recordOf('2'), 'any');
    for (const reading of readings) expect(bodiesOf(await collect(reading))).toEqual([bodyOf('1')]);
  });

  test('an aborted read throws the reason of its signal', async () => {
    await using under = await open();
    const { log } = under;
    for (let index = 0; index < 3; index++) await log.append('a', recordOf(`${index}`), 'any');
    const controller = new AbortController();
    const seen: number[] = [];
    const reason = new SpoolError('cancelled', 'enough');
    const reading = async (): Promise<void> => {
      for await (const { seq } of log.read({ stream: 'a', after: 0, signal: controller.signal })) {
        seen.push(seq);
        controller.abort(reason);
      }
    };
    expect(await thrownBy(reading())).toBe(reason);
    expect(seen).toEqual([1]);
    expect(await thrownBy(collect(log.read({ after: 0, signal: controller.signal })))).toBe(reason);
  });
}

function registerBodies(open: Open, { test, expect }: TestRunner): void {
  test('bodies come back byte for byte', async () => {
    await using under = await open();
    const { log } = under;
    const texts = ['', 'é', '\u2028\u2029', '😀 𝄞', '\u0001\u007f\u0085\ufeff', '"\\/', 'ab '.repeat(700_000), '\n', '\n \n', '\r\n'];
    const bodies = [
      ...texts.map((text) => JSON.stringify({ text })),
      '{}',
      ' { "a" :\t1 }\r\n',
      '{\n  "a": [\n\n    1\n  ]\n}\n',
      '{"n":1e400}',
    ];
    await log.append('ä/😀 \u2028', { events: bodies.map((body, index) => ({ type: `t.${index}`, body })) }, 'none');
    for (const body of bodies) await log.append('b', { events: [{ type: 'é', body }], commandId: body.slice(0, 20) }, 'any');
    const [record, ...others] = await allOf(log);
    expect(record?.stream).toBe('ä/😀 \u2028');
    expect(record?.events.map(({ type }) => type)).toEqual(bodies.map((_, index) => `t.${index}`));
    for (const [index, body] of bodies.entries()) {
      expect(record?.events[index]?.body === body, `body ${index} in one record`).toBe(true);
      expect(others[index]?.events[0]?.body === body, `body ${index} alone`).toBe(true);
    }
  });
}

function registerReopening(open: Open, { test, expect }: TestRunner): void {
  test('what was acknowledged is there after the store is opened again, and goes on', async () => {
    await using under = await open();
    if (under.reopen === undefined) return;
    const receipt = await under.log.append('a', recordOf('1', '2').with('cmd'), 'none');
    await under.log.append('b', recordOf('x'), 'none');
    const before = await allOf(under.log);
    const log = await under.reopen();
    expect(await allOf(log)).toEqual(before);
    expect(await log.head('a')).toEqual({ position: 2, version: receipt.version });
    expect((await log.head()).position).toBe(2);
    expect(await log.append('a', recordOf('no').with('cmd'), 'any')).toEqual({ ...receipt, duplicate: true });
    expect(await codeOf(log.append('a', recordOf('no'), 'none'))).toBe('conflict');
    expect(place(await log.append('a', recordOf('3'), receipt.version))).toEqual([3, 3, false]);
    expect((await allOf(log)).map(({ seq }) => seq)).toEqual([1, 2, 3]);
    expect(await collect(log.streams())).toEqual([
      { stream: 'a', head: 3 },
      { stream: 'b', head: 1 },
    ]);
  });
}

/** A record with an event for each text; `with` gives it a command id. */
export function recordOf(...texts: readonly string[]): NewRecord & { with(commandId: string): NewRecord } {
  const events = texts.map((text) => ({ type: 'noted', body: bodyOf(text) }));
  return { events, with: (commandId) => ({ events, commandId }) };
}

export async function collect<T>(values: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const value of values) all.push(value);
  return all;
}

export function positionsOf(records: readonly LogRecord[]): number[][] {
  return records.map(({ events }) => events.map(({ position }) => position));
}

function recordWith(type: string, body: string): NewRecord {
  return { events: [{ type, body }] };
}

function bodyOf(text: string): string {
  return JSON.stringify({ text });
}

function bodiesOf(records: readonly LogRecord[]): string[] {
  return records.flatMap(({ events }) => events.map(({ body }) => body));
}

function allOf(log: Log, stream?: StreamId, after = 0): Promise<LogRecord[]> {
  return collect(log.read({ stream, after }));
}

function place({ first, last, duplicate }: { first: number; last: number; duplicate: boolean }): [number, number, boolean] {
  return [first, last, duplicate];
}

async function thrownBy(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise;
  } catch (thrown) {
    return thrown;
  }
  return undefined;
}

/** The code that a promise is rejected with; another throwable, or none, is told in words. */
async function codeOf(promise: Promise<unknown>): Promise<string> {
  const thrown = await thrownBy(promise);
  if (thrown === undefined) return 'resolved';
  return thrown instanceof SpoolError && ERROR_CODES.includes(thrown.code) ? thrown.code : String(thrown);
}
