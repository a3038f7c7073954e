import { copyFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { stage } from '../../test/support/mock-stage.js';

describe('A conversation of a mock', () => {
  test('is remembered over a restart in a file of its owner, with how often each rule was done', async () => {
    await using on = await stage();
    const script = [{ times: 1, do: [{ say: 'welcome' }] }, { do: [{ say: '{{turn}}: {{previous}}\n{{history}}' }] }];
    const talk = await on.open(script);
    await talk.turn('one');
    const file = join(on.folder, `${talk.thread.id}.json`);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    await on.restart();
    const again = await on.open(script, { resume: talk.thread.id, hadTurns: true });
    expect(again.thread.opened).toBe('resumed');
    await again.turn('two');
    expect(again.texts).toEqual(['2: one\nuser: one\nagent: welcome']);
    expect(again.heard.find(({ type }) => type === 'usage')).toMatchObject({ total: { totalTokens: 9 }, last: { totalTokens: 7 } });
  });

  test('that lost its host in the middle of a turn does not know that turn, and does it when it is asked for again', async () => {
    await using on = await stage();
    const script = [{ wait: 'interrupt' }];
    const talk = await on.open(script);
    const turn = await talk.begin('go');
    await on.restart();
    const again = await on.open([{ say: 'again' }], { resume: talk.thread.id, hadTurns: true, unsettled: { turn, ref: undefined } });
    expect(again.thread.unsettled).toBe('unknown');
    await again.begin('go', undefined, turn);
    expect(await again.end()).toMatchObject({ type: 'turn.completed', turn });
  });

  test('tells what nobody heard of a turn, and its end also after a restart', async () => {
    await using on = await stage();
    const script = [{ wait: 1000 }, { command: 'make' }, { wait: 1 }, { say: 'done' }];
    const talk = await on.open(script);
    const turn = await talk.begin('go');
    await talk.thread[Symbol.asyncDispose]();
    await on.clock.armed();
    on.clock.advance(1000);
    await on.clock.armed();
    const unsettled = { turn, ref: 'turn-1' };
    const again = await on.open(script, { resume: talk.thread.id, hadTurns: true, unsettled });
    expect(await on.clock.passUntil(again.end())).toMatchObject({ type: 'turn.completed', turn });
    expect(again.texts).toContain('done');
    expect(again.items).toContainEqual(expect.objectContaining({ kind: 'command', command: 'make' }));
    await on.restart();
    const later = await on.open(script, { resume: talk.thread.id, hadTurns: true, unsettled });
    expect(later.thread.unsettled).toBe('ended');
    expect(await later.end()).toMatchObject({ type: 'turn.completed', turn });
    expect(later.texts).toEqual(['done']);
  });

  test('is copied up to a turn, and each side goes its own way', async () => {
    await using on = await stage();
    const script = [{ say: '{{history}}' }];
    const talk = await on.open(script);
    for (const input of ['one', 'two', 'three']) await talk.turn(input);
    const copy = await on.open(script, { session: 'ses_2', fork: { thread: talk.thread.id, lastTurn: 'turn-1' } });
    await copy.turn('other');
    expect(copy.texts).toEqual(['user: one\nagent: ']);
    await expect(on.open(script, { session: 'ses_3', fork: { thread: talk.thread.id, lastTurn: 'turn-9' } })).rejects.toMatchObject({
      code: 'not-found',
    });
  });

  test('is held by one session at a time, and can be taken over by another when that is done', async () => {
    await using on = await stage();
    const talk = await on.open(undefined);
    const adopt = { session: 'ses_2', resume: talk.thread.id, adopted: true };
    await expect(on.open(undefined, adopt)).rejects.toMatchObject({ code: 'conflict' });
    await talk.thread[Symbol.asyncDispose]();
    expect((await on.open(undefined, adopt)).thread.opened).toBe('resumed');
    copyFileSync(join(on.folder, `${talk.thread.id}.json`), join(on.folder, '..', 'mock-elsewhere.json'));
    for (const resume of ['mock-other', '../mock-elsewhere'])
      await expect(on.open(undefined, { ...adopt, resume })).rejects.toMatchObject({ code: 'not-found' });
  });

  test('can quote the model and the effort that were wanted, and do as they say', async () => {
    await using on = await stage();
    const script = [{ when: { model: 'big' }, do: [{ say: 'thorough' }] }, { do: [{ say: '{{model}} {{effort}} {{instructions}}' }] }];
    const talk = await on.open(script, { model: 'small', effort: 'low', setup: { instructions: 'be brief' } });
    await talk.turn('go');
    await talk.turn('go', 'big');
    expect(talk.texts).toEqual(['small low be brief', 'thorough']);
  });

  test('plays one turn at a time, however many wait, and lets go of one that is interrupted before it begins', async () => {
    await using on = await stage();
    const talk = await on.open([{ when: 'first', do: [{ wait: 'interrupt' }] }, { do: [{ wait: 1 }, { say: '{{input}}' }] }]);
    const first = await talk.begin('first');
    const others = ['second', 'third'].map((text) => talk.begin(text));
    const given = talk.begin('never', undefined, 'trn_never');
    await talk.thread.interrupt('trn_never');
    await expect(given).rejects.toMatchObject({ code: 'cancelled' });
    await talk.thread.interrupt(first);
    await on.clock.passUntil(Promise.all(others));
    await on.clock.passUntil(talk.until('turn.completed').then(() => talk.until('turn.completed')));
    const told = talk.heard.filter(({ type }) => type === 'turn.started' || type === 'turn.completed');
    expect(told.map(({ type }) => type)).toEqual(['turn.started', 'turn.started', 'turn.completed', 'turn.started', 'turn.completed']);
    expect(talk.texts).toEqual(['second', 'third']);
  });
});
