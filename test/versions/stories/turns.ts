/** Turns: how they are told, followed up, interrupted, and how they fail. */

import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { Stage } from '../stage.js';
import type { Story } from '../story.js';
import type { Talk } from '../talk.js';

/** The smallest picture: one PNG pixel. */
const PIXEL = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==';

/** Has the agent run a short command. */
export const TELL = '[[sh:echo hello; exit 3]] [[text:told]]';

/** Has the agent write down a plan. */
export const PLAN = '[[tool:update_plan:{"plan":[{"step":"look","status":"in_progress"}]}]] [[text:done]]';

export const TURNS: readonly Story[] = [
  {
    promise: 'a turn is told as it goes: deltas as they come, then whole messages, its usage and its end',
    async play(stage) {
      const talk = await stage.open();
      const turn = await talk.run('[[reason:let me see]] [[deltas:20:10]]');
      expect(turn).toMatchObject({ status: 'completed', finalText: numbers(20), error: null });
      expect(turn.usage?.totalTokens).toBeGreaterThan(0);
      const texts = (await talk.told('item.delta')).filter(({ kind }) => kind === 'text').map(({ text }) => text);
      expect(texts.length).toBeGreaterThan(1);
      expect(texts.join('')).toBe(numbers(20));
      expect(await talk.items('reasoning')).toMatchObject([{ text: 'let me see' }]);
      expect(await talk.items('agentMessage')).toMatchObject([{ text: numbers(20) }]);
    },
  },
  {
    promise: 'a command is told with its output and its exit code before its turn ends',
    async play(stage) {
      const talk = await stage.open();
      expect(await talk.run(TELL)).toMatchObject({ status: 'completed', finalText: 'told' });
      expect(await talk.items('command')).toMatchObject([{ status: 'failed', exitCode: 3, output: 'hello\n' }]);
    },
  },
  {
    promise: 'a message for a running turn is taken in there, and that it was is told',
    async play(stage) {
      const talk = await stage.open();
      const running = await talk.ask('[[deltas:30:30]]');
      await talk.saw(running, 'item.delta');
      const given = await talk.ask('[[text:taken in]]', { mode: 'steer' });
      expect(await talk.ended(running)).toMatchObject({ status: 'completed', finalText: 'taken in' });
      expect(await talk.ended(given)).toMatchObject({ status: 'completed', steeredInto: running.id });
      expect(await talk.told('turn.steered', given)).toEqual([{ into: running.id }]);
      expect(await talk.items('userMessage', running)).toMatchObject([{ turn: running.id }, { turn: given.id }]);
    },
  },
  {
    promise: 'a follow-up that is queued runs as a turn of its own when the running one has ended',
    async play(stage) {
      const talk = await stage.open();
      const running = await talk.ask('[[deltas:10:20]]');
      const queued = await talk.ask('[[text:my turn]]', { mode: 'queue' });
      expect(queued.status).toBe('queued');
      expect(await talk.ended(running)).toMatchObject({ status: 'completed', finalText: numbers(10) });
      expect(await talk.ended(queued)).toMatchObject({ status: 'completed', finalText: 'my turn', steeredInto: null });
    },
  },
  {
    promise: 'an interrupt ends the turn and keeps what had been said',
    async play(stage) {
      const talk = await stage.open();
      const turn = await talk.ask('[[deltas:400:50]]');
      await talk.saw(turn, 'item.delta');
      await talk.client.interrupt(talk.id);
      expect(await talk.ended(turn)).toMatchObject({ status: 'interrupted', partial: true, finalText: expect.stringMatching(/^1 /) });
      expect(await talk.run('[[text:next]]')).toMatchObject({ status: 'completed', finalText: 'next' });
    },
  },
  {
    promise: 'an interrupt ends the command that Codex would leave running, and no other',
    async play(stage) {
      const { talk, background } = await interruptBesideBackground(stage);
      // What was to be ended was told to Codex before this turn.
      expect(await talk.run('[[sh:true]] [[text:next]]')).toMatchObject({ finalText: 'next' });
      expect(await sleeps(background)).toBe(true);
    },
  },
  {
    promise: 'an error that Codex retries is told as progress, and the turn completes',
    async play(stage) {
      const talk = await stage.open();
      expect(await talk.run('[[cut:3:1]] [[deltas:5]]')).toMatchObject({ status: 'completed', finalText: numbers(5) });
      expect((await talk.told('turn.retrying')).length).toBeGreaterThan(0);
    },
  },
  {
    promise: 'a turn that the model fails bears the class of the error: auth, quota, overloaded, model',
    async play(stage) {
      const talk = await stage.open();
      const classes = {
        '[[http:401]]': { code: 'auth', retryable: false },
        '[[http:429]]': { code: 'quota', retryable: true },
        '[[http:500]]': { code: 'overloaded', retryable: true },
        '[[failed:insufficient_quota]]': { code: 'quota', retryable: false },
        '[[failed:server_is_overloaded]]': { code: 'overloaded', retryable: true },
        '[[failed:context_length_exceeded]]': { code: 'model', retryable: false },
      };
      for (const [input, error] of Object.entries(classes)) expect(await talk.run(input), input).toMatchObject({ status: 'failed', error });
      expect(await talk.run('[[text:still here]]')).toMatchObject({ status: 'completed', finalText: 'still here' });
    },
  },
  {
    promise: 'a schema for the final message reaches the model, for that turn only',
    async play(stage) {
      const talk = await stage.open();
      const outputSchema = {
        type: 'object',
        properties: { answer: { type: 'number' } },
        required: ['answer'],
        additionalProperties: false,
      };
      expect(await talk.run('[[text:{"answer":42}]]', { outputSchema })).toMatchObject({ finalText: '{"answer":42}' });
      expect((await stage.lastRequest(talk)).body['text']).toMatchObject({ format: { type: 'json_schema', schema: outputSchema } });
      await talk.run('[[text:plain]]');
      expect(JSON.stringify((await stage.lastRequest(talk)).body['text'] ?? {})).not.toContain('json_schema');
    },
  },
  {
    promise: 'images reach the model, as data and as files of the host',
    async play(stage) {
      const talk = await stage.open();
      const path = join(talk.cwd, 'pixel.png');
      await writeFile(path, Buffer.from(PIXEL, 'base64'));
      const url = `data:image/png;base64,${PIXEL}`;
      const images = [
        { type: 'image', url },
        { type: 'localImage', path },
      ] as const;
      for (const image of images) {
        expect(await talk.run([{ type: 'text', text: '[[text:seen]]' }, image])).toMatchObject({ status: 'completed', finalText: 'seen' });
        expect(JSON.stringify((await stage.lastRequest(talk)).body.input.at(-1)), image.type).toContain(`"image_url":"${url}"`);
      }
    },
  },
  {
    promise: 'a model and an effort hold for their turn, and for the turns after it only when they are to',
    async play(stage) {
      const talk = await stage.open();
      const { items } = await talk.client.agents.models('default');
      const other = items.find(({ id, efforts }) => id !== items.find((one) => one.default)?.id && efforts.includes('high'));
      const usual = await used(stage, talk, {});
      expect(await used(stage, talk, { model: other?.id, effort: 'high' })).toEqual({ model: other?.id, effort: 'high' });
      expect(await used(stage, talk, {})).toEqual(usual);
      expect(await used(stage, talk, { effort: 'low', sticky: true })).toEqual({ ...usual, effort: 'low' });
      expect(await used(stage, talk, {})).toEqual({ ...usual, effort: 'low' });
    },
  },
  {
    promise: 'the plan of the agent is told as it changes',
    async play(stage) {
      const talk = await stage.open();
      expect(await talk.run(PLAN)).toMatchObject({ status: 'completed' });
      expect(await talk.told('plan.updated')).toMatchObject([{ steps: [{ step: 'look', status: expect.stringMatching(/progress/i) }] }]);
    },
  },
  {
    promise: 'the tokens that a turn used are counted for it and for the session',
    async play(stage) {
      const talk = await stage.open();
      const one = await talk.run('[[text:one]]');
      const two = await talk.run('[[sh:true]] [[text:two]]');
      expect(two.usage?.totalTokens).toBeGreaterThan(one.usage?.totalTokens ?? Number.NaN);
      expect((await talk.session()).usage?.totalTokens).toBe((one.usage?.totalTokens ?? 0) + (two.usage?.totalTokens ?? 0));
    },
  },
];

/** What the offline model says for `[[deltas:n]]`. */
function numbers(n: number): string {
  return Array.from({ length: n }, (_, i) => `${i + 1} `).join('');
}

async function used(stage: Stage, talk: Talk, body: Parameters<Talk['run']>[1]): Promise<{ model?: string; effort?: string | undefined }> {
  expect(await talk.run('[[text:ok]]', body)).toMatchObject({ status: 'completed' });
  const { model, reasoning } = (await stage.lastRequest(talk)).body as { model: string; reasoning?: { effort?: string } };
  return { model, effort: reasoning?.effort };
}

/**
 * Leaves a command running in the background of a session, interrupts a turn with another one, and resolves when that one has ended.
 * `background` is for how long the first one sleeps, by which it is known.
 */
export async function interruptBesideBackground(stage: Stage): Promise<{ talk: Talk; background: string }> {
  const talk = await stage.open();
  const [background, foreground] = [`98765.${process.pid}`, `98764.${process.pid}`];
  const args = { cmd: `sleep ${background}`, yield_time_ms: 250 };
  await talk.run(`[[tool:exec_command:${JSON.stringify(args)}]] [[text:it runs]]`);
  const turn = await talk.ask(`[[sh:sleep ${foreground}]]`);
  // Codex speaks of a command a moment after it has begun; one that is interrupted before that it ends by itself.
  const begun = async (): Promise<boolean> => (await talk.told('item.started', turn)).some(({ item }) => item.kind === 'command');
  while (!(await begun()) || !(await sleeps(foreground))) expect((await talk.client.turns.get(talk.id, turn.id)).status).toBe('running');
  expect(await sleeps(background)).toBe(true);
  await talk.client.interrupt(talk.id);
  expect(await talk.ended(turn)).toMatchObject({ status: 'interrupted' });
  while ((await talk.items('command', turn)).length === 0 || (await sleeps(foreground))) expect((await talk.session()).status).toBe('idle');
  return { talk, background };
}

/** Whether a process sleeps for so long, by what the system says that it runs. */
export async function sleeps(seconds: string): Promise<boolean> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const lines = await Promise.all(pids.map((pid) => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')));
  return lines.some((line) => line.startsWith(`sleep\u0000${seconds}`));
}
