import { describe, expect, test } from 'vitest';
import { SpoolError } from '../../base/errors.js';
import { ManualClock } from '../../testing/manual-clock.js';
import { ManualTransport } from '../../testing/manual-transport.js';
import { type IncomingRequest, Peer, type PeerOptions } from './peer.js';

function setUp(options: Partial<PeerOptions> = {}, transport = new ManualTransport()) {
  const clock = new ManualClock();
  const heard: unknown[] = [];
  const asked: IncomingRequest[] = [];
  const peer = new Peer(transport, {
    clock,
    onNotification: (method, params, emittedAtMs) => heard.push({ method, params, emittedAtMs }),
    onRequest: (request) => asked.push(request),
    ...options,
  });
  return { transport, clock, peer, heard, asked };
}

describe('Asking', () => {
  test('answers find their requests in any order, and ones that nobody waits for are ignored', async () => {
    const { transport, peer } = setUp();
    const answers = Promise.all([peer.request('a', { x: 1 }), peer.request('b', undefined)]);
    expect(transport.sent).toEqual([
      { id: 1, method: 'a', params: { x: 1 } },
      { id: 2, method: 'b' },
    ]);
    transport.say(
      { id: 99, result: 'stray' },
      { id: 2, result: 'B' },
      { id: '1', result: 'another id' },
      { id: 1, result: null },
      { id: 1, result: 'late' },
    );
    expect(await answers).toEqual([null, 'B']);
    expect(peer.noise).toBe(0);
  });

  test('an error of the other side keeps its message, and its code and data as details', async () => {
    const { transport, peer } = setUp();
    const answer = peer.request('thread/start', {});
    transport.say({ id: 1, error: { code: -32602, message: 'no', data: { input_error_code: 'input_too_large' } } });
    await expect(answer).rejects.toBeInstanceOf(SpoolError);
    await expect(answer).rejects.toMatchObject({
      code: 'runtime-failed',
      message: 'no',
      details: { method: 'thread/start', rpcCode: -32602, data: { input_error_code: 'input_too_large' } },
    });
  });

  test('onResult runs before the next message of the same tick is handled', async () => {
    const order: string[] = [];
    const { transport, peer } = setUp({ onNotification: (method) => order.push(method) });
    const answer = peer.request('thread/start', {}, { onResult: (result) => order.push(`result ${String(result)}`) });
    transport.say({ method: 'early' }, { id: 1, result: 'T' }, { method: 'thread/started' });
    order.push('tick over');
    await answer;
    expect(order).toEqual(['early', 'result T', 'thread/started', 'tick over']);
  });

  test('what onResult throws fails the request and nothing else', async () => {
    const { transport, peer, heard } = setUp();
    const answer = peer.request('a', {}, { onResult: () => expect.fail('not what I wanted') });
    transport.say({ id: 1, result: 1 }, { method: 'next' });
    await expect(answer).rejects.toThrow('not what I wanted');
    expect(heard).toHaveLength(1);
  });

  test('a request without an answer fails after its time, and its late answer is ignored', async () => {
    const { transport, clock, peer } = setUp();
    const [usual, short] = [peer.request('a', {}), peer.request('b', {}, { timeoutMs: 500 })];
    clock.advance(500);
    await expect(short).rejects.toMatchObject({ code: 'timeout', message: 'no answer to b within 500 ms' });
    transport.say({ id: 2, result: 'late' });
    clock.advance(59_499);
    const third = peer.request('c', {});
    clock.advance(1);
    await expect(usual).rejects.toMatchObject({ code: 'timeout' });
    transport.say({ id: 3, result: 'in time' });
    expect(await third).toBe('in time');
    expect(clock.waiting).toBe(0);
  });

  test('a signal ends the wait at once and leaves nothing behind', async () => {
    const { clock, peer } = setUp();
    const abort = new AbortController();
    const answer = peer.request('a', {}, { signal: abort.signal });
    abort.abort();
    await expect(answer).rejects.toMatchObject({ code: 'cancelled' });
    await expect(peer.request('b', {}, { signal: abort.signal })).rejects.toMatchObject({ code: 'cancelled' });
    expect(clock.waiting).toBe(0);
  });

  test('at most 64 requests are under way; the others wait in order, and one that is cancelled meanwhile is never sent', async () => {
    const { transport, peer } = setUp();
    const abort = new AbortController();
    const answers = Array.from({ length: 64 }, (_, at) => peer.request(`m${at}`, {}));
    const cancelled = peer.request('cancelled', {}, { signal: abort.signal });
    answers.push(peer.request('m64', {}), peer.request('m65', {}));
    expect(transport.sent).toHaveLength(64);
    abort.abort();
    await expect(cancelled).rejects.toMatchObject({ code: 'cancelled' });
    transport.say({ id: 7, result: 7 });
    expect(transport.sent.slice(64)).toMatchObject([{ method: 'm64' }]);
    transport.say({ id: 8, result: 8 });
    expect(transport.sent.slice(65)).toMatchObject([{ method: 'm65' }]);
    for (const { id } of transport.sent as { id: number }[]) transport.say({ id, result: id });
    expect(await Promise.all(answers)).toHaveLength(66);
  });

  test('a request that times out makes room for the next one', async () => {
    const { transport, clock, peer } = setUp({ maxInFlight: 1, timeoutMs: 100 });
    const first = peer.request('a', {});
    clock.advance(50);
    const second = peer.request('b', {});
    clock.advance(50);
    await expect(first).rejects.toMatchObject({ code: 'timeout' });
    expect(transport.sent).toMatchObject([{ method: 'a' }, { method: 'b' }]);
    transport.say({ id: 2, result: 'ok' });
    expect(await second).toBe('ok');
  });

  test('an overloaded server is asked again after a growing while, and given up at last', async () => {
    const { transport, clock, peer } = setUp();
    const overloaded = { code: -32001, message: 'Server overloaded; retry later.' };
    const patient = peer.request('a', {});
    transport.say({ id: 1, error: overloaded });
    expect(transport.sent).toHaveLength(1);
    clock.advance(24);
    expect(transport.sent).toHaveLength(1);
    clock.advance(26);
    expect(transport.sent).toEqual([transport.sent[0], transport.sent[0]]);
    transport.say({ id: 1, result: 'at last' });
    expect(await patient).toBe('at last');

    const hopeless = peer.request('b', {});
    for (let i = 0; i < 6; i++) {
      transport.say({ id: 2, error: overloaded });
      clock.advance(2_000);
    }
    await expect(hopeless).rejects.toMatchObject({ code: 'overloaded', message: overloaded.message });
    expect(transport.sent).toHaveLength(2 + 6);
  });

  test('a message that the transport refuses fails its own request only', async () => {
    const transport = new ManualTransport((text) => {
      if (text.includes('huge')) throw new SpoolError('too-large', 'over the limit');
    });
    const { peer } = setUp({ maxInFlight: 1 }, transport);
    await expect(peer.request('a', 'huge')).rejects.toMatchObject({ code: 'too-large' });
    const next = peer.request('b', 'small');
    transport.say({ id: 2, result: true });
    expect(await next).toBe(true);
  });
});

describe('Being asked', () => {
  test('a request is known by its method, also with the id 0, a text, or the id of one of ours', async () => {
    const { transport, peer, asked } = setUp();
    const ours = peer.request('a', {});
    transport.say({ id: 0, method: 'ask', params: { q: 1 } }, { id: 'x', method: 'ask' }, { id: 1, method: 'ask', result: 'confusing' });
    expect(asked.map(({ id, params }) => ({ id, params }))).toEqual([{ id: 0, params: { q: 1 } }, { id: 'x' }, { id: 1 }]);
    transport.say({ id: 1, result: 'ours' });
    expect(await ours).toBe('ours');
  });

  test('the first answer counts, whenever it comes, and nothing is always an answer', () => {
    const { transport, asked } = setUp();
    transport.say({ id: 0, method: 'ask' }, { id: 1, method: 'ask' }, { id: 2, method: 'ask' });
    expect(transport.sent).toEqual([]);
    asked[1]?.error({ code: -1, message: 'no' });
    asked[0]?.result({ decision: 'accept' });
    asked[0]?.result({ decision: 'decline' });
    asked[0]?.error({ code: -1, message: 'too late' });
    asked[2]?.result(undefined);
    expect(transport.sent).toEqual([
      { id: 1, error: { code: -1, message: 'no' } },
      { id: 0, result: { decision: 'accept' } },
      { id: 2, result: null },
    ]);
  });

  test('a handler that throws is reported, its request is answered with an error, and the next message is handled', () => {
    const faults: [unknown, string][] = [];
    const { transport } = setUp({
      onRequest: () => expect.fail('oh'),
      onNotification: (method) => {
        if (method === 'bad') throw new Error('dear');
      },
      onFault: (error, method) => faults.push([error, method]),
    });
    transport.say({ id: 0, method: 'ask' }, { method: 'bad' }, { method: 'good' });
    expect(transport.sent).toMatchObject([{ id: 0, error: { code: -32603 } }]);
    expect(faults.map(([, method]) => method)).toEqual(['ask', 'bad']);
  });
});

describe('Hearing', () => {
  test('notifications come with the time at which they were sent, if it is told', () => {
    const { transport, heard } = setUp();
    transport.say({ method: 'a', params: [1], emittedAtMs: 5 }, { id: null, method: 'b' });
    expect(heard).toEqual([{ method: 'a', params: [1], emittedAtMs: 5 }, { method: 'b' }]);
  });

  test('what is no message is counted and shown in part, and does no harm', () => {
    const shown: string[] = [];
    const { transport, peer, heard } = setUp({ onNoise: (start) => shown.push(start) });
    const long = `panicked at ${'x'.repeat(500)}`;
    transport.say(
      long,
      '[]',
      'null',
      '7',
      '{"id":1',
      { id: 3 },
      { id: null, error: { code: 1, message: 'x' } },
      { method: 5 },
      { method: 'ok' },
    );
    expect(peer.noise).toBe(8);
    expect(shown[0]).toBe(long.slice(0, 200));
    expect(shown).toHaveLength(8);
    expect(heard).toHaveLength(1);
  });
});

describe('The end', () => {
  const exited = { how: 'exited', message: 'Codex exited with code 1', exitCode: 1, signal: null } as const;

  test('it fails what is under way and what waits, with its one reason, and everything after it at once', async () => {
    const { transport, clock, peer, heard, asked } = setUp({ maxInFlight: 1 });
    transport.say({ id: 0, method: 'ask' });
    const answers = [peer.request('a', {}), peer.request('b', {})];
    transport.end(exited);
    expect(await peer.ended).toBe(exited);
    expect(peer.end).toBe(exited);
    answers.push(peer.request('c', {}));
    for (const answer of answers) {
      await expect(answer).rejects.toMatchObject({
        code: 'unavailable',
        message: expect.stringContaining('Codex exited with code 1'),
        details: { how: 'exited', exitCode: 1 },
      });
    }
    peer.notify('hello');
    asked[0]?.result(1);
    transport.say({ method: 'ghost' });
    expect(transport.sent).toHaveLength(1);
    expect(heard).toEqual([]);
    expect(clock.waiting).toBe(0);
  });

  test('closing is an end too, the first reason stands, and twice is fine', async () => {
    const { transport, peer } = setUp();
    const answer = peer.request('a', {});
    const closing = peer.close();
    transport.end(exited);
    await expect(answer).rejects.toMatchObject({ code: 'unavailable', details: { how: 'closed' } });
    await closing;
    await peer.close();
    expect((await peer.ended).how).toBe('closed');
  });
});
