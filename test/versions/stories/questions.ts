/** What the agent asks: commands, file changes, permissions, answers, tools. */

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'vitest';
import { notesOf } from '../stage.js';
import type { Story } from '../story.js';

export const ASKS = { profile: ':workspace', approvalPolicy: 'untrusted' } as const;

export const QUESTIONS: readonly Story[] = [
  {
    promise: 'a command is asked about with its text, and a yes runs it',
    async play(stage) {
      const talk = await stage.open({ permissions: ASKS });
      const { turn, approval } = await talk.runUntilAsked('[[sh:touch accepted]] [[text:done]]');
      expect(approval).toMatchObject({ kind: 'command', status: 'pending', cwd: talk.cwd });
      expect(approval.command).toContain('touch accepted');
      expect(approval.decisions).toEqual(['accept', 'acceptForSession', 'decline', 'cancel']);
      await talk.answer(approval, { decision: 'accept' });
      expect(await talk.ended(turn)).toMatchObject({ status: 'completed', finalText: 'done' });
      expect(await talk.commands(1)).toMatchObject([{ status: 'completed', exitCode: 0 }]);
      expect(await there(join(talk.cwd, 'accepted'))).toBe(true);
    },
  },
  {
    promise: 'a command that is declined does not run, and the turn goes on',
    async play(stage) {
      const talk = await stage.open({ permissions: ASKS });
      const { turn, approval } = await talk.runUntilAsked('[[sh:touch declined]] [[text:went on]]');
      await talk.answer(approval, { decision: 'decline' });
      expect(await talk.ended(turn)).toMatchObject({ status: 'completed', finalText: 'went on' });
      expect(await talk.commands(1)).toMatchObject([{ status: 'declined' }]);
      expect(await there(join(talk.cwd, 'declined'))).toBe(false);
    },
  },
  {
    promise: 'a command that is cancelled does not run, and the turn is interrupted',
    async play(stage) {
      const talk = await stage.open({ permissions: ASKS });
      const { turn, approval } = await talk.runUntilAsked('[[sh:touch cancelled]] [[text:never said]]');
      await talk.answer(approval, { decision: 'cancel' });
      expect(await talk.ended(turn)).toMatchObject({ status: 'interrupted', finalText: null });
      expect(await there(join(talk.cwd, 'cancelled'))).toBe(false);
    },
  },
  {
    promise: 'a command that is accepted for the session is not asked about again',
    async play(stage) {
      const talk = await stage.open({ permissions: ASKS });
      const { turn, approval } = await talk.runUntilAsked('[[sh:touch again]] [[text:done]]');
      await talk.answer(approval, { decision: 'acceptForSession' });
      expect(await talk.ended(turn)).toMatchObject({ status: 'completed' });
      expect(await talk.run('[[sh:touch again]] [[text:not asked]]')).toMatchObject({ status: 'completed', finalText: 'not asked' });
      expect(await talk.told('approval.asked')).toHaveLength(1);
    },
  },
  {
    promise: 'with `untrusted` every command is asked about',
    async play(stage) {
      const talk = await stage.open({ permissions: ASKS });
      const { turn, approval } = await talk.runUntilAsked('[[sh:ls]] [[text:done]]');
      await talk.answer(approval, { decision: 'accept' });
      expect(await talk.ended(turn)).toMatchObject({ status: 'completed', finalText: 'done' });
    },
  },
  {
    promise: 'with `on-request` a command that wants out of the sandbox is asked about, with the reason for it',
    async play(stage) {
      const talk = await stage.open({ permissions: { profile: ':workspace', approvalPolicy: 'on-request' } });
      const { turn, approval } = await talk.runUntilAsked('[[sh:true]] [[sh!:touch out]] [[text:done]]');
      expect(approval).toMatchObject({ kind: 'command', reason: 'May I run this outside the sandbox?' });
      await talk.answer(approval, { decision: 'accept' });
      expect(await talk.ended(turn)).toMatchObject({ status: 'completed', finalText: 'done' });
      expect(await talk.told('approval.asked')).toHaveLength(1);
    },
  },
  {
    promise: 'a file change is asked about with the changes; a yes makes them and a no does not',
    async play(stage) {
      const talk = await stage.open({ permissions: ASKS });
      const first = await talk.runUntilAsked('[[patch:new.txt=hello]] [[text:done]]');
      const path = join(talk.cwd, 'new.txt');
      expect(first.approval).toMatchObject({ kind: 'fileChange', changes: [{ path, kind: 'add', diff: 'hello\n' }] });
      await talk.answer(first.approval, { decision: 'decline' });
      expect(await talk.ended(first.turn)).toMatchObject({ status: 'completed', finalText: 'done' });
      expect(await there(path)).toBe(false);
      const second = await talk.runUntilAsked('[[patch:new.txt=hello]] [[text:done]]');
      await talk.answer(second.approval, { decision: 'accept' });
      expect(await talk.ended(second.turn)).toMatchObject({ status: 'completed', finalText: 'done' });
      expect(await readFile(path, 'utf8')).toBe('hello\n');
      expect(await talk.items('fileChange')).toMatchObject([{ status: 'declined' }, { status: 'completed' }]);
    },
  },
  {
    promise: 'the agent asks the person, and the answer reaches the model',
    async play(stage) {
      const talk = await stage.open();
      const options = [
        { label: 'red', description: 'warm' },
        { label: 'blue', description: 'cold' },
      ];
      const questions = [{ id: 'colour', header: 'Paint', question: 'Which colour?', options }];
      const { turn, approval } = await talk.runUntilAsked(`[[tool:request_user_input:${JSON.stringify({ questions })}]] [[text:done]]`);
      expect(approval).toMatchObject({ kind: 'userInput', questions: [{ id: 'colour', question: 'Which colour?', options }] });
      await talk.answer(approval, { decision: 'accept', value: { colour: 'blue' } });
      expect(await talk.ended(turn)).toMatchObject({ status: 'completed', finalText: 'done' });
      expect((await stage.lastRequest(talk)).outputs.at(-1)?.text).toContain('"blue"');
    },
  },
  {
    promise: 'the agent asks for more permissions, and a yes grants what was asked for',
    async play(stage) {
      const talk = await stage.open({ permissions: { profile: ':read-only', approvalPolicy: 'on-request' } });
      const permissions = { file_system: { write: [talk.cwd] } };
      const asks = `[[tool:request_permissions:${JSON.stringify({ reason: 'to write there', permissions })}]]`;
      const { turn, approval } = await talk.runUntilAsked(`${asks} [[sh:touch granted]] [[text:done]]`);
      expect(approval).toMatchObject({ kind: 'permissions', reason: 'to write there' });
      expect(JSON.stringify(approval.permissions)).toContain(talk.cwd);
      await talk.answer(approval, { decision: 'accept' });
      expect(await talk.ended(turn)).toMatchObject({ status: 'completed', finalText: 'done' });
      expect(await there(join(talk.cwd, 'granted'))).toBe(true);
    },
  },
  {
    promise: 'a tool of the session is called, and its result reaches the model',
    async play(stage) {
      const inputSchema = { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] };
      const talk = await stage.open({ tools: [{ name: 'weather', description: 'tells the weather', inputSchema }] });
      const { turn, approval } = await talk.runUntilAsked('[[tool:weather:{"city":"Oslo"}]] [[text:done]]');
      expect(approval).toMatchObject({ kind: 'dynamicTool', tool: 'weather', arguments: { city: 'Oslo' } });
      await talk.answer(approval, { decision: 'accept', value: 'rain in Oslo' });
      expect(await talk.ended(turn)).toMatchObject({ status: 'completed', finalText: 'done' });
      expect((await stage.lastRequest(talk)).outputs.at(-1)?.text).toContain('rain in Oslo');
      expect(await talk.items('toolCall')).toMatchObject([{ tool: 'weather', status: 'completed' }]);
    },
  },
  {
    promise: 'a tool of an MCP server is asked about, called, and told with its result',
    async play(stage) {
      const talk = await stage.open({ permissions: { approvalPolicy: 'on-request' } });
      const { turn, approval } = await talk.runUntilAsked(`[[mcp:notes.note:{"text":"by ${stage.version}"}]] [[text:done]]`);
      expect(approval).toMatchObject({ kind: 'elicitation', server: 'notes', tool: 'note' });
      await talk.answer(approval, { decision: 'accept' });
      expect(await talk.ended(turn)).toMatchObject({ status: 'completed', finalText: 'done' });
      expect(await talk.items('toolCall')).toMatchObject([{ server: 'notes', tool: 'note', status: 'completed' }]);
      expect(await readFile(notesOf(stage.world), 'utf8')).toBe(`by ${stage.version}\n`);
    },
  },
  {
    promise: 'a question of an MCP server is asked, and the answer reaches the server',
    async play(stage) {
      const talk = await stage.open({ permissions: { approvalPolicy: 'on-request' } });
      const { turn, approval } = await talk.runUntilAsked('[[mcp:notes.survey]] [[text:done]]');
      expect(approval).toMatchObject({ kind: 'elicitation', server: 'notes', title: 'Who are you?', schema: { required: ['name'] } });
      await talk.answer(approval, { decision: 'accept', value: { name: 'Bob', age: 42 } });
      expect(await talk.ended(turn)).toMatchObject({ status: 'completed', finalText: 'done' });
      expect((await stage.lastRequest(talk)).outputs.at(-1)?.text).toContain('Bob');
    },
  },
];

export async function there(path: string): Promise<boolean> {
  return await readFile(path).then(
    () => true,
    () => false,
  );
}
