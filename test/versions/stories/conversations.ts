/** Conversations: copies, compaction, reviews, names, the archive, models and permissions. */

import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { Stage } from '../stage.js';
import type { Story } from '../story.js';
import { Talk } from '../talk.js';
import { there } from './questions.js';

export const CONVERSATIONS: readonly Story[] = [
  {
    promise: 'a copy of a conversation knows what was said, and both go their own ways',
    async play(stage) {
      const talk = await stage.open();
      await talk.run('the word is heron [[text:noted]]');
      const copy = await copyOf(talk);
      expect(await copy.run('[[text:copied]]')).toMatchObject({ status: 'completed', finalText: 'copied' });
      expect(await heard(stage, copy)).toContain('the word is heron');
      expect((await copy.session()).threadId).not.toBe((await talk.session()).threadId);
      expect(await talk.run('[[text:the first]]')).toMatchObject({ status: 'completed', finalText: 'the first' });
      expect(await heard(stage, talk)).not.toContain('[[text:copied]]');
    },
  },
  {
    promise: 'a copy may end with an earlier turn',
    async play(stage) {
      const { talk, first } = await twoTurns(stage);
      const copy = await copyOf(talk, first.id);
      expect(await copy.run('[[text:copied]]')).toMatchObject({ status: 'completed', finalText: 'copied' });
      expect(await heard(stage, copy)).toContain('the word is heron');
      expect(await heard(stage, copy)).not.toContain('and now crane');
    },
  },
  {
    promise: 'a conversation is made shorter as a turn of its own, and goes on',
    async play(stage) {
      const talk = await stage.open();
      await talk.run('[[text:to be remembered]]');
      const { turn } = await talk.client.sessions.compact(talk.id);
      expect(await talk.ended(turn)).toMatchObject({ status: 'completed', action: { type: 'compact' } });
      expect(await talk.items('other', turn)).toMatchObject([{ type: 'contextCompaction' }]);
      expect(await talk.run('[[text:after]]')).toMatchObject({ status: 'completed', finalText: 'after' });
    },
  },
  {
    promise: 'a heavy result is taken out of a conversation, which then goes on without it, and is put back',
    async play(stage) {
      const talk = await stage.open();
      await talk.run('[[sh:printf "heavy%.0s" 1 2 3; seq 1 300]] [[text:seen]]');
      const { consumed, undo } = await talk.client.sessions.consume(talk.id, { largerThanBytes: 1000 });
      expect(consumed).toHaveLength(1);
      expect(await talk.run('[[text:light]]')).toMatchObject({ status: 'completed', finalText: 'light' });
      expect(await heard(stage, talk)).not.toContain('heavyheavyheavy');
      expect(await heard(stage, talk)).toContain('was taken out of the conversation by its owner');
      await talk.client.sessions.restore(talk.id, { undo: undo ?? '' });
      expect(await talk.run('[[text:heavy]]')).toMatchObject({ status: 'completed', finalText: 'heavy' });
      expect(await heard(stage, talk)).toContain('heavyheavyheavy');
    },
  },
  {
    promise: 'a review is a turn with the review as its text',
    async play(stage) {
      const talk = await stage.open();
      const verdict = { findings: [], overall_correctness: 'ok', overall_explanation: 'looks right', overall_confidence_score: 0.5 };
      const instructions = `look [[text:${JSON.stringify(verdict)}]]`;
      const { turn } = await talk.client.sessions.review(talk.id, { target: { type: 'custom', instructions } });
      expect(await talk.ended(turn)).toMatchObject({ status: 'completed', finalText: expect.stringContaining('looks right') });
      expect(await talk.run('[[text:after]]')).toMatchObject({ status: 'completed', finalText: 'after' });
    },
  },
  {
    promise: "a session that is renamed or archived is so in Codex's own lists too",
    async play(stage) {
      const talk = await stage.open();
      await talk.run('[[text:hi]]');
      const { threadId } = await talk.session();
      const home = stage.world.home.join('codex');
      const title = `the flaky test ${talk.id}`;
      expect(await talk.client.sessions.update(talk.id, { title })).toMatchObject({ title });
      const names = (): Promise<string> => readFile(join(home, 'session_index.jsonl'), 'utf8').catch(() => '');
      while (!(await names()).includes(title)) expect(await talk.session()).toMatchObject({ title });
      expect(await talk.client.sessions.archive(talk.id)).toMatchObject({ status: 'archived' });
      const archived = (): Promise<string[]> => readdir(join(home, 'archived_sessions')).catch(() => []);
      while (!(await archived()).some((name) => name.includes(threadId ?? ''))) expect((await talk.session()).status).toBe('archived');
    },
  },
  {
    promise: 'the models are listed with the efforts that each takes, and another effort is refused',
    async play(stage) {
      const { items } = await stage.client.agents.models('default');
      expect(items.filter((model) => model.default)).toHaveLength(1);
      for (const model of items) expect(model.efforts).toContain(model.defaultEffort);
      const simple = items.find((model) => !model.efforts.includes('xhigh') || !model.efforts.includes('none'));
      const effort = simple?.efforts.includes('none') === true ? 'xhigh' : 'none';
      const talk = await stage.open();
      await expect(talk.ask('hi', { model: simple?.id, effort })).rejects.toMatchObject({
        code: 'invalid-input',
        hint: `it takes: ${simple?.efforts.join(', ')}`,
      });
    },
  },
  {
    promise: 'a permission profile says where commands may write',
    async play(stage) {
      for (const [profile, written] of [
        [':workspace', true],
        [':read-only', false],
      ] as const) {
        const talk = await stage.open({ permissions: { profile, approvalPolicy: 'never' } });
        expect(await talk.run('[[sh:touch made]] [[text:done]]')).toMatchObject({ status: 'completed' });
        expect(await there(join(talk.cwd, 'made')), profile).toBe(written);
      }
    },
  },
  {
    promise: 'a command that the sandbox denies at once is told too, although Codex says nothing of it',
    async play(stage) {
      const talk = await stage.open({ permissions: { profile: ':workspace', approvalPolicy: 'never' } });
      await talk.run('[[sh:touch /etc/nope]] [[sh:true]] [[text:done]]');
      const commands = (await talk.commands(2)).map(({ command, status, exitCode }) => `${command} ${status} ${exitCode}`);
      expect(commands.filter((line) => line.includes('touch /etc/nope'))).toEqual([expect.stringMatching(/ failed 1$/)]);
      expect(commands).toHaveLength(2);
    },
  },
];

/** A session in which two things were said, one turn each. */
export async function twoTurns(stage: Stage) {
  const talk = await stage.open();
  const first = await talk.run('the word is heron [[text:noted]]');
  const second = await talk.run('and now crane [[text:noted too]]');
  return { talk, first, second };
}

/** A copy of a conversation, up to a turn if given. */
export async function copyOf(talk: Talk, turn?: string): Promise<Talk> {
  const { id, forkedFrom } = await talk.client.sessions.fork(talk.id, turn === undefined ? {} : { turn });
  expect(forkedFrom?.session).toBe(talk.id);
  return new Talk(talk.client, id);
}

/** All that the model was told with the last request in a session. */
async function heard(stage: Stage, talk: Talk): Promise<string> {
  return JSON.stringify((await stage.lastRequest(talk)).body.input);
}
