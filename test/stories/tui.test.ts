/** A person at Codex's own terminal interface and everybody else at the same session, with everything real but the model. */

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Event } from '../../src/contract/events.js';
import { Terminal } from '../support/terminal.js';
import { eventOf, type Served, type World, world } from './rig.js';

const QUESTION = 'Would you like to run the following command?';
const READY = 'Ask Codex to do anything';

interface Sitting extends AsyncDisposable {
  readonly host: Served;
  readonly session: string;
  readonly screen: Terminal;
  /** Types a line and sends it. */
  say(text: string): Promise<void>;
  /** Answers the question that shows, by a key. */
  answer(key: string): Promise<void>;
  /** The first event behind `after` that fits. */
  event<T extends Event['type']>(type: T, fits?: (event: Event<T>) => boolean): Promise<Event<T>>;
  /** Runs a turn over HTTP to its end, unless it asks. */
  ask(input: string): Promise<string>;
}

/** A session, and somebody at it. */
async function sitDown(
  place: World,
  flags: readonly string[] = [],
  before?: (host: Served, session: string) => Promise<void>,
): Promise<Sitting> {
  const host = await place.serve();
  const { id: session } = await host.client.sessions.open({ cwd: place.work });
  await before?.(host, session);
  // The person's own settings. Typed by a program, keys come as fast as a paste.
  const mine = place.home.join('mine');
  await mkdir(mine);
  await writeFile(join(mine, 'config.toml'), 'disable_paste_burst = true\n');
  const env = { HOME: place.home.path, SPOOL_HOME: place.home.join('spool'), CODEX_HOME: mine };
  const screen = new Terminal(['tui', session, ...flags], { env, columns: 110, rows: 40, cwd: place.work });
  const event = async <T extends Event['type']>(type: T, fits: (event: Event<T>) => boolean = () => true): Promise<Event<T>> => {
    const isIt = (one: Event): boolean => one.type === type && fits(one as Event as Event<T>);
    return (await eventOf(host.client, session, isIt)) as Event as Event<T>;
  };
  return {
    ...{ host, session, screen, event },
    async say(text) {
      await screen.press('C-u');
      await screen.type(text);
      await screen.shows(text);
      await screen.press('Enter');
    },
    answer: (key) => insist(screen, key, (text) => !text.includes(QUESTION)),
    async ask(input) {
      const { turn } = await host.client.turns.request(session, { input });
      return turn.id;
    },
    [Symbol.asyncDispose]: () => screen[Symbol.asyncDispose](),
  };
}

const said = (turn: string) => (event: { readonly turn?: string }) => event.turn === turn;

/** The environments and command lines of all processes that we may look at. */
function processes(): { readonly environ: string; readonly cmdline: string }[] {
  return readdirSync('/proc').flatMap((pid) => {
    if (!/^\d+$/.test(pid)) return [];
    try {
      const [environ = '', cmdline = ''] = ['environ', 'cmdline'].map((name) => readFileSync(`/proc/${pid}/${name}`, 'utf8'));
      return [{ environ, cmdline }];
    } catch {
      // It has ended, or it is not ours.
      return [];
    }
  });
}

/** Types a command of one's own. */
async function command(screen: Terminal, line: string): Promise<void> {
  await screen.press('!');
  await screen.shows('Shell mode');
  await screen.type(line);
  await screen.shows(line);
  await screen.press('Enter');
}

/** Presses a key until it has an effect: a menu, too, takes none in the first moment in which it shows. */
async function insist(screen: Terminal, key: string, done: (text: string) => boolean): Promise<void> {
  while (!done(await screen.screen())) await screen.press(key);
}

test('what is said at the terminal and over HTTP is one conversation, and both see it as it comes', { timeout: 120_000 }, async () => {
  await using place = await world();
  await using sitting = await sitDown(place, [], async (host, session) => {
    const { turn } = await host.client.turns.request(session, { input: 'said before' });
    await eventOf(host.client, session, (event) => event.type === 'turn.completed' && event.turn === turn.id);
  });
  const { screen, event, say, ask, session, host } = sitting;
  await screen.shows((text) => text.includes('You said: said before') && text.includes(READY));
  expect(await event('terminal.attached')).toMatchObject({ data: { by: 'owner', allow: [] } });

  const over = await ask('[[deltas:12:40]]');
  const counted = await event('turn.completed', said(over));
  expect(counted.data.finalText?.trim()).toBe('1 2 3 4 5 6 7 8 9 10 11 12');
  await screen.shows(counted.data.finalText?.trim() ?? '');

  await say('typed by hand');
  const typed = await event('turn.requested', ({ data }) => JSON.stringify(data.input).includes('typed by hand'));
  expect(typed.data).toMatchObject({ by: 'owner', mode: 'auto', input: [{ type: 'text', text: 'typed by hand' }] });
  const answered = await event('turn.completed', said(typed.turn ?? ''));
  expect(answered.data.finalText).toContain('You said: typed by hand');
  const shown = await screen.shows('You said: typed by hand');
  // Once as what was typed, once in the answer.
  expect(shown.split('typed by hand')).toHaveLength(3);

  const token = processes().flatMap(({ environ }) => /SPOOL_TERMINAL_TOKEN=([^\0]+)/.exec(environ)?.[1] ?? [])[0] ?? '';
  expect(token).toMatch(/^[\w-]{43}$/);
  expect(processes().filter(({ cmdline }) => cmdline.includes(token))).toEqual([]);

  const pid = (await host.client.status()).runtimes[0]?.pid;
  await say('/quit');
  await screen.shows('[exit 0]');
  await event('terminal.detached');
  const after = await ask('and on it goes');
  expect((await event('turn.completed', said(after))).data.finalText).toContain('and on it goes');
  expect((await host.client.status()).runtimes[0]?.pid).toBe(pid);
  expect((await host.client.sessions.get(session)).status).toBe('idle');
});

test('the first thing ever said in a session may be said at the terminal', { timeout: 120_000 }, async () => {
  await using place = await world();
  await using sitting = await sitDown(place);
  await sitting.screen.shows(READY);
  await sitting.say('the very first words');
  const asked = await sitting.event('turn.requested');
  expect((await sitting.event('turn.completed', said(asked.turn ?? ''))).data.finalText).toContain('the very first words');
  await sitting.screen.shows('You said: the very first words');
});

test('a question is answered wherever somebody answers it first', { timeout: 120_000 }, async () => {
  await using place = await world();
  await using sitting = await sitDown(place);
  const { screen, event, say, answer, ask, host, session } = sitting;
  await screen.shows(READY);

  await say('[[sh!:touch by-hand]]');
  await screen.shows(QUESTION);
  await answer('y');
  const here = await event('approval.answered');
  expect(here.data).toMatchObject({ by: 'owner', answer: { decision: 'accept' } });
  expect(await host.client.approvals.get(here.data.approval)).toMatchObject({ status: 'answered', answeredBy: 'owner' });
  await screen.shows('Ran touch by-hand');
  await event('turn.completed', said(here.turn ?? ''));
  expect(existsSync(join(place.work, 'by-hand'))).toBe(true);

  const turn = await ask('[[sh!:touch from-afar]]');
  await screen.shows((text) => text.includes(QUESTION) && text.includes('touch from-afar'));
  const { items } = await host.client.approvals.list({ session });
  await host.client.approvals.answer(items[0]?.id ?? '', { decision: 'accept' });
  await event('turn.completed', said(turn));
  await screen.shows((text) => text.includes('Ran touch from-afar') && !text.includes(QUESTION));

  // Its "no" stops the turn, as it does without us.
  await say('[[sh!:touch not-this]]');
  await screen.shows((text) => text.includes(QUESTION) && text.includes('touch not-this'));
  await answer('Escape');
  const no = await event('approval.answered', ({ data }) => data.answer.decision === 'cancel');
  await event('turn.interrupted', said(no.turn ?? ''));
  expect(existsSync(join(place.work, 'not-this'))).toBe(false);
});

test('what goes past the agent is refused, recorded, and harmless to the interface', { timeout: 120_000 }, async () => {
  await using place = await world();
  await using sitting = await sitDown(place);
  const { screen, event, say } = sitting;
  const config = await readFile(place.home.join('codex', 'config.toml'), 'utf8');
  await screen.shows(READY);

  await command(screen, 'touch sneaked');
  await screen.shows('not from this terminal: commands of your own');
  expect((await event('terminal.acted')).data).toMatchObject({
    ...{ by: 'owner', method: 'thread/shellCommand', allowed: false },
    detail: 'touch sneaked',
  });

  await say('/permissions');
  await screen.shows('Update Model Permissions');
  await insist(screen, '1', (text) => !text.includes('Update Model Permissions'));
  await screen.shows('what the agent may do is set for');
  await event('terminal.acted', ({ data }) => data.method === 'thread/settings/update' && !data.allowed);

  await say('/model');
  await screen.shows('Select Model and Effort');
  await insist(screen, '1', (text) => !/Select (?:Model|Reasoning)/.test(text));
  await screen.shows('Failed to save default model');
  await event('terminal.acted', ({ data }) => data.method === 'config/batchWrite' && !data.allowed);

  await say('still here');
  const turn = await event('turn.requested', ({ data }) => JSON.stringify(data.input).includes('still here'));
  // The other model is the session's from now on, as the person said, and nobody else's.
  expect(turn.data).toMatchObject({ model: expect.stringMatching(/^gpt-/), sticky: true });
  await event('turn.started', said(turn.turn ?? ''));
  expect(existsSync(join(place.work, 'sneaked'))).toBe(false);
  expect(await readFile(place.home.join('codex', 'config.toml'), 'utf8')).toBe(config);
});

test('the owner may allow it', { timeout: 120_000 }, async () => {
  await using place = await world();
  await using sitting = await sitDown(place, ['--allow', 'shell'], async (host, session) => {
    const { turn } = await host.client.turns.request(session, { input: 'hello' });
    await eventOf(host.client, session, (event) => event.type === 'turn.completed' && event.turn === turn.id);
  });
  const { screen, event } = sitting;
  await screen.shows(READY);
  expect((await event('terminal.attached')).data.allow).toEqual(['shell']);
  await command(screen, 'touch openly');
  await screen.shows('You ran touch openly');
  expect((await event('terminal.acted')).data).toMatchObject({ method: 'thread/shellCommand', allowed: true, detail: 'touch openly' });
  expect(existsSync(join(place.work, 'openly'))).toBe(true);
});

test('without a terminal, a host or a session it says what is missing', { timeout: 60_000 }, async () => {
  const { spool } = await import('../support/spool.js');
  await using place = await world();
  const env = { HOME: place.home.path, SPOOL_HOME: place.home.join('spool'), CODEX_HOME: place.home.join('codex') };
  expect(await spool(['tui', 'x'], { env })).toMatchObject({ status: 2, stderr: expect.stringContaining('this needs a terminal') });
  await using nobody = new Terminal(['tui', 'x', '--host', 'http://127.0.0.1:9'], { env });
  await nobody.shows('[exit 3]');
  await using grant = new Terminal(['tui', 'x', '--allow', 'everything'], { env });
  expect(await grant.shows('[exit 2]')).toContain('"everything" cannot be allowed');
  await place.serve();
  await using unknown = new Terminal(['tui', 'ses_00000000000000000000000000'], { env });
  expect(await unknown.shows('[exit 2]')).toContain('there is no session');
});
