/** Where a version of Codex keeps less than the promise, and what is seen instead: the one place for it. */

import { expect } from 'vitest';
import { copyOf, twoTurns } from './stories/conversations.js';
import { endUnseen } from './stories/deaths.js';
import { ASKS } from './stories/questions.js';
import { runsTurns, talkWith } from './stories/runtimes.js';
import { interruptBesideBackground, PLAN, sleeps, TELL } from './stories/turns.js';
import type { Limit } from './story.js';

const OLDER = ['0.138.0', '0.130.0'];

export const LIMITS: readonly Limit[] = [
  {
    promise: 'an interrupt ends the command that Codex would leave running, and no other',
    versions: OLDER,
    support: 'lesser',
    note: 'An interrupt ends all commands of the conversation, also those that an earlier turn left running: this Codex cannot end them one by one.',
    async play(stage) {
      const { talk, background } = await interruptBesideBackground(stage);
      while (await sleeps(background)) expect((await talk.session()).status).toBe('idle');
    },
  },
  {
    promise: 'a command is told with its output and its exit code before its turn ends',
    versions: OLDER,
    support: 'lesser',
    note: 'The end of a short command may be told after the end of its turn: so this Codex tells it.',
    async play(stage) {
      const talk = await stage.open();
      expect(await talk.run(TELL)).toMatchObject({ status: 'completed', finalText: 'told' });
      const [command, ...more] = await talk.commands(1);
      expect(more).toEqual([]);
      expect(command).toMatchObject({ status: 'failed', exitCode: 3, output: 'hello\n' });
    },
  },
  {
    promise: 'the plan of the agent is told as it changes',
    versions: ['0.169.0'],
    support: 'cannot',
    note: 'This Codex offers its agents no tool for plans (`update_plan`), so there are none to tell.',
    async play(stage) {
      const talk = await stage.open();
      expect(await talk.run(PLAN)).toMatchObject({ status: 'completed', finalText: 'done' });
      expect((await stage.lastRequest(talk)).outputs.at(-1)?.text).toMatch(/unsupported call: update_plan/);
      expect(await talk.told('plan.updated')).toEqual([]);
    },
  },
  {
    promise: 'with `untrusted` every command is asked about',
    versions: OLDER,
    support: 'lesser',
    note: 'Commands that this Codex knows to read only, such as `ls`, run unasked; all others are asked about.',
    async play(stage) {
      const talk = await stage.open({ permissions: ASKS });
      const { turn, approval } = await talk.runUntilAsked('[[sh:ls]] [[sh:touch asked]] [[text:done]]');
      expect(approval.command).toContain('touch asked');
      expect(await talk.commands(1)).toMatchObject([{ command: expect.stringMatching(/\bls\b/), status: 'completed' }]);
      await talk.answer(approval, { decision: 'accept' });
      expect(await talk.ended(turn)).toMatchObject({ status: 'completed', finalText: 'done' });
    },
  },
  {
    promise: 'a turn that ended while no host was there is told whole by the next one',
    versions: OLDER,
    support: 'lesser',
    note: 'Its end and its last message are told, but not what it did before that: the history of this Codex has no commands in it, and other names for messages than it gave them before.',
    async play(stage) {
      await endUnseen(stage, async (talk, turn) => {
        expect(await talk.items('agentMessage', turn)).toMatchObject([{ text: 'all done' }]);
        expect(await talk.items('command', turn)).toEqual([]);
      });
    },
  },
  {
    promise: 'a copy may end with an earlier turn',
    versions: OLDER,
    support: 'cannot',
    note: 'This Codex copies whole conversations only. The first turn of a copy that was to end earlier fails and says so; a copy up to the last turn works.',
    async play(stage) {
      const { talk, first, second } = await twoTurns(stage);
      const failed = await (await copyOf(talk, first.id)).run('[[text:copied]]');
      expect(failed).toMatchObject({ status: 'failed', error: { message: expect.stringMatching(/copies only whole conversations/) } });
      expect(await (await copyOf(talk, second.id)).run('[[text:copied]]')).toMatchObject({ status: 'completed', finalText: 'copied' });
    },
  },
  {
    promise: runsTurns('codex-cli-mcp'),
    versions: ['0.169.0'],
    support: 'cannot',
    note: 'This Codex has no `codex mcp-server` any more. The turn fails and says so; `codex-app-server` and `codex-exec` do the same work.',
    async play(stage) {
      const talk = await talkWith(stage, 'codex-cli-mcp');
      const failed = await talk.run('[[text:nothing]]');
      expect(failed).toMatchObject({ status: 'failed', error: { message: expect.stringMatching(/mcp-server/) } });
    },
  },
];
