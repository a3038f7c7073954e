import { expect, test } from 'vitest';
import { ContractHost } from '../../test/support/contract-host.js';
import type { SpoolError } from '../base/errors.js';
import type { StreamOpened } from '../contract/stream.js';
import { type Client, connect } from './connect.js';
import type { FollowOptions } from './follow.js';

const SESSION = 'ses_00000000000000000000000001';
const FAST = { backoff: { firstMs: 1, maxMs: 4 } };

async function withEvents(count: number): Promise<{ host: ContractHost; client: Client }> {
  const host = await new ContractHost().start();
  host.addSession(SESSION);
  for (let i = 0; i < count; i++) {
    host.append(SESSION, { type: 'warning.raised', at: '2026-01-01T00:00:00.000Z', data: { message: `número ${i + 1}` } });
  }
  return { host, client: connect({ url: host.url, token: host.token }) };
}

/** Positions up to `last`, then leaves. */
async function positions(client: Client, last: number, options: FollowOptions = {}): Promise<number[]> {
  const seen: number[] = [];
  for await (const event of client.follow(SESSION, { ...FAST, ...options })) {
    seen.push(event.position);
    if (event.position === last) break;
  }
  return seen;
}

/** 1 to `count`, behind `after`. */
const run = (count: number, after = 0): number[] => Array.from({ length: count - after }, (_, i) => after + i + 1);

/** A small generator of numbers that gives the same ones for the same seed. */
function seeded(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state * 1103515245 + 12345) % 2147483648;
    return Math.floor((state / 2147483648) * below);
  };
}

test('every position comes once and in order, however often the stream is cut, refused or repeated', async () => {
  for (let seed = 1; seed <= 12; seed++) {
    const { host, client } = await withEvents(60);
    await using _host = host;
    const random = seeded(seed);
    for (let i = 0; i < 14; i++) {
      const kinds = [{ cutAfter: random(9) }, { status: 503 }, { from: 0, cutAfter: random(30) }, { status: 500 }];
      host.faults.push(kinds[random(kinds.length)] ?? {});
    }
    expect(await positions(client, 60), `seed ${seed}`).toEqual(run(60));
  }
});

test('replay goes over into live without a gap', async () => {
  const { host, client } = await withEvents(3);
  await using _host = host;
  const following = positions(client, 5, {
    after: 1,
    onOpened: () => {
      host.append(SESSION, { type: 'warning.raised', at: '2026-01-01T00:00:00.000Z', data: { message: 'live' } });
      host.append(SESSION, { type: 'warning.raised', at: '2026-01-01T00:00:00.000Z', data: { message: 'live too' } });
    },
  });
  expect(await following).toEqual([2, 3, 4, 5]);
  expect(host.asked).toEqual([1]);
});

test('a skipped position is asked for again, and a host that always skips is an error', async () => {
  const { host, client } = await withEvents(6);
  await using _host = host;
  host.faults.push({ from: 3 });
  expect(await positions(client, 6)).toEqual(run(6));
  expect(host.asked).toEqual([0, 0]);
  host.faults.push({ from: 3 }, { from: 3 }, { from: 3 });
  await expect(positions(client, 6)).rejects.toMatchObject({ code: 'log-damaged' });
});

test('a pruned log may jump over what was there at the opening', async () => {
  const { host, client } = await withEvents(6);
  await using _host = host;
  host.faults.push({ from: 3, opened: { pruned: true } });
  expect(await positions(client, 6)).toEqual([4, 5, 6]);
});

test('after a gap the positions start again and the reader is told', async () => {
  const { host, client } = await withEvents(2);
  await using _host = host;
  host.faults.push({ opened: { resume: 'gap' } });
  const opened: StreamOpened[] = [];
  expect(await positions(client, 2, { after: 500, onOpened: (one) => opened.push(one) })).toEqual([1, 2]);
  expect(opened).toEqual([{ resume: 'gap', head: 2 }]);
});

test('what waiting cannot mend is thrown at once', async () => {
  const { host, client } = await withEvents(1);
  await using _host = host;
  const stranger = connect({ url: host.url, token: 'wrong' });
  await expect(positions(stranger, 1)).rejects.toMatchObject({ code: 'unauthorized', hint: 'pass --token' });
  host.faults.push({ status: 403 }, { status: 404 });
  await expect(positions(client, 1)).rejects.toMatchObject({ code: 'forbidden' });
  await expect(positions(client, 1)).rejects.toMatchObject({ code: 'not-found' });
  expect(host.asked).toEqual([0, 0]);
});

test('a host that is down is waited for, and the wait can be limited or aborted', async () => {
  const { host } = await withEvents(1);
  const gone = connect({ url: host.url, token: host.token });
  await host[Symbol.asyncDispose]();
  await expect(positions(gone, 1, { giveUpAfterMs: 20 })).rejects.toMatchObject({ code: 'unavailable' });
  const abort = new AbortController();
  let cuts = 0;
  const onCut = (error: SpoolError): void => {
    expect(error.code).toBe('unavailable');
    cuts += 1;
    if (cuts === 3) abort.abort();
  };
  expect(await positions(gone, 1, { signal: abort.signal, onCut })).toEqual([]);
  expect(cuts).toBe(3);
});

test('a stream that has fallen silent counts as cut', async () => {
  const { host, client } = await withEvents(1);
  await using _host = host;
  const following = positions(client, 2, {
    silenceMs: 30,
    onCut: () => {
      if (host.asked.length === 2)
        host.append(SESSION, { type: 'warning.raised', at: '2026-01-01T00:00:00.000Z', data: { message: 'back' } });
    },
  });
  expect(await following).toEqual([1, 2]);
  expect(host.asked.slice(0, 2)).toEqual([0, 1]);
});

test('an abort in the middle of a quiet stream ends it at once and without an error', async () => {
  const { host, client } = await withEvents(2);
  await using _host = host;
  const abort = new AbortController();
  const seen: number[] = [];
  for await (const event of client.follow(SESSION, { signal: abort.signal })) {
    seen.push(event.position);
    if (event.position === 2) abort.abort();
  }
  expect(seen).toEqual([1, 2]);
});
