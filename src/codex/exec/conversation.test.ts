/** A conversation is found again: after its host, after its process, and where it was begun elsewhere. */

import { readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { watch } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { type ExecStage, execStage, isEnd, of, saidIn, Talk } from '../../../test/support/exec-stage.js';
import { SpoolError } from '../../base/errors.js';
import { findRollout } from '../rollout/find.js';
import { Book, digestOf } from './book.js';

const failure = (work: Promise<unknown>): Promise<SpoolError> =>
  work.then(
    () => new SpoolError('internal', 'nothing went wrong'),
    (error: unknown) => SpoolError.from(error),
  );

const nativeOf = (on: ExecStage, id: string): string => new Book(on.place.join('book')).read(on.thread.home, id)?.thread ?? '';

test("Codex's id of the conversation is written down, for our user alone, before anything is told of its first turn", async () => {
  await using on = await execStage();
  const talk = await on.open();
  expect(nativeOf(on, talk.thread.id)).toBe('');
  await talk.start('[[deltas:400:50]]');
  const [first] = await talk.until(() => true);
  const native = nativeOf(on, talk.thread.id);
  expect(native).toMatch(/^[0-9a-f-]{36}$/);
  expect(first).toEqual({ type: 'raw', turn: 'trn_1', method: 'thread.started', params: { thread_id: native } });
  const [file = ''] = readdirSync(on.place.join('book'));
  expect(statSync(on.place.join('book', file)).mode & 0o777).toBe(0o600);
  expect(readFileSync(on.place.join('book', file), 'utf8')).not.toContain('deltas');
});

test('a later runtime goes on with it under the same id, and it remembers', async () => {
  await using on = await execStage();
  const talk = await on.open();
  await talk.play('the word is amber [[text:noted]]');
  await on.agent[Symbol.asyncDispose]();
  const again = new Talk(await on.again().open({ ...on.thread, resume: talk.thread.id, hadTurns: true }));
  expect([again.thread.id, again.thread.opened]).toEqual([talk.thread.id, 'resumed']);
  expect(saidIn(await again.play('[[text:amber]]', { turn: 'trn_2' }))).toEqual(['amber']);
  expect(JSON.stringify(on.model.requests.at(-1)?.body.input)).toContain('the word is amber');
});

test('one that was interrupted, even in its first turn, goes on', async () => {
  await using on = await execStage();
  const talk = await on.open();
  await talk.start('the word is amber [[deltas:400:50]]');
  await on.model.request(1);
  await talk.thread.interrupt('trn_1');
  expect((await talk.until(isEnd)).at(-1)).toEqual({ type: 'turn.interrupted', turn: 'trn_1' });
  expect(saidIn(await talk.play('[[text:still here]]'))).toEqual(['still here']);
  expect(JSON.stringify(on.model.requests.at(-1)?.body.input)).toContain('the word is amber');
  expect(JSON.stringify(on.model.requests.at(-1)?.body.input)).toContain('<turn_aborted>');
});

test('one that has had no turn yet is there under its name; one whose record is gone is replaced, and never by chance when it was adopted', async () => {
  await using on = await execStage();
  const { id } = (await on.open()).thread;
  const unused = await on.open({ resume: id });
  expect([unused.thread.id, unused.thread.opened]).toEqual([id, 'resumed']);
  await unused.play('x');
  const native = nativeOf(on, id);
  rmSync(on.place.join('codex', 'sessions'), { recursive: true });
  const replaced = await on.open({ resume: id, hadTurns: true });
  expect(replaced.thread.opened).toBe('replaced');
  expect(replaced.thread.id).not.toBe(id);
  expect(saidIn(await replaced.play('[[text:new]]', { turn: 'trn_2' }))).toEqual(['new']);
  const adopted = await failure(on.open({ resume: native, adopted: true }));
  expect([adopted.code, adopted.hint]).toEqual(['not-found', expect.stringContaining('codex unarchive')]);
});

test("a conversation that was begun elsewhere is gone on with by Codex's id", async () => {
  await using on = await execStage();
  const talk = await on.open();
  await talk.play('the word is amber [[text:noted]]');
  const native = nativeOf(on, talk.thread.id);
  const adopted = await on.open({ session: 'ses_2', resume: native, adopted: true });
  expect([adopted.thread.id, adopted.thread.opened]).toEqual([native, 'resumed']);
  const facts = await adopted.play('[[text:amber]]');
  expect(JSON.stringify(on.model.requests.at(-1)?.body.input)).toContain('the word is amber');
  expect(of(facts, 'usage')).toMatchObject([{ total: { inputTokens: 200 }, last: { inputTokens: 100 } }]);
});

test('what is said while nobody has it open is told to who opens it next', async () => {
  await using on = await execStage();
  const talk = await on.open();
  const outside = on.place.join('go');
  await talk.start(`[[sh:until [ -e ${outside} ]; do sleep 0.05; done; echo went]] [[text:well]]`);
  await talk.until(({ type }) => type === 'item.started');
  await talk.thread[Symbol.asyncDispose]();
  const again = { resume: talk.thread.id, hadTurns: true, unsettled: { turn: 'trn_1', ref: 'trn_1' } };
  const running = await on.open(again);
  expect(running.thread.unsettled).toBe('running');
  await running.thread[Symbol.asyncDispose]();
  await processGone(on, () => writeFileSync(outside, ''));
  const later = await on.open(again);
  expect(later.thread.unsettled).toBe('ended');
  const facts = await later.until(isEnd);
  expect(of(facts, 'item.completed')[0]?.item).toMatchObject({ kind: 'command', output: 'went\n' });
  expect(saidIn(facts)).toEqual(['well']);
  expect(facts.at(-1)).toMatchObject({ type: 'turn.completed', turn: 'trn_1' });
});

/** Does something, and resolves when the process of the turn that runs is gone, and its files with it. */
async function processGone(on: ExecStage, act: () => void): Promise<void> {
  const [run, watching] = [on.place.join('run'), new AbortController()];
  // Watched before the first look, so that an end between look and watch is not missed.
  const changes = watch(run, { signal: watching.signal })[Symbol.asyncIterator]();
  act();
  while (readdirSync(run).length > 0) await changes.next();
  watching.abort();
}

/** Plays a turn of which its host does not hear the end; resolves when its process is gone, and its files with it. */
async function unheard(on: ExecStage, prompt: string, act: (pid: number) => void): Promise<string> {
  const talk = await on.open();
  await talk.start(prompt);
  await talk.until(({ type }) => type === 'turn.started');
  await on.model.request(1);
  const pid = (await on.agent.status())[0]?.pid ?? 0;
  await talk.thread[Symbol.asyncDispose]();
  await processGone(on, () => act(pid));
  return talk.thread.id;
}

test('a turn whose end no host has heard is told from what Codex has written down of it', async () => {
  await using on = await execStage();
  const id = await unheard(on, '[[text:first]] [[sh:true]] [[text:last]]', () => undefined);
  const unsettled = { turn: 'trn_1', ref: undefined };
  const again = new Talk(await on.again().open({ ...on.thread, resume: id, hadTurns: true, unsettled }));
  expect(again.thread.unsettled).toBe('ended');
  expect(await again.until(isEnd)).toEqual([
    { type: 'turn.started', turn: 'trn_1', ref: 'trn_1' },
    { type: 'item.completed', turn: 'trn_1', item: { id: 'trn_1.message_0', kind: 'agentMessage', text: 'first' } },
    { type: 'item.completed', turn: 'trn_1', item: { id: 'trn_1.message_1', kind: 'agentMessage', text: 'last' } },
    { type: 'turn.completed', turn: 'trn_1', usage: null },
  ]);
});

test('one that died with its host has failed, and is not given to Codex again; one that was never given is not known', async () => {
  await using on = await execStage();
  const id = await unheard(on, '[[deltas:400:50]]', (pid) => process.kill(pid, 'SIGKILL'));
  const open = { ...on.thread, resume: id, hadTurns: true };
  const again = new Talk(await on.again().open({ ...open, unsettled: { turn: 'trn_1', ref: undefined } }));
  expect(again.thread.unsettled).toBe('ended');
  expect((await again.until(isEnd)).at(-1)).toMatchObject({ type: 'turn.failed', error: { code: 'runtime-exited', retryable: true } });
  const other = await on.again().open({ ...open, unsettled: { turn: 'trn_2', ref: undefined } });
  expect(other.unsettled).toBe('unknown');
});

test("another client's turn in the conversation is not taken for ours", async () => {
  await using on = await execStage();
  const talk = await on.open();
  await talk.play('x');
  const [book, { id }] = [new Book(on.place.join('book')), talk.thread];
  const entry = book.read(on.thread.home, id);
  if (entry?.thread === undefined) throw new Error('nothing is written down');
  const from = statSync(findRollout(on.thread.home, entry.thread) ?? '').size;
  const theirs = await on.open({ session: 'ses_2', resume: entry.thread, adopted: true });
  await theirs.play('theirs');
  const settle = async (said: string): Promise<unknown> => {
    book.write({ ...entry, turn: { id: 'trn_2', from, said: digestOf(said) } });
    const unsettled = { turn: 'trn_2', ref: undefined };
    return (await on.again().open({ ...on.thread, resume: id, hadTurns: true, unsettled })).unsettled;
  };
  expect(await settle('ours')).toBe('unknown');
  expect(await settle('theirs')).toBe('ended');
});
