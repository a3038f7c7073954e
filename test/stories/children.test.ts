/** The life of the Codex processes behind a host: when they are stopped and replaced, and that nobody notices. Real Codex, offline model. */

import { chmodSync, renameSync, writeFileSync } from 'node:fs';
import { watch } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { processStart } from '../../src/base/process.js';
import type { Event } from '../../src/contract/events.js';
import type { Turn } from '../../src/contract/session.js';
import { codexBinary } from '../../src/testing/codex-binary.js';
import { StdioCodex } from '../../src/testing/stdio-codex.js';
import { type HostOverCodex, hostOverCodex, OWNER } from '../support/host-over-codex.js';
import { childStates, eventOf, world } from './rig.js';

/** Never by itself. */
const NEVER = { idleMs: Number.POSITIVE_INFINITY, everyMs: 2 ** 30 };
const STARTED = 'a Codex process was started';
const STOPPED = 'a Codex process in which nothing runs is stopped';

/** Resolves when the process that served the last turn is on its way out. */
const stopped = (h: HostOverCodex): Promise<void> => h.logged(STOPPED, h.count(STARTED));

/** Begins a turn that goes on until its question is answered, whatever the machine's speed. */
async function asking(h: HostOverCodex, id: string, text = ''): Promise<{ turn: string; end(): Promise<Turn> }> {
  const input = `${text} [[sh!:touch ${h.home.join('asked')}]] [[text:done]]`;
  const { turn } = await h.host.requestTurn(id, { input }, OWNER);
  const asked = await h.event(id, (event) => event.type === 'approval.asked' && event.turn === turn.id);
  if (asked.type !== 'approval.asked') throw new Error('nothing was asked');
  return {
    turn: turn.id,
    async end() {
      await h.host.answerApproval(asked.data.approval.id, { decision: 'accept' }, OWNER);
      return h.ended(id, turn.id);
    },
  };
}

const modelWasTold = (h: HostOverCodex, text: string): boolean => JSON.stringify(h.model.requests.at(-1)?.body.input).includes(text);

const typesOf = async (h: HostOverCodex, session: string): Promise<string[]> => (await h.events(session)).map(({ type }) => type);

describe('an idle process', () => {
  test('is stopped, and the next turn goes on with the same conversation in a new one', async () => {
    await using h = await hostOverCodex({ idleMs: 200, everyMs: 50 });
    const id = await h.open();
    const turn = await asking(h, id, 'the word is heron');
    const { pid } = await h.process();
    expect(await turn.end()).toMatchObject({ status: 'completed' });
    const { threadId } = await h.host.session(id, OWNER);
    await stopped(h);
    expect(await h.run(id, '[[text:still here]]')).toMatchObject({ status: 'completed', finalText: 'still here' });
    expect(modelWasTold(h, 'the word is heron')).toBe(true);
    expect(await processStart(pid)).toBeUndefined();
    expect((await h.host.session(id, OWNER)).threadId).toBe(threadId);
    const types = await typesOf(h, id);
    expect(types.filter((type) => /failed|exited|warning/.test(type))).toEqual([]);
    expect(types.filter((type) => type === 'session.resumed')).toHaveLength(1);
  });

  test('is never one in which a turn runs, however long that is silent, or waits for an answer', async () => {
    await using h = await hostOverCodex({ idleMs: 1, everyMs: 10, maxMemoryBytes: 1 });
    const id = await h.open();
    const turn = await asking(h, id, '[[sh:sleep 1]]');
    const before = (await h.events(id)).filter(({ type }) => type === 'runtime.started' || type === 'session.resumed').length;
    // A second conversation comes and goes for some time, all while the question of the first one waits.
    const other = await h.open();
    expect(await h.run(other, '[[sh:sleep 1]] [[text:slept]]')).toMatchObject({ status: 'completed' });
    expect(await turn.end()).toMatchObject({ status: 'completed', finalText: 'done' });
    expect((await h.events(id)).filter(({ type }) => type === 'runtime.started' || type === 'session.resumed')).toHaveLength(before);
    // Now it is one.
    await stopped(h);
  });

  test('is never one in which a command runs on that an agent left running', async () => {
    await using h = await hostOverCodex({ idleMs: 1, everyMs: 10 });
    const id = await h.open();
    const server = '[[tool:exec_command:{"cmd":"echo up; exec sleep 60","yield_time_ms":250}]] [[text:it is up]]';
    expect(await h.run(id, server)).toMatchObject({ status: 'completed', finalText: 'it is up' });
    const { pid } = await h.process();
    await h.logged('an idle Codex process stays for the commands in it', 3);
    expect((await h.process()).pid).toBe(pid);
  });

  test('may be stopped at the very moment in which a turn is asked for: the turn runs all the same', async () => {
    await using h = await hostOverCodex({ idleMs: 0, everyMs: 1 });
    const ids = [await h.open(), await h.open()];
    for (let round = 0; round < 8; round += 1) {
      const turns = await Promise.all(ids.map((id) => h.run(id, `[[text:round ${round}]]`)));
      for (const turn of turns) expect(turn).toMatchObject({ status: 'completed', finalText: `round ${round}` });
      // Every other round meets the process on its way out; the others ask again at once.
      if (round % 2 === 0) await stopped(h);
    }
    for (const id of ids) expect((await typesOf(h, id)).filter((type) => /failed|exited|warning/.test(type))).toEqual([]);
  });
});

describe('the size of a process', () => {
  test('is shown with all that it started', async () => {
    await using h = await hostOverCodex(NEVER);
    const id = await h.open();
    await h.run(id, '[[text:hello]]');
    const { processes, memoryBytes } = await h.process();
    expect(processes).toBeGreaterThanOrEqual(1);
    expect(memoryBytes).toBeGreaterThan(40_000_000);
  });

  test('is bounded: one that has grown too large is stopped as soon as its turn has ended', async () => {
    await using h = await hostOverCodex({ ...NEVER, everyMs: 20, maxMemoryBytes: 20_000_000 });
    const id = await h.open();
    const turn = await asking(h, id);
    const { pid } = await h.process();
    expect(await turn.end()).toMatchObject({ status: 'completed', finalText: 'done' });
    await stopped(h);
    expect(await h.run(id, '[[text:again]]')).toMatchObject({ status: 'completed', finalText: 'again' });
    expect(await processStart(pid)).toBeUndefined();
  });
});

/** A `codex` that says which version it is as it is told. */
class Wrapper {
  readonly path: string;

  constructor(path: string) {
    this.path = path;
    this.install('0.169.0');
  }

  /** As an installation does it: the new one takes the place of the old one. */
  install(version: string): void {
    const next = `${this.path}.next`;
    writeFileSync(next, `#!/bin/sh\nif [ "$1" = --version ]; then echo "codex-cli ${version}"; else exec "${codexBinary()}" "$@"; fi\n`);
    chmodSync(next, 0o755);
    renameSync(next, this.path);
  }
}

describe('a process that is older than the Codex which is installed', () => {
  test('is replaced before it is used when nothing runs in it', async () => {
    await using w = await world();
    const codex = new Wrapper(w.home.join('codex-bin'));
    w.env['SPOOL_CODEX_BIN'] = codex.path;
    const { client, url, token } = await w.serve();
    const { id } = await client.sessions.open({ cwd: w.work });
    const first = await client.turns.request(id, { input: 'the word is heron [[text:noted]]' });
    await client.wait(id, first.turn.id);
    const [before] = (await client.status()).runtimes;
    codex.install('0.170.0');
    const other = await client.sessions.open({ cwd: w.work });
    const second = await client.turns.request(other.id, { input: '[[text:hello]]' });
    expect(await client.wait(other.id, second.turn.id)).toMatchObject({ status: 'completed' });
    const [after, ...more] = (await client.status()).runtimes;
    expect([after?.pid === before?.pid, after?.outdated, more]).toEqual([false, false, []]);
    const metrics = await (await fetch(`${url}/metrics`, { headers: { authorization: `Bearer ${token}` } })).text();
    expect(metrics).toMatch(/^spool_runtime_memory_bytes\{runtime="codex-app-server"\} \d{8,}$/m);
    const third = await client.turns.request(id, { input: '[[text:still here]]' });
    expect(await client.wait(id, third.turn.id)).toMatchObject({ status: 'completed', finalText: 'still here' });
  });

  test('goes on with a turn that an earlier host began, says so once, and is replaced when the turn has ended', async () => {
    await using w = await world();
    const codex = new Wrapper(w.home.join('codex-bin'));
    w.env['SPOOL_CODEX_BIN'] = codex.path;
    const first = await w.serve();
    const { id } = await first.client.sessions.open({ cwd: w.work, permissions: { approvalPolicy: 'untrusted' } });
    // It waits for an answer, so that it runs for as long as the second host needs.
    const { turn } = await first.client.turns.request(id, { input: '[[sh:touch asked.txt]] [[text:done]]' });
    const asked = await eventOf(first.client, id, (event): event is Event<'approval.asked'> => event.type === 'approval.asked');
    const pid = (await first.client.status()).runtimes[0]?.pid ?? 0;
    await first.kill('SIGKILL');
    codex.install('0.170.0');

    const { client } = await w.serve();
    const warned = await eventOf(client, id, (event) => event.type === 'warning.raised');
    const message = 'Codex 0.169.0 is still running; 0.170.0 is installed and takes over when its turns have ended';
    expect(warned.data).toEqual({ message });
    expect((await client.status()).runtimes).toMatchObject([{ pid, outdated: true }]);
    await client.approvals.answer(asked.data.approval.id, { decision: 'accept' });
    expect(await client.wait(id, turn.id)).toMatchObject({ status: 'completed', finalText: 'done' });
    await childIsGone(w.home.join('spool', 'run', 'codex'), pid);
    const next = await client.turns.request(id, { input: '[[text:still here]]' });
    expect(await client.wait(id, next.turn.id)).toMatchObject({ status: 'completed', finalText: 'still here' });
    const { runtimes } = await client.status();
    expect([runtimes[0]?.pid === pid, runtimes[0]?.outdated]).toEqual([false, false]);
    const { events } = await client.sessions.events(id, { limit: 10_000 });
    expect(events.filter((event) => event.type === 'warning.raised')).toHaveLength(1);
  });
});

/** Resolves when a host has stopped this process and has forgotten it. */
async function childIsGone(runDir: string, pid: number): Promise<void> {
  const done = new AbortController();
  // Watched before the first look, so that a change between look and watch is not missed.
  const changes = watch(runDir, { signal: done.signal });
  const isThere = async (): Promise<boolean> => {
    // A file that goes while it is read is one more change to come.
    const states = await childStates(runDir).catch(() => undefined);
    return states === undefined || states.some((state) => state.pid === pid);
  };
  try {
    if (!(await isThere())) return;
    for await (const _ of changes) if (!(await isThere())) return;
  } finally {
    done.abort();
  }
}

describe('a conversation that another process has open', () => {
  /** Has a session whose conversation is held by an app-server of somebody else. */
  async function heldElsewhere(
    whenTaken: 'refuse' | 'wait' | 'fork',
  ): Promise<{ h: HostOverCodex; id: string; thread: string; holder: StdioCodex }> {
    const h = await hostOverCodex({ ...NEVER, idleMs: 0, everyMs: 5 }, { agent: { whenTaken } });
    const id = await h.open();
    await h.run(id, 'the word is heron [[text:noted]]');
    await stopped(h);
    const thread = (await h.host.session(id, OWNER)).threadId ?? '';
    const env = { PATH: process.env['PATH'], HOME: h.home.path, CODEX_HOME: h.codexHome };
    const holder = await new StdioCodex(codexBinary(), env).initialize();
    await holder.call('thread/resume', { threadId: thread });
    return { h, id, thread, holder };
  }

  test('is refused, naming the process', async () => {
    const { h, id, holder } = await heldElsewhere('refuse');
    await using _h = h;
    await using _holder = holder;
    const failed = await h.run(id, '[[text:mine]]');
    expect(failed.status).toBe('failed');
    expect(failed.error?.message).toMatch(/^the conversation is open in process \d+ \(codex app-server\)/);
  });

  test('is waited for, and the turn runs when it is free', async () => {
    const { h, id, thread, holder } = await heldElsewhere('wait');
    await using _h = h;
    const { turn } = await h.host.requestTurn(id, { input: '[[text:mine]]' }, OWNER);
    await h.logged('a conversation that is open elsewhere is waited for');
    await holder[Symbol.asyncDispose]();
    expect(await h.ended(id, turn.id)).toMatchObject({ status: 'completed', finalText: 'mine' });
    expect((await h.host.session(id, OWNER)).threadId).toBe(thread);
  });

  test('goes on in a copy that remembers, and the session says so', async () => {
    const { h, id, thread, holder } = await heldElsewhere('fork');
    await using _h = h;
    await using _holder = holder;
    const { usage } = await h.host.session(id, OWNER);
    expect(await h.run(id, '[[text:mine]]')).toMatchObject({ status: 'completed', finalText: 'mine' });
    expect(modelWasTold(h, 'the word is heron')).toBe(true);
    const after = await h.host.session(id, OWNER);
    expect(after.threadId).not.toBe(thread);
    expect(after.usage?.totalTokens).toBe((usage?.totalTokens ?? 0) + 120);
    const resumed = await h.event(id, (event) => event.type === 'session.resumed' && event.data.previousThreadId === thread);
    expect(resumed.data).toMatchObject({ threadId: after.threadId, fresh: false });
    const warning = await h.event(id, ({ type }) => type === 'warning.raised');
    expect(warning.data).toMatchObject({ message: expect.stringContaining('goes on in a copy') });
  });
});

describe('a process that is frozen', () => {
  /** Long enough for a living process on a busy machine. */
  const SOON = { ...NEVER, everyMs: 50, answerMs: 2_000 };

  test('is replaced: its turn fails with the reason, and the next one goes on with the conversation', async () => {
    await using h = await hostOverCodex(SOON);
    const id = await h.open();
    await h.run(id, 'the word is heron [[text:noted]]');
    const { turn } = await h.host.requestTurn(id, { input: '[[deltas:400:50]]' }, OWNER);
    await h.event(id, (event) => event.type === 'item.delta' && event.turn === turn.id);
    const { pid } = await h.process();
    process.kill(pid, 'SIGSTOP');
    await h.host.interrupt(id, {}, OWNER);
    const failed = await h.ended(id, turn.id);
    expect(failed).toMatchObject({ status: 'failed', error: { code: 'runtime-exited', retryable: true } });
    expect(failed.error?.message).toMatch(/^Codex did not answer for .* and was stopped$/);
    expect(await h.run(id, '[[text:still here]]')).toMatchObject({ status: 'completed', finalText: 'still here' });
    expect(modelWasTold(h, 'the word is heron')).toBe(true);
    expect(await processStart(pid)).toBeUndefined();
  });

  test('does not take along a turn that had not begun', async () => {
    await using h = await hostOverCodex(SOON);
    const id = await h.open();
    await h.run(id, '[[text:one]]');
    const { pid } = await h.process();
    process.kill(pid, 'SIGSTOP');
    expect(await h.run(id, '[[text:two]]')).toMatchObject({ status: 'completed', finalText: 'two' });
    expect(await processStart(pid)).toBeUndefined();
  });
});

test('fifty conversations that are opened at once and asked at once all get their answers', async () => {
  await using h = await hostOverCodex(NEVER);
  const ids = await Promise.all(Array.from({ length: 50 }, () => h.open()));
  const turns = await Promise.all(ids.map((id, n) => h.run(id, `[[text:answer ${n}]]`)));
  expect(turns.map(({ status, finalText }) => `${status} ${finalText}`)).toEqual(turns.map((_, n) => `completed answer ${n}`));
  expect((await h.process()).threads).toBe(50);
});
