/** Reviews that a host begins by itself: in a session of their own, once, also across a crash, and never of a review. */

import { describe, expect, test } from 'vitest';
import type { ApprovalPolicy } from '../../src/contract/approval-policy.js';
import type { AgentInfo } from '../../src/contract/host.js';
import type { ChatMessage } from '../../src/contract/message.js';
import type { ReviewLoop } from '../../src/contract/review-loop.js';
import type { Session } from '../../src/contract/session.js';
import { messagesBetween } from '../../src/host/read-messages.js';
import type { OnReview, ReviewRequest } from '../../src/host/review-desk.js';
import { memoryLog } from '../../src/log/memory/memory-log.js';
import { memorySnapshots } from '../../src/log/memory/memory-snapshots.js';
import type { Fact } from '../../src/ports/agent.js';
import type { Log } from '../../src/ports/log.js';
import { type Logger, silentLogger } from '../../src/ports/logger.js';
import type { Snapshots } from '../../src/ports/snapshots.js';
import { tempHome } from '../../src/testing/temp-home.js';
import { fixedAgents, MOCK, OWNER, type Rig, rig } from './rig.js';

interface Options {
  readonly loop?: ReviewLoop;
  readonly agents?: readonly AgentInfo[];
  readonly log?: Log;
  readonly snapshots?: Snapshots;
  readonly logger?: Logger;
  readonly onReview?: OnReview;
  readonly approvals?: ApprovalPolicy;
  readonly memory?: string;
}

/** A host whose agent `default` is looked back on after each turn, unless something else is said. */
function host({ loop = { afterTurns: 1 }, agents = [], approvals, memory, ...options }: Options = {}): Rig {
  const own = { ...(approvals === undefined ? {} : { approvals }), ...(memory === undefined ? {} : { memory }) };
  const all = [{ ...MOCK, reviewLoop: loop, ...own }, ...agents];
  return rig({ ...options, agents: fixedAgents({ get: (alias) => all.find((one) => one.alias === alias), list: () => all }) });
}

/** The n-th turn (from 1) of the session, with this many commands. Which thread it runs in is told by its session. */
async function work(r: Rig, session: string, n: number, input: string, commands = 0): Promise<void> {
  const { turn } = await r.host.requestTurn(session, { input }, OWNER);
  await r.event(session, 'turn.started', n);
  const { threadId } = await r.host.session(session, OWNER);
  const thread = r.agent.threads.findLast(({ id }) => id === threadId);
  const ran = (id: string): Fact => ({
    type: 'item.completed',
    turn: turn.id,
    item: { id, kind: 'command', command: `step ${id}`, status: 'completed', output: 'fine' },
  });
  const calls = Array.from({ length: commands }, (_, at) => ran(`c${n}-${at}`));
  const text: Fact = { type: 'item.completed', turn: turn.id, item: { id: `m${n}`, kind: 'agentMessage', text: `did ${input}` } };
  thread?.say(...calls, text, { type: 'turn.completed', turn: turn.id, usage: null });
  await r.event(session, 'turn.completed', n);
}

const sessions = async (r: Rig): Promise<readonly Session[]> => (await r.host.listSessions({ limit: 100 }, OWNER)).items;
const reviewsOf = async (r: Rig, id: string): Promise<readonly Session[]> =>
  (await sessions(r)).filter(({ reviewOf }) => reviewOf?.session === id);
const types = async (r: Rig, id: string): Promise<string[]> => (await r.types(id)).filter((type) => type.startsWith('review.'));

/** What the reviewer was asked. */
async function asked(r: Rig, session: string): Promise<string> {
  const { data } = await r.event(session, 'turn.requested');
  return data.input.map((part) => (part.type === 'text' ? part.text : '')).join('');
}

describe('a review', () => {
  test('is a session of its own that is shown what was said and done since the last one', async () => {
    await using r = host({ loop: { afterToolCalls: 2 } });
    const { id, cwd } = await r.host.openSession({ title: 'The plan' }, OWNER);
    await work(r, id, 1, 'first', 1);
    expect(await types(r, id)).toEqual([]);
    await work(r, id, 2, 'second', 1);
    const started = await r.event(id, 'review.started');
    const [review, ...others] = await reviewsOf(r, id);
    expect(others).toEqual([]);
    expect(review).toMatchObject({ id: started.data.session, agent: 'default', title: 'Review of The plan', cwd });
    expect(review?.permissions).toEqual({ profile: ':workspace', approvalPolicy: 'never' });
    expect(review?.approvals).toEqual({ mode: 'deny' });
    const text = await asked(r, review?.id ?? '');
    for (const words of ['first', 'did first', 'step c1-0', 'fine', 'did second', 'step c2-0']) expect(text).toContain(words);

    await work(r, id, 3, 'third', 2);
    const next = await r.event(id, 'review.started', 2);
    const later = await asked(r, next.data.session ?? '');
    expect(later).toContain('did third');
    expect(later).not.toContain('did second');
    expect(await types(r, id)).toEqual(['review.requested', 'review.started', 'review.requested', 'review.started']);
  });

  test('is shown nothing that was said after it was asked for', async () => {
    await using r = host({ loop: { afterTurns: 9 } });
    const { id } = await r.host.openSession({}, OWNER);
    await work(r, id, 1, 'one');
    await work(r, id, 2, 'two');
    const { position } = await r.event(id, 'turn.completed');
    const contents = (messages: readonly ChatMessage[]): unknown[] => messages.map(({ content }) => content);
    expect(contents(await messagesBetween(r.log, id, 0, position))).toEqual(['one', 'did one']);
    expect(contents(await messagesBetween(r.log, id, position, position + 100))).toEqual(['two', 'did two']);
  });

  test('runs beside the session, which goes on meanwhile', async () => {
    await using r = host({ loop: { afterTurns: 2 } });
    const { id } = await r.host.openSession({}, OWNER);
    await work(r, id, 1, 'one');
    await work(r, id, 2, 'two');
    const { data } = await r.event(id, 'review.started');
    await r.event(data.session ?? '', 'turn.started');
    await work(r, id, 3, 'three');
    expect((await r.host.session(data.session ?? '', OWNER)).status).toBe('running');
  });

  test('is never reviewed itself, nor is a copy of it', async () => {
    await using r = host();
    const { id } = await r.host.openSession({}, OWNER);
    await work(r, id, 1, 'one');
    const review = (await r.event(id, 'review.started')).data.session ?? '';
    await r.event(review, 'turn.started');
    const thread = r.agent.threads.at(-1);
    const turn = (await r.host.session(review, OWNER)).currentTurn ?? '';
    const item = { id: 'm', kind: 'agentMessage', text: 'noted' } as const;
    thread?.say({ type: 'item.completed', turn, item }, { type: 'turn.completed', turn, usage: null });
    await r.event(review, 'turn.completed');
    const copy = await r.host.forkSession(review, {}, OWNER);
    await work(r, copy.id, 1, 'more');
    expect([await types(r, review), await types(r, copy.id)]).toEqual([[], []]);
    expect(copy.reviewOf).toEqual({ session: id, upTo: expect.any(Number) as number });
    expect((await sessions(r)).map((one) => one.id).toSorted()).toEqual([id, review, copy.id].toSorted());
  });

  test('is done by the agent that is named, with its rules, and where nobody watches nobody is asked', async () => {
    const rules: ApprovalPolicy['rules'] = [{ decision: 'accept', command: 'git add' }];
    const keeper: AgentInfo = { ...MOCK, alias: 'keeper', model: 'small', permissions: { profile: ':read-only' } };
    await using r = host({
      loop: { afterTurns: 1, agent: 'keeper', prompt: 'Be short.' },
      agents: [{ ...keeper, approvals: { mode: 'ask', rules } }],
    });
    const { id } = await r.host.openSession({}, OWNER);
    await work(r, id, 1, 'one');
    const { data } = await r.event(id, 'review.started');
    const review = await r.host.session(data.session ?? '', OWNER);
    expect(review).toMatchObject({
      agent: 'keeper',
      model: 'small',
      permissions: { profile: ':read-only' },
      approvals: { mode: 'deny', rules },
    });
    expect(await asked(r, review.id)).toMatch(/^Be short\.\n/);
  });

  test("works in the folder of the agent's memory, which is made where there is none", async () => {
    await using home = await tempHome();
    await using r = host({ memory: home.join('memory') });
    const { id } = await r.host.openSession({}, OWNER);
    await work(r, id, 1, 'one');
    const { data } = await r.event(id, 'review.started');
    expect((await r.host.session(data.session ?? '', OWNER)).cwd).toBe(home.join('memory'));
    expect(await asked(r, data.session ?? '')).toContain(home.join('memory'));
  });

  test('that cannot be begun is told in the session, which goes on', async () => {
    await using r = host({ loop: { afterTurns: 1, agent: 'gone' } });
    const { id } = await r.host.openSession({}, OWNER);
    await work(r, id, 1, 'one');
    expect((await r.event(id, 'review.failed')).data.message).toContain('there is no agent gone');
    await work(r, id, 2, 'two');
    expect((await r.host.session(id, OWNER)).status).toBe('idle');
  });
});

describe('a host that dies between the request and the beginning', () => {
  /** A log in which nothing is written any more from the first record with such an event on, or behind it. */
  function dying(log: Log, type: string, last: 'kept' | 'lost'): Log {
    let dead = false;
    return {
      append: async (stream, record, version) => {
        const here = record.events.some((event) => event.type === type);
        const lost = dead || (here && last === 'lost');
        dead ||= here;
        return await (lost ? new Promise<never>(() => undefined) : log.append(stream, record, version));
      },
      find: (stream, commandId) => log.find(stream, commandId),
      head: (stream) => log.head(stream),
      read: (query) => log.read(query),
      follow: (query) => log.follow(query),
      streams: () => log.streams(),
      [Symbol.asyncDispose]: () => Promise.resolve(),
    };
  }

  test('begins it at the next start, and only once', async () => {
    const log = memoryLog();
    const snapshots = memorySnapshots();
    // Not disposed: it is dead.
    const dead = host({ log: dying(log, 'review.requested', 'kept'), snapshots });
    const { id } = await dead.host.openSession({}, OWNER);
    await work(dead, id, 1, 'one');
    expect(await types(dead, id)).toEqual(['review.requested']);

    await using second = host({ log, snapshots });
    const { data } = await second.event(id, 'review.started');
    await second.event(data.session ?? '', 'turn.started');
    expect(await reviewsOf(second, id)).toHaveLength(1);
  });

  test('does not begin it again when all but the note of it was recorded', async () => {
    const log = memoryLog();
    const snapshots = memorySnapshots();
    const dead = host({ log: dying(log, 'review.started', 'lost'), snapshots });
    const { id } = await dead.host.openSession({}, OWNER);
    await work(dead, id, 1, 'one');
    await dead.agent.called('startTurn', 2);
    const [before] = await reviewsOf(dead, id);

    // The words have been changed meanwhile; what was asked stays.
    await using second = host({ log, snapshots, loop: { afterTurns: 1, prompt: 'Other words.' } });
    const { data } = await second.event(id, 'review.started');
    expect(data.session).toBe(before?.id);
    expect((await second.types(before?.id ?? '')).filter((type) => type === 'turn.requested')).toHaveLength(1);
    expect(await asked(second, before?.id ?? '')).not.toContain('Other words');
  });
});

describe('a program that takes reviews on itself', () => {
  test('is given all of it, and no session is opened', async () => {
    const given: ReviewRequest[] = [];
    await using r = host({ onReview: (review) => void given.push(review), loop: { afterTurns: 1, agent: 'keeper' } });
    const { id } = await r.host.openSession({}, OWNER);
    await work(r, id, 1, 'one', 2);
    const requested = await r.event(id, 'review.requested');
    expect((await r.event(id, 'review.started')).data).toEqual({ upTo: requested.data.upTo });
    const [review, ...others] = given;
    expect(others).toEqual([]);
    const { upTo } = requested.data;
    expect(review).toMatchObject({
      session: id,
      agent: 'default',
      reviewer: 'keeper',
      toolCalls: 2,
      turns: 1,
      upTo,
      memory: null,
      skills: [],
    });
    expect(review?.messages).toEqual((await r.host.messages(id, { after: 0, limit: 100 }, OWNER)).items);
    expect(review?.messages.map(({ role }) => role)).toEqual(['user', 'assistant', 'tool', 'assistant', 'tool', 'assistant']);
    expect(review?.signal.aborted).toBe(false);
    expect(await sessions(r)).toHaveLength(1);
  });

  test('and throws does no harm: it is noted, in the session and for the operator', async () => {
    const warnings: string[] = [];
    const logger: Logger = { ...silentLogger, warn: (_, text) => warnings.push(text) };
    await using r = host({ onReview: () => Promise.reject(new Error('no time')), logger });
    const { id } = await r.host.openSession({}, OWNER);
    await work(r, id, 1, 'one');
    expect((await r.event(id, 'review.failed')).data.message).toBe('no time');
    await work(r, id, 2, 'two');
    expect(warnings).toContain('a review could not be done');
    expect((await r.host.session(id, OWNER)).lastTurn?.status).toBe('completed');
  });

  test('is told when the host stops, and asked again at the next start', async () => {
    const log = memoryLog();
    const snapshots = memorySnapshots();
    const asked: ReviewRequest[] = [];
    let called = (): void => undefined;
    const wasCalled = new Promise<void>((resolve) => (called = resolve));
    let id: string;
    {
      const onReview: OnReview = (review) => {
        asked.push(review);
        called();
        return new Promise((_, reject) => review.signal.addEventListener('abort', () => reject(new Error('given up'))));
      };
      await using r = host({ onReview, log, snapshots });
      ({ id } = await r.host.openSession({}, OWNER));
      await work(r, id, 1, 'one');
      await wasCalled;
    }
    expect(asked).toHaveLength(1);
    await using r = host({ onReview: (review) => void asked.push(review), log, snapshots });
    await r.event(id, 'review.started');
    expect(asked[1]?.messages).toEqual(asked[0]?.messages);
    expect(await types(r, id)).toEqual(['review.requested', 'review.started']);
  });
});
