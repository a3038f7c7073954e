/** What is killed in the middle of a turn, and what becomes of the turn. */

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { Turn } from '../../../src/contract/session.js';
import { childStates, turnIsInRollout, type World } from '../../stories/rig.js';
import { codexOf, NEWEST } from '../install.js';
import { killCodex, type Stage } from '../stage.js';
import type { Story } from '../story.js';
import { Talk } from '../talk.js';

export const DEATHS: readonly Story[] = [
  {
    promise: 'the host is killed in mid-turn, and the turn goes on in the next one',
    async play(stage) {
      await using w = await stage.apart();
      const first = await w.serve();
      const talk = await talkIn(w, first);
      const turn = await talk.ask('[[deltas:60:30]]');
      await talk.saw(turn, 'item.delta');
      await first.kill('SIGKILL');
      const later = new Talk((await w.serve()).client, talk.id);
      const ended = await later.ended(turn);
      expect(ended).toMatchObject({ status: 'completed' });
      expect(ended.finalText).toMatch(/^1 2 3 .* 60 ?$/);
      expect(await later.told('turn.started', turn)).toHaveLength(1);
    },
  },
  {
    promise: 'the host is killed while a question waits, and the question comes back as the same approval',
    async play(stage) {
      await using w = await stage.apart();
      const first = await w.serve();
      const talk = await talkIn(w, first, { permissions: { profile: ':workspace', approvalPolicy: 'untrusted' } });
      const { turn, approval } = await talk.runUntilAsked('[[sh:echo once >> ran]] [[text:done]]');
      await first.kill('SIGKILL');
      const later = new Talk((await w.serve()).client, talk.id);
      expect((await later.client.approvals.list()).items).toMatchObject([{ id: approval.id, status: 'pending' }]);
      await later.answer(approval, { decision: 'accept' });
      expect(await later.ended(turn)).toMatchObject({ status: 'completed', finalText: 'done' });
      expect(await later.told('approval.asked')).toHaveLength(1);
      expect(await readFile(join(w.work, 'ran'), 'utf8')).toBe('once\n');
    },
  },
  {
    promise: 'a turn that ended while no host was there is told whole by the next one',
    async play(stage) {
      await endUnseen(stage, async (talk, turn) => {
        expect(await talk.items('agentMessage', turn)).toMatchObject([
          { text: expect.stringMatching(/^1 2 .* 10 $/) },
          { text: 'all done' },
        ]);
        expect(await talk.items('command', turn)).toMatchObject([{ status: 'completed', exitCode: 0, output: 'unseen\n' }]);
      });
    },
  },
  {
    promise: 'Codex is killed in mid-turn: the turn fails at once, and the next one goes on in the same conversation',
    async play(stage) {
      await using w = await stage.apart();
      const talk = await talkIn(w, await w.serve());
      await talk.run('the word is heron [[text:noted]]');
      const { threadId } = await talk.session();
      const turn = await talk.ask('[[deltas:400:50]]');
      await talk.saw(turn, 'item.delta');
      const [child] = await childStates(w.home.join('spool', 'run', 'codex'));
      process.kill(child?.pid ?? 0, 'SIGKILL');
      expect(await talk.ended(turn)).toMatchObject({ status: 'failed', error: { code: 'runtime-exited', retryable: true }, partial: true });
      expect(await talk.run('[[text:still here]]')).toMatchObject({ status: 'completed', finalText: 'still here' });
      expect(await talk.session()).toMatchObject({ threadId });
      expect(JSON.stringify(w.model.requests.at(-1)?.body.input)).toContain('the word is heron');
    },
  },
  {
    promise: 'host and Codex are both killed in mid-turn: the turn fails, and the conversation goes on with what it knew',
    async play(stage) {
      await using w = await stage.apart();
      const first = await w.serve();
      const talk = await talkIn(w, first, { permissions: { profile: ':workspace', approvalPolicy: 'never' } });
      await talk.run('the word is heron [[text:noted]]');
      const { threadId } = await talk.session();
      const turn = await talk.ask('[[deltas:400:50]]');
      await talk.saw(turn, 'item.delta');
      await first.kill('SIGKILL');
      await killCodex(w);
      const later = new Talk((await w.serve()).client, talk.id);
      expect(await later.ended(turn)).toMatchObject({
        status: 'failed',
        error: { code: 'runtime-exited', retryable: true },
        partial: true,
      });
      expect(await later.run('[[sh:touch still-allowed]] [[text:still here]]')).toMatchObject({ finalText: 'still here' });
      expect(await later.commands(1)).toMatchObject([{ status: 'completed', exitCode: 0 }]);
      expect(await later.session()).toMatchObject({ threadId });
      expect(JSON.stringify(w.model.requests.at(-1)?.body.input)).toContain('the word is heron');
    },
  },
  {
    promise: 'a conversation that was begun with this version goes on after an update to the newest',
    async play(stage) {
      await goesOn(stage, [stage.version, NEWEST]);
    },
  },
  {
    promise: 'a conversation that was begun with the newest goes on with this version',
    async play(stage) {
      await goesOn(stage, [NEWEST, stage.version]);
    },
  },
];

/** Begins a conversation with one version and goes on with the other; both remember, and both write. */
async function goesOn(stage: Stage, [before, after]: readonly [string, string]): Promise<void> {
  await using w = await stage.apart();
  w.env['SPOOL_CODEX_BIN'] = codexOf(before);
  const first = await w.serve();
  const talk = await talkIn(w, first);
  await talk.run('the word is heron [[sh:echo remembered]] [[text:noted]]');
  const { threadId } = await talk.session();
  await first.kill('SIGTERM');
  await killCodex(w);
  w.env['SPOOL_CODEX_BIN'] = codexOf(after);
  const later = new Talk((await w.serve()).client, talk.id);
  expect(await later.run('[[text:still here]]')).toMatchObject({ status: 'completed', finalText: 'still here' });
  const heard = JSON.stringify(w.model.requests.at(-1)?.body.input);
  for (const text of ['the word is heron', 'remembered', 'noted']) expect(heard).toContain(text);
  expect(await later.session()).toMatchObject({ threadId });
  expect((await later.client.status()).runtimes).toMatchObject([{ version: after }]);
}

type Served = Awaited<ReturnType<World['serve']>>;

async function talkIn(w: World, { client }: Served, body: Parameters<Stage['open']>[0] = {}): Promise<Talk> {
  const { id } = await client.sessions.open({ cwd: w.work, ...body });
  return new Talk(client, id);
}

/** Lets a turn say something, run a command and end, most of it after its host was killed, and shows what the next host tells of it. */
export async function endUnseen(stage: Stage, look: (talk: Talk, turn: Turn) => Promise<void>): Promise<void> {
  await using w = await stage.apart();
  const first = await w.serve();
  const talk = await talkIn(w, first);
  const turn = await talk.ask('[[deltas:10:30]] [[sh:echo unseen]] [[text:all done]]');
  await talk.saw(turn, 'item.delta');
  const { threadId } = await talk.session();
  await first.kill('SIGKILL');
  await turnIsInRollout(w.home.join('codex'), threadId ?? '');
  const later = new Talk((await w.serve()).client, talk.id);
  expect(await later.ended(turn)).toMatchObject({ status: 'completed', finalText: 'all done' });
  await look(later, turn);
}
