import { chmod, mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { systemClock } from '../../base/clock.js';
import { SpoolError } from '../../base/errors.js';
import { codexBinary, type TempHome, tempHome } from '../../testing/index.js';
import { assist, assistPrompt } from './failure-assist.js';
import { runSetup, type SetupParts, type SetupWishes } from './setup.js';
import { SetupLog } from './setup-log.js';
import type { Talk } from './talk.js';

/** Answers as the test wants, and keeps what was said and asked. */
class ScriptedTalk implements Talk {
  readonly canAsk = true;
  readonly said: string[] = [];
  readonly asked: string[] = [];
  readonly #answers: unknown[];

  constructor(...answers: unknown[]) {
    this.#answers = answers;
  }

  step(title: string): void {
    this.said.push(title);
  }

  say(text: string): void {
    this.said.push(text);
  }

  warn(text: string): void {
    this.said.push(text);
  }

  choose<V extends string>(question: string, choices: readonly { value: V }[], initial: V): Promise<V> {
    const answer = this.#next(question, initial);
    const choice = choices.find(({ value }) => value === answer);
    if (choice === undefined) throw new Error(`${String(answer)} cannot be chosen for: ${question}`);
    return Promise.resolve(choice.value);
  }

  confirm(question: string, initial: boolean): Promise<boolean> {
    return Promise.resolve(this.#next(question, initial) === true);
  }

  line(question: string, { initial = '' }: { initial?: string }): Promise<string> {
    return Promise.resolve(String(this.#next(question, initial)));
  }

  during<T>(_what: string, work: () => Promise<T>): Promise<T> {
    return work();
  }

  #next(question: string, initial: unknown): unknown {
    this.asked.push(question);
    return this.#answers.length === 0 ? initial : this.#answers.shift();
  }
}

const ASK: SetupWishes = { installCodex: undefined, login: undefined, agent: undefined, hello: undefined };

function partsOf(home: TempHome, talk: Talk, more: Partial<SetupParts> = {}): SetupParts {
  return {
    env: {
      HOME: home.path,
      PATH: '/usr/bin:/bin',
      CODEX_HOME: home.join('codex'),
      SPOOL_HOME: home.join('spool'),
      SPOOL_CODEX_BIN: codexBinary(),
    },
    talk,
    log: new SetupLog(home.join('spool', 'setup.log'), systemClock),
    wishes: ASK,
    login: () => Promise.reject(new Error('no login was asked for')),
    vaultLabel: () => Promise.resolve(undefined),
    makeAgent: () => Promise.resolve(true),
    hello: (alias) => Promise.resolve(`hello from ${alias}`),
    assist: true,
    ...more,
  };
}

test('the answers of a person become a login, an agent with a home of its own and a first turn, and the log says each step', async () => {
  await using home = await tempHome();
  const talk = new ScriptedTalk('api-key', true, 'builder', true);
  const made: unknown[] = [];
  const result = await runSetup(
    partsOf(home, talk, {
      login: (method) => Promise.resolve(`a key, by ${method}`),
      makeAgent: (...args) => Promise.resolve(made.push(args) > 0),
    }),
  );
  expect(result).toMatchObject({ ok: true, agent: 'builder' });
  expect(result.steps.map(({ step, outcome }) => `${step} ${outcome}`)).toEqual(['codex kept', 'login done', 'agent done', 'hello done']);
  expect(made).toEqual([['builder', 'own']]);
  expect(talk.said.at(-1)).toBe('builder says: hello from builder');
  const log = (await readFile(home.join('spool', 'setup.log'), 'utf8'))
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as object);
  expect(log).toMatchObject([{ step: 'codex' }, { step: 'login', method: 'api-key' }, { step: 'agent' }, { step: 'hello' }]);
  expect((await stat(home.join('spool', 'setup.log'))).mode & 0o777).toBe(0o600);
});

test('whoever goes on without a login is asked a second time, and may think again', async () => {
  await using home = await tempHome();
  const talk = new ScriptedTalk('skip', false, 'skip', true, false);
  const result = await runSetup(partsOf(home, talk));
  expect(talk.asked.filter((question) => question.startsWith('Really without'))).toHaveLength(2);
  expect(result.steps.map(({ outcome }) => outcome)).toEqual(['kept', 'skipped', 'skipped', 'skipped']);
});

test('a login that is there already is offered first and kept', async () => {
  await using home = await tempHome();
  const talk = new ScriptedTalk();
  const result = await runSetup(
    partsOf(home, talk, { vaultLabel: () => Promise.resolve('sk-…1234'), wishes: { ...ASK, agent: null, hello: false } }),
  );
  expect(result.steps[1]).toMatchObject({ outcome: 'kept', says: 'The login of Spool: sk-…1234' });
});

test('a login of the home that is not there, or an agent of a wrong name, stops setup there and says what to do', async () => {
  await using home = await tempHome();
  const wishes = { ...ASK, login: 'home', agent: null, hello: false } as const;
  const noHelp = { assist: false };
  const first = await runSetup(partsOf(home, new ScriptedTalk(), { ...noHelp, wishes }));
  expect(first.ok).toBe(false);
  expect(first.steps.at(-1)).toMatchObject({ step: 'login', outcome: 'failed', says: expect.stringContaining('has no login') as string });
  const second = await runSetup(partsOf(home, new ScriptedTalk(), { ...noHelp, wishes: { ...ASK, login: 'skip', agent: 'Not An Alias' } }));
  expect(second.steps.at(-1)).toMatchObject({ step: 'agent', outcome: 'failed' });
});

test('a missing Codex is installed only when that is wanted', async () => {
  await using home = await tempHome();
  const talk = new ScriptedTalk(false);
  const env = { HOME: home.path, PATH: home.join('empty'), SPOOL_HOME: home.join('spool'), SPOOL_CODEX_BIN: home.join('none') };
  const result = await runSetup(partsOf(home, talk, { env, assist: true }));
  expect(talk.asked).toEqual(['Install it with npm into the home of Spool?']);
  expect(result).toMatchObject({ ok: false, assisted: 'unavailable', steps: [{ step: 'codex', outcome: 'failed' }] });
});

test('a failed step is taken to Codex only after a yes, with the step, the error and files that are there, and no secrets', async () => {
  await using home = await tempHome();
  await mkdir(home.join('codex'));
  await writeFile(home.join('codex', 'auth.json'), '{"OPENAI_API_KEY":"sk-test"}');
  const launched: string[][] = [];
  const parts = partsOf(home, new ScriptedTalk(true));
  const failed = {
    step: 'hello',
    error: 'bearer sk-abcdefghijklmnop was refused',
    hint: 'spool doctor',
    files: [home.join('codex', 'auth.json'), home.join('gone'), home.join('codex', 'auth.json')],
  };
  const launch = (command: string, args: readonly string[]): Promise<void> => {
    launched.push([command, ...args]);
    return Promise.resolve();
  };
  expect(await assist(failed, { env: parts.env, talk: parts.talk, launch })).toBe('launched');
  expect(launched).toEqual([[codexBinary(), assistPrompt(failed)]]);
  expect(assistPrompt(failed)).toContain('"hello" failed');
  expect(assistPrompt(failed)).not.toContain('sk-abcdefghijklmnop');
  expect(assistPrompt(failed).split(home.join('codex', 'auth.json'))).toHaveLength(2);
  expect(assistPrompt(failed)).not.toContain(home.join('gone'));
  expect(await assist(failed, { env: parts.env, talk: new ScriptedTalk(false), launch })).toBe('declined');
  await writeFile(home.join('codex', 'auth.json'), '');
  expect(await assist(failed, { env: parts.env, talk: new ScriptedTalk(true), launch })).toBe('unavailable');
  expect(launched).toHaveLength(1);
});

test('whoever leaves a question leaves setup', async () => {
  await using home = await tempHome();
  const talk = new ScriptedTalk();
  talk.choose = () => Promise.reject(new SpoolError('cancelled', 'left'));
  await expect(runSetup(partsOf(home, talk))).rejects.toMatchObject({ code: 'cancelled' });
});

test('a log that cannot be written stops setup before anything is changed', async () => {
  await using home = await tempHome();
  await mkdir(home.join('spool'));
  await writeFile(home.join('spool', 'setup.log'), '');
  await chmod(home.join('spool', 'setup.log'), 0o600);
  const parts = partsOf(home, new ScriptedTalk());
  const result = await runSetup({
    ...parts,
    log: new SetupLog(home.join('spool', 'setup.log', 'below-a-file'), systemClock),
    assist: false,
  }).catch((error: unknown) => SpoolError.from(error));
  expect(result).toBeInstanceOf(SpoolError);
});
