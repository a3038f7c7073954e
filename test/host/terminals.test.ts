/** A seat at a session: what is said there goes the way of every other request, and the session stays awake for it. */

import { expect, test } from 'vitest';
import { Pipe } from '../../src/base/pipe.js';
import type { Principal } from '../../src/host/face.js';
import type { AskRef } from '../../src/ports/agent.js';
import type { JoinThread, Seat } from '../../src/ports/terminal.js';
import { ManualClock } from '../../src/testing/manual-clock.js';
import { OWNER, type Rig, type RigOptions, rig } from './rig.js';

const OPERATOR: Principal = { name: 'maria', role: 'operator' };

/** A host whose runtime has a terminal that a test plays. */
function withTerminals(options: RigOptions = {}): { r: Rig; joined: { of: JoinThread; seat: Seat }[]; left: () => number } {
  const r = rig({ ...options, script: { ...options.script, capabilities: { terminal: true } } });
  const joined: { of: JoinThread; seat: Seat }[] = [];
  let left = 0;
  Object.assign(r.agent, {
    join: (of: JoinThread, seat: Seat) => {
      joined.push({ of, seat });
      const frames = new Pipe<string>();
      return Promise.resolve({
        frames,
        send: () => undefined,
        [Symbol.asyncDispose]: () => {
          left += 1;
          frames.end();
          return Promise.resolve();
        },
      });
    },
  });
  return { r, joined, left: () => left };
}

async function sitDown({ r, joined }: ReturnType<typeof withTerminals>, by = OPERATOR) {
  const { id } = await r.host.openSession({}, OWNER);
  const place = await r.host.openTerminal(id, {}, by);
  await place.attach();
  const seat = joined.at(-1)?.seat;
  if (seat === undefined) throw new Error('nobody has joined');
  return { id, place, seat };
}

const said = (text: string) => ({ input: [{ type: 'text' as const, text }] });

test('a terminal is for whoever may operate, more than talking for the owner, and a runtime must have one', async () => {
  const { r } = withTerminals();
  await using _host = r;
  const { id } = await r.host.openSession({}, OWNER);
  await expect(r.host.openTerminal(id, {}, { name: 'eve', role: 'viewer' })).rejects.toMatchObject({ code: 'forbidden' });
  await expect(r.host.openTerminal(id, { allow: ['shell'] }, OPERATOR)).rejects.toMatchObject({ code: 'forbidden' });
  await expect(r.host.openTerminal('ses_00000000000000000000000000', {}, OWNER)).rejects.toMatchObject({ code: 'not-found' });
  await using place = await r.host.openTerminal(id, { allow: ['shell'] }, OWNER);
  expect(place).toMatchObject({ session: id, threadId: 'thread-1', version: '0.0.0', runtime: 'mock' });

  await using without = rig();
  const other = await without.host.openSession({}, OWNER);
  await expect(without.host.openTerminal(other.id, {}, OWNER)).rejects.toMatchObject({ code: 'unsupported' });
});

test('what is said there is recorded as a turn of that person before the runtime hears of it', async () => {
  const terminals = withTerminals();
  await using r = terminals.r;
  const { id, seat, place } = await sitDown(terminals);
  const first = await seat.say(said('one'));
  expect((await r.event(id, 'turn.requested')).data).toMatchObject({ by: 'maria', mode: 'auto' });
  expect(first.beside).toBeUndefined();
  expect(await first.begun).toBe('ref-1');

  const second = await seat.say({ ...said('two'), model: 'other' });
  expect((await r.event(id, 'turn.requested', 2)).data).toMatchObject({ disposition: 'queued', model: 'other', sticky: true });
  expect(second.beside).toBe('ref-1');
  const third = await seat.say({ input: [], action: { type: 'compact' } });
  expect(await seat.interrupt()).toBe(true);
  expect((await r.event(id, 'turn.interrupting')).data).toMatchObject({ by: 'maria' });
  r.agent.thread.say({ type: 'turn.interrupted', turn: first.turn });
  expect(await second.begun).toBe('ref-2');
  await r.host.cancelTurn(id, third.turn, OWNER);
  await expect(third.begun).rejects.toMatchObject({ code: 'cancelled' });
  r.agent.thread.say({ type: 'turn.completed', turn: second.turn, usage: null });
  await r.event(id, 'turn.completed');
  expect(await seat.interrupt()).toBe(false);
  await seat.rename('by hand');
  expect((await r.host.session(id, OWNER)).title).toBe('by hand');

  seat.acted({ method: 'shell', allowed: false, detail: 'curl -H "authorization: bearer abcdefghijkl"' });
  await place[Symbol.asyncDispose]();
  const { terminal } = (await r.event(id, 'terminal.attached')).data;
  expect((await r.event(id, 'terminal.acted')).data).toMatchObject({ terminal, by: 'maria', allowed: false });
  expect((await r.event(id, 'terminal.acted')).data.detail).not.toContain('abcdefghijkl');
  expect((await r.event(id, 'terminal.detached')).data).toEqual({ terminal, by: 'maria' });
  expect((await r.types(id)).at(-1)).toBe('terminal.detached');
});

test('an answer from there counts like any other, also when it is a moment ahead of the record; the first one wins', async () => {
  const clock = new ManualClock();
  const terminals = withTerminals({ clock });
  await using r = terminals.r;
  const { id, seat } = await sitDown(terminals);
  const { turn, begun } = await seat.say(said('one'));
  await clock.passUntil(begun);
  const ask = (ref: AskRef) =>
    r.agent.thread.say({ type: 'ask', turn, ref, ask: { kind: 'command', title: 'Run?', decisions: ['accept', 'decline'] } });
  const early = seat.answer('q1', { decision: 'accept' });
  ask('q1');
  expect(await clock.passUntil(early)).toBe(true);
  expect((await r.event(id, 'approval.answered')).data).toMatchObject({ by: 'maria', answer: { decision: 'accept' } });
  expect(await r.agent.called('answer')).toMatchObject({ ref: 'q1', answer: { decision: 'accept' } });

  ask('q2');
  const asked = await clock.passUntil(r.event(id, 'approval.asked', 2));
  await r.host.answerApproval(asked.data.approval.id, { decision: 'decline' }, OWNER);
  expect(await seat.answer('q2', { decision: 'accept' })).toBe(true);
  expect((await r.host.approval(asked.data.approval.id, OWNER)).answer).toEqual({ decision: 'decline' });

  expect(await clock.passUntil(seat.answer('never asked', { decision: 'accept' }))).toBe(false);
});

test('the session stays awake while somebody sits there, and falls asleep behind them', async () => {
  const clock = new ManualClock();
  const terminals = withTerminals({ clock, sleepAfterMs: 1000 });
  await using r = terminals.r;
  const { id, place } = await sitDown(terminals);
  clock.advance(10_000);
  expect((await r.host.status()).sessions.awake).toBe(1);
  expect(r.agent.calls.filter(({ call }) => call === 'dispose')).toEqual([]);
  await place[Symbol.asyncDispose]();
  await place[Symbol.asyncDispose]();
  expect(terminals.left()).toBe(1);
  clock.advance(10_000);
  await r.agent.called('dispose');
  // A place at a session that sleeps wakes it, and opens its conversation again.
  await using again = await r.host.openTerminal(id, {}, OPERATOR);
  expect(again.threadId).toBe('thread-1');
  expect(await r.agent.called('open', 2)).toMatchObject({ thread: { resume: 'thread-1' } });
});

test('what keeps the conversation from being opened is said, and a seat is taken once', async () => {
  const terminals = withTerminals({ script: { open: () => Promise.reject(new Error('no such program')) } });
  await using r = terminals.r;
  const { id } = await r.host.openSession({}, OWNER);
  await expect(r.host.openTerminal(id, {}, OWNER)).rejects.toThrow('no such program');

  const fine = withTerminals();
  await using host = fine.r;
  const { place } = await sitDown(fine);
  await expect(place.attach()).rejects.toMatchObject({ code: 'conflict' });
  await host.host[Symbol.asyncDispose]();
  expect(fine.left()).toBe(1);
});
