import { mkdirSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { type Stage, stage, Talk } from '../../test/support/acp-talk.js';
import { SpoolError } from '../base/errors.js';
import type { OpenThread, StartTurn, ThreadSetup } from '../ports/agent.js';
import { ManualClock } from '../testing/manual-clock.js';
import { LINGER_MS } from './link.js';

async function failure(work: Promise<unknown>): Promise<SpoolError> {
  try {
    await work;
  } catch (error) {
    return SpoolError.from(error);
  }
  throw new Error('it did not fail');
}

const abilities = (value: object): Record<string, string> => ({ EXAMPLE_ABILITIES: JSON.stringify(value) });
const withSetup =
  (setup: ThreadSetup) =>
  (thread: OpenThread): OpenThread => ({ ...thread, setup: { ...setup, env: { ...thread.setup?.env, ...setup.env } } });

/** The same conversation in a host that was started anew. */
async function inNewHost(at: Stage, change: Partial<OpenThread> = {}): Promise<Stage> {
  await at.agent[Symbol.asyncDispose]();
  return await stage({}, () => ({ ...at.thread, resume: at.talk.thread.id, hadTurns: true, ...change }));
}

describe('Processes', () => {
  test('conversations of the same agent in the same folder share one; another folder, variable or argument has its own', async () => {
    await using at = await stage();
    await at.also();
    expect((await at.agent.status()).map(({ threads }) => threads)).toEqual([2]);
    const { env = {} } = at.thread.setup ?? {};
    const cwd = at.place.join('elsewhere');
    mkdirSync(cwd);
    const [there, keyed] = await Promise.all([at.also({ cwd }), at.also({ setup: { env: { ...env, KEY: 'its own' } } })]);
    await at.also({ options: { command: [...(at.thread.options?.command ?? []), '--verbose'] } });
    expect((await at.agent.status()).length).toBe(4);
    await there.run('where');
    expect(there.said).toBe(`${cwd} ${cwd}`);
    await Promise.all([keyed.run('variable KEY'), at.talk.run('variable KEY')]);
    expect([keyed.said, at.talk.said]).toEqual(['its own', 'unset']);
  });

  test('what is told of them is whose they are, and how large', async () => {
    await using at = await stage();
    const [status] = await at.agent.status();
    expect(status).toMatchObject({ runtime: 'acp', version: 'Example 1.2.3', transport: 'stdio', threads: 1, processes: 1 });
    expect(status?.memoryBytes).toBeGreaterThan(1_000_000);
  });

  test('one that nobody has used for a while is ended; one in which a turn runs is not', async () => {
    const clock = new ManualClock();
    await using at = await stage({ clock });
    const other = await at.also();
    await at.talk.begin('say here', 'deaf');
    await at.talk.until('item.delta');
    for (const talk of [at.talk, other]) await talk.thread[Symbol.asyncDispose]();
    clock.advance(10 * LINGER_MS);
    expect((await at.agent.status()).length).toBe(1);
    const again = await at.also({ resume: at.talk.thread.id, unsettled: { turn: 'trn_1', ref: 'trn_1' } });
    expect(again.thread.unsettled).toBe('running');
  });

  test('one that remembers nothing stays, because its conversations would be lost with it', async () => {
    for (const forgets of [true, false]) {
      const clock = new ManualClock();
      await using at = await stage({ clock, forgets });
      await at.talk.run('say hello');
      const opening = await at.agent.status();
      await at.talk.thread[Symbol.asyncDispose]();
      clock.advance(LINGER_MS);
      const again = await at.also({ resume: at.talk.thread.id, hadTurns: true });
      const [now] = await at.agent.status();
      expect([again.thread.opened, now?.pid === opening[0]?.pid]).toEqual(['resumed', forgets]);
    }
  });
});

describe('Going on with a conversation', () => {
  test('what an agent tells again while it loads one does not come out, and it remembers', async () => {
    await using at = await stage();
    await at.talk.run('say one');
    await using next = await inNewHost(at);
    expect(next.talk.thread.opened).toBe('resumed');
    await next.talk.run('recall');
    expect(next.talk.said).toBe('say one / recall');
    expect(next.talk.heard.map(({ type }) => type).slice(0, 2)).toEqual(['turn.started', 'item.started']);
  });

  test.each([
    [{ sessionCapabilities: { resume: {} } }, 'resumed'],
    [{ sessionCapabilities: { resume: {}, close: {} } }, 'resumed'],
    [{ loadSession: true, sessionCapabilities: { close: {} } }, 'resumed'],
  ])('an agent with %o has it %s, also in the same process', async (can, opened) => {
    await using at = await stage({ env: abilities(can) });
    await at.talk.run('say one');
    await at.talk.thread[Symbol.asyncDispose]();
    const again = await at.also({ resume: at.talk.thread.id, hadTurns: true });
    // Long enough for a word that was said to the agent before to do its work.
    await again.run('count 4 50');
    await again.run('recall');
    expect([again.thread.opened, again.said]).toEqual([opened, 'say one / count 4 50 / recall']);
    expect((await at.agent.status()).length).toBe(1);
  });

  test('what cannot be loaded for another reason is refused, and nothing takes its place', async () => {
    await using at = await stage();
    await at.talk.run('say one');
    writeFileSync(at.place.join('state', `${at.talk.thread.id}.json`), '{');
    await at.talk.thread[Symbol.asyncDispose]();
    const { code, message } = await failure(at.also({ resume: at.talk.thread.id, hadTurns: true }));
    expect([code, message.includes('could not open the conversation')]).toEqual(['runtime-failed', true]);
  });

  test('one that is not on the list of the agent is not known, whatever it says', async () => {
    await using at = await stage({ env: abilities({ loadSession: true, sessionCapabilities: { list: {} } }) });
    writeFileSync(at.place.join('state', 'odd.json'), '{');
    expect((await at.also({ resume: 'odd', hadTurns: true })).thread.opened).toBe('replaced');
  });

  test('one in which nothing was said is begun anew without a word', async () => {
    await using at = await stage({ forgets: true });
    await using next = await inNewHost(at, { hadTurns: false });
    expect(next.talk.thread.opened).toBe('started');
  });

  test('what happened while nobody listened is told: completed items, the end, and no questions', async () => {
    await using at = await stage();
    await at.talk.begin('ask example.org', 'say done');
    const { ref } = await at.talk.until('ask');
    await at.talk.thread[Symbol.asyncDispose]();
    const unsettled = { turn: 'trn_1', ref: 'trn_1' };
    const back = { resume: at.talk.thread.id, hadTurns: true, unsettled };
    const again = await at.also(back);
    expect((await again.until('ask')).ref).toBe(ref);
    await again.thread.answer(ref, { decision: 'accept' });
    await again.thread[Symbol.asyncDispose]();
    // Another turn of the same process ends behind this one.
    await (await at.also()).run('say other');
    const last = await at.also(back);
    expect(last.thread.unsettled).toBe('ended');
    expect((await last.end()).type).toBe('turn.completed');
    expect(last.of('item.delta')).toEqual([]);
    expect(last.items).toMatchObject([{ kind: 'agentMessage', text: 'yesdone' }, { kind: 'toolCall' }]);
  });

  test('turns wait for each other in order; one that is taken back is not begun', async () => {
    await using at = await stage();
    const start = (turn: string, text: string): StartTurn => ({
      ...{ turn, input: [{ type: 'text', text }], model: undefined, effort: undefined, outputSchema: undefined },
    });
    await at.talk.begin('count 400 50');
    const second = at.talk.thread.startTurn(start('trn_2', 'say two'));
    const third = failure(at.talk.thread.startTurn(start('trn_3', 'say three')));
    const fourth = at.talk.thread.startTurn(start('trn_4', 'say four'));
    await at.talk.until('item.delta');
    await at.talk.thread.interrupt('trn_3');
    expect((await third).code).toBe('cancelled');
    await at.talk.thread.interrupt('trn_1');
    expect(await Promise.all([second, fourth])).toEqual(['trn_2', 'trn_4']);
    for (const turn of ['trn_1', 'trn_2', 'trn_4']) expect(await at.talk.end()).toMatchObject({ turn });
  });
});

describe('What a conversation is given', () => {
  test('instructions stand in front of the first prompt, once, also behind a restart; others are told when they change', async () => {
    await using at = await stage({}, withSetup({ instructions: 'Be brief.' }));
    for (const turn of [1, 2]) expect(await at.talk.run('recall'), `turn ${turn}`).toMatchObject({ type: 'turn.completed' });
    expect(at.talk.said.match(/Be brief\./g)?.length).toBe(1);
    expect(at.talk.said).toMatch(/^<instructions>\n[^<]*Be brief\.\n<\/instructions>\n\nrecall \/ recall$/);
    await using next = await inNewHost(at);
    await next.talk.run('recall');
    expect(next.talk.said.match(/Be brief\./g)?.length).toBe(1);
    await next.talk.thread[Symbol.asyncDispose]();
    const changed = await next.also({ setup: { ...next.thread.setup, instructions: 'Be wordy.' } });
    await changed.run('recall');
    await changed.run('recall');
    expect(changed.said).toMatch(/<instructions>\nThese hold from now on[^<]*Be wordy\.\n<\/instructions>\n\nrecall \/ recall$/);
    expect(changed.said.match(/Be (?:brief|wordy)\./g)).toEqual(['Be brief.', 'Be wordy.']);
  });

  test("servers are given in the words of the protocol, and the host's own is told the session", async () => {
    const mcpServers: ThreadSetup['mcpServers'] = {
      files: { command: 'sh', args: ['-c', 'true'], env: { KEY: 'secret' }, timeout: 5 },
      far: { url: 'https://example.org/mcp', headers: { authorization: 'Bearer x' } },
      spool: { url: 'http://127.0.0.1:1/mcp', ours: true },
      off: { command: 'nothing', enabled: false },
    };
    const can = { mcpCapabilities: { http: true }, sessionCapabilities: { additionalDirectories: {} } };
    await using at = await stage({ env: abilities(can) }, withSetup({ mcpServers, writableRoots: ['/srv/memory'] }));
    await at.talk.run('given');
    const [servers, roots] = JSON.parse(at.talk.said) as [object[], string[]];
    expect(servers).toEqual([
      { name: 'files', command: expect.stringMatching(/^\/.*\/sh$/), args: ['-c', 'true'], env: [{ name: 'KEY', value: 'secret' }] },
      { type: 'http', name: 'far', url: 'https://example.org/mcp', headers: [{ name: 'authorization', value: 'Bearer x' }] },
      { type: 'http', name: 'spool', url: 'http://127.0.0.1:1/mcp', headers: [{ name: 'spool-session', value: 'ses_1' }] },
    ]);
    expect(roots).toEqual(['/srv/memory']);
    expect(at.talk.of('warning').map(({ message }) => message)).toEqual([expect.stringContaining('the time limits of files do not count')]);
  });

  test.each([
    [{ far: { url: 'https://example.org/mcp' } }, 'reaches no MCP server at an address'],
    [{ near: { command: 'true', cwd: '/srv' } }, 'in another folder'],
  ])('a server that cannot be said is refused: %o', async (mcpServers, words) => {
    await using at = await stage();
    const { code, message } = await failure(at.also({ setup: { ...at.thread.setup, mcpServers } }));
    expect([code, message.includes(words)]).toEqual(['unsupported', true]);
    expect((await at.talk.run('say still here')).type).toBe('turn.completed');
  });

  test.each([
    [{ model: 'm' }, 'which model'],
    [{ effort: 'high' }, 'how hard'],
    [{ permissions: { profile: ':read-only' } }, 'keep to permissions'],
    [{ fork: { thread: 't', lastTurn: undefined } }, 'copy'],
    [{ setup: { gateway: { url: 'http://127.0.0.1:1', token: 't' } } }, 'asks its model by itself'],
  ] as const)('what the protocol has no words for is refused: %o', async (change, words) => {
    await using at = await stage();
    const { code, message } = await failure(at.also(change));
    expect([code, message.includes(words)]).toEqual(['unsupported', true]);
  });

  test('a picture is given by its bytes to an agent that takes it, and refused otherwise, also behind a turn that waits', async () => {
    await using seeing = await stage({ env: abilities({ promptCapabilities: { image: true } }) });
    await using blind = await stage();
    const picture = seeing.place.join('p.png');
    writeFileSync(picture, 'bytes');
    const start = (item: StartTurn['input'][number], turn = 'trn_9'): StartTurn => ({
      ...{ turn, input: [item, { type: 'text', text: 'recall' }], model: undefined, effort: undefined, outputSchema: undefined },
    });
    await seeing.talk.thread.startTurn(start({ type: 'localImage', path: picture }));
    await seeing.talk.end();
    expect(seeing.talk.said).toBe('[image]\nrecall');
    await seeing.talk.thread.startTurn(start({ type: 'image', url: 'data:image/png;base64,Ynl0ZXM=' }, 'trn_10'));
    await seeing.talk.end();
    expect((await failure(seeing.talk.thread.startTurn(start({ type: 'image', url: 'https://example.org/p.png' })))).code).toBe(
      'unsupported',
    );
    expect((await failure(seeing.talk.thread.startTurn(start({ type: 'localImage', path: '/nowhere.png' })))).code).toBe('invalid-input');
    expect((await failure(blind.talk.thread.startTurn(start({ type: 'localImage', path: picture })))).message).toContain('takes no images');
    expect((await blind.talk.run('say well')).type).toBe('turn.completed');
  });

  test('what an agent cannot be told for one turn is refused', async () => {
    await using at = await stage();
    const plain = { turn: 'trn_1', input: [{ type: 'text', text: 'x' }], model: undefined, effort: null, outputSchema: undefined } as const;
    expect((await failure(at.talk.thread.startTurn({ ...plain, model: 'm' }))).message).toContain('takes no model');
    expect((await failure(at.talk.thread.startTurn({ ...plain, outputSchema: {} }))).message).toContain('takes no outputSchema');
    expect((await failure(at.talk.thread.startTurn({ ...plain, input: [], action: { type: 'compact' } }))).message).toContain('compact');
    await at.talk.thread.startTurn({ ...plain, serviceTier: null });
    expect((await at.talk.end()).type).toBe('turn.completed');
  });
});

test('a conversation of which nobody knew is not found, where one was named that was begun elsewhere', async () => {
  await using at = await stage({ forgets: true });
  expect((await failure(at.also({ resume: 'other', hadTurns: true, adopted: true }))).code).toBe('not-found');
  expect(new Talk(await at.agent.open({ ...at.thread, resume: 'other', hadTurns: true })).thread.opened).toBe('replaced');
});
