/** Turns that another client of the runtime begins in a session's conversation. */

import { expect, test } from 'vitest';
import { OWNER, rig } from './rig.js';

const ASKED = [{ type: 'text' as const, text: 'from the terminal' }];

test('the turn of another client is recorded with what was asked, runs like one of ours and frees the session at its end', async () => {
  await using r = rig();
  const { id } = await r.host.openSession({}, OWNER);
  await r.host.requestTurn(id, { input: 'one' }, OWNER);
  const { turn: first } = await r.event(id, 'turn.started');
  r.agent.thread.say({ type: 'turn.completed', turn: first ?? '', usage: null });
  await r.event(id, 'turn.completed');
  r.agent.thread.say({ type: 'turn.begun', turn: 'trn_guest', ref: 'ref-guest', input: ASKED });
  await r.event(id, 'turn.started', 2);
  expect(await r.host.turn(id, 'trn_guest', OWNER)).toMatchObject({ status: 'running', input: ASKED });
  const { events } = await r.host.events(id, { after: 0, limit: 100 }, OWNER);
  expect(events.find((event) => event.turn === 'trn_guest')).toMatchObject({
    type: 'turn.requested',
    data: { by: 'another client', disposition: 'started' },
  });
  // Nobody sends it to the runtime again.
  const next = await r.host.requestTurn(id, { input: 'two', mode: 'queue' }, OWNER);
  expect(next.disposition).toBe('queued');
  const message = { id: 'm', kind: 'agentMessage', text: 'hello you' } as const;
  r.agent.thread.say(
    { type: 'item.completed', turn: 'trn_guest', item: message },
    { type: 'turn.completed', turn: 'trn_guest', usage: null },
  );
  expect((await r.agent.called('startTurn', 2)).start.turn).toBe(next.turn.id);
  expect(await r.host.turn(id, 'trn_guest', OWNER)).toMatchObject({ status: 'completed', finalText: 'hello you' });
});

test('beside a turn that is to begin there is no place for it, and that is told', async () => {
  await using r = rig({ script: { startTurn: () => new Promise<string>(() => undefined) } });
  const { id } = await r.host.openSession({}, OWNER);
  await r.host.requestTurn(id, { input: 'one' }, OWNER);
  await r.agent.called('startTurn');
  r.agent.thread.say({ type: 'turn.begun', turn: 'trn_guest', ref: 'ref-guest', input: ASKED });
  expect((await r.event(id, 'warning.raised')).data).toMatchObject({ message: expect.stringContaining('not recorded here') });
  await expect(r.host.turn(id, 'trn_guest', OWNER)).rejects.toMatchObject({ code: 'not-found' });
});
