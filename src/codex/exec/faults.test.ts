/** What the real program does not do: a program in its place does. */

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { execStage, isEnd, of, playedCodex, saidIn } from '../../../test/support/exec-stage.js';
import { SpoolError } from '../../base/errors.js';
import { processStart } from '../../base/process.js';
import { ManualClock } from '../../testing/manual-clock.js';
import { tempHome } from '../../testing/temp-home.js';

const BEGIN = `cat >/dev/null
echo '{"type":"thread.started","thread_id":"01a1fec5-a3b9-73c2-a6fd-0f6bb08b4983"}'
echo '{"type":"turn.started"}'`;
const DONE = `echo '{"type":"turn.completed","usage":{"input_tokens":1,"output_tokens":1}}'`;

const failure = (work: Promise<unknown>): Promise<SpoolError> =>
  work.then(
    () => new SpoolError('internal', 'nothing went wrong'),
    (error: unknown) => SpoolError.from(error),
  );

async function stageWith(script: string, { version, clock }: { readonly version?: string; readonly clock?: ManualClock } = {}) {
  const place = await tempHome();
  const on = await execStage({ binary: await playedCodex(place, script, version), ...(clock === undefined ? {} : { clock }) });
  return {
    ...on,
    async [Symbol.asyncDispose]() {
      await on[Symbol.asyncDispose]();
      await place[Symbol.asyncDispose]();
    },
  };
}

test('a process that ends with a code in the middle of its turn fails the turn with its last words, and the conversation goes on', async () => {
  await using on = await stageWith(`${BEGIN}\necho "it broke, token=abcdefgh" >&2\nexit 3`);
  const talk = await on.open();
  for (const turn of ['trn_1', 'trn_2']) {
    const error = {
      code: 'runtime-exited',
      message: expect.stringMatching(/ended with 3 .*it broke, token=\[redacted\]$/),
      retryable: true,
    };
    expect((await talk.play('x')).at(-1)).toEqual({ type: 'turn.failed', turn, error });
  }
});

test('last words that name a reason give the turn its code', async () => {
  await using on = await stageWith(`${BEGIN}\necho "401 Unauthorized: log in again" >&2\nexit 1`);
  expect((await (await on.open()).play('x')).at(-1)).toMatchObject({ type: 'turn.failed', error: { code: 'auth' } });
});

test('a process that ends well and never said so has failed the turn', async () => {
  await using on = await stageWith(BEGIN);
  expect((await (await on.open()).play('x')).at(-1)).toMatchObject({ type: 'turn.failed', error: { code: 'runtime-exited' } });
});

test('one that ends before it has begun the turn is told with its last words', async () => {
  await using on = await stageWith('cat >/dev/null; echo "Error loading config.toml: oh" >&2; exit 1');
  const talk = await on.open();
  const error = await failure(talk.start('x'));
  expect([error.code, error.message]).toEqual([
    'runtime-failed',
    'codex ended with 1 before the turn began: Error loading config.toml: oh',
  ]);
});

test('garbage on stdout is kept and breaks nothing', async () => {
  await using on = await stageWith(`${BEGIN}\nprintf 'what\\377 is {this\\n[1]\\n'\n${DONE}`);
  const facts = await (await on.open()).play('x');
  expect(of(facts, 'raw').map(({ method, params }) => [method, params])).toEqual([
    ['thread.started', { thread_id: '01a1fec5-a3b9-73c2-a6fd-0f6bb08b4983' }],
    ['stdout', { text: 'what\uFFFD is {this' }],
    ['stdout', { text: '[1]' }],
  ]);
  // There is no record of its own in which the numbers could stand.
  expect(facts.at(-1)).toMatchObject({ type: 'turn.completed', usage: { inputTokens: 1, outputTokens: 1, totalTokens: 2 } });
});

test('a line without end fails the turn, and its process is stopped', async () => {
  await using on = await stageWith(`${BEGIN}\nyes x | tr -d '\\n'`);
  const facts = await (await on.open()).play('x');
  expect(facts.at(-1)).toMatchObject({
    type: 'turn.failed',
    error: { code: 'internal', message: expect.stringContaining('a line is longer') },
  });
  expect(readdirSync(on.place.join('run'))).toEqual([]);
});

test('a process that does not heed an interrupt is ended, with all that it has started', async () => {
  await using on = await stageWith(`${BEGIN}\ntrap '' INT TERM\nsleep 600 &\necho '{"type":"pid","pid":'$!'}'\nwait`);
  const talk = await on.open();
  await talk.start('x');
  const told = await talk.until((fact) => fact.type === 'raw' && fact.method === 'pid');
  const { pid } = of(told, 'raw')
    .map(({ params }) => params)
    .at(-1) as { pid: number };
  expect(await processStart(pid)).toBeDefined();
  await talk.thread.interrupt('trn_1');
  expect((await talk.until(isEnd)).at(-1)).toEqual({ type: 'turn.interrupted', turn: 'trn_1' });
  expect(await processStart(pid)).toBeUndefined();
});

test('a turn that is interrupted while it waits for the one before, or before it has begun, is cancelled', async () => {
  await using on = await stageWith(`cat >/dev/null\n[ -e "$HOME/begun" ] && exec sleep 600\ntouch "$HOME/begun"\n${BEGIN}\nexec sleep 600`);
  const talk = await on.open();
  await talk.start('x');
  const second = failure(talk.start('y'));
  await talk.thread.interrupt('trn_2');
  expect((await second).code).toBe('cancelled');
  await talk.thread.interrupt('trn_1');
  await talk.until(isEnd);
  const third = failure(talk.start('z'));
  await talk.thread.interrupt('trn_3');
  expect((await third).code).toBe('cancelled');
});

test('a process that stays when its turn is over is ended after a while, and the turn has completed', async () => {
  const clock = new ManualClock();
  await using on = await stageWith(`${BEGIN}\n${DONE}\nexec sleep 600`, { clock });
  const talk = await on.open();
  await talk.start('x');
  await clock.armed();
  clock.advance(10_000);
  expect((await clock.passUntil(talk.until(isEnd))).at(-1)?.type).toBe('turn.completed');
});

test('one whose turn is over and that is killed then has completed its turn', async () => {
  await using on = await stageWith(`${BEGIN}\n${DONE}\nkill -9 $$`);
  expect((await (await on.open()).play('x')).at(-1)?.type).toBe('turn.completed');
});

test('Codex that is missing or too old is said at the opening, with what to do', async () => {
  await using none = await execStage({ binary: '/nowhere/codex' });
  expect((await failure(none.open())).code).toBe('runtime-missing');
  await using old = await stageWith('exit 1', { version: '0.129.3' });
  const { code, hint } = await failure(old.open());
  expect([code, hint]).toEqual(['runtime-too-old', expect.stringContaining('npm install')]);
});

test('a ChatGPT login of the vault is refused, because codex exec would have to keep it', async () => {
  const tokens = async () => ({ accessToken: 'a', accountId: 'b', plan: null });
  await using on = await execStage({ account: async () => ({ tokens, refresh: tokens }) });
  expect((await failure(on.open())).code).toBe('unsupported');
  await using without = await execStage({ account: async () => ({ tokens: async () => undefined, refresh: tokens }) });
  expect(saidIn(await (await without.open()).play('[[text:hi]]'))).toEqual(['hi']);
});

test('what a killed host has left running is stopped at the next opening, and its files are gone', async () => {
  await using on = await stageWith(`${BEGIN}\nexec sleep 600`);
  const talk = await on.open();
  await talk.start('x');
  const [folder = ''] = readdirSync(on.place.join('run'));
  const { pid } = JSON.parse(readFileSync(on.place.join('run', folder, 'process.json'), 'utf8')) as { pid: number };
  expect(await processStart(pid)).toBeDefined();
  // The runtime of the next host knows nothing of the one before but its files.
  await on.again().open(on.thread);
  expect(await processStart(pid)).toBeUndefined();
  expect(existsSync(on.place.join('run', folder))).toBe(false);
});
