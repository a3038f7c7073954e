/** Taking results out, over a Codex that only moves files as the real one does. The real binary is driven in test/stories. */

import { existsSync, mkdirSync, mkdtempSync, openSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { SpoolError } from '../../base/errors.js';
import { silentLogger } from '../../ports/logger.js';
import { ManualClock } from '../../testing/manual-clock.js';
import type { ClientRequests } from '../generated/methods.js';
import type { ClientMethod } from './link.js';
import { CodexResults, type HomeLink } from './results.js';

const place = mkdtempSync(join(tmpdir(), 'spool-results-'));
afterAll(() => rmSync(place, { recursive: true, force: true }));

const THREAD = 'thread-1';
const HEAVY = 'x'.repeat(1000);
const ALL = { largerThanBytes: 0, olderThanTurns: 0 };
let homes = 0;

/** A home with one conversation, and a Codex that serves it. */
class Scripted implements HomeLink {
  readonly version = '0.169.0';
  readonly born = 0;
  readonly home = join(place, `${++homes}`);
  readonly asked: string[] = [];
  readonly letGone: string[] = [];
  readonly archived: Promise<void>;
  #onArchive: () => void = () => undefined;
  loaded: { id: string; parentThreadId: string | null; status: { type: string } }[] = [];
  terminals: Record<string, object[]> = {};
  /** Called instead of what it stands for. */
  readonly instead: Record<string, () => object> = {};
  readonly #running = join(this.home, 'sessions', 'rollout-1-thread-1.jsonl');
  readonly #away = join(this.home, 'archived_sessions', 'rollout-1-thread-1.jsonl');
  readonly text: string;

  constructor() {
    this.archived = new Promise((resolve) => {
      this.#onArchive = resolve;
    });
    const entry = (type: string, fields: object): string => `${JSON.stringify({ type, payload: { call_id: 'c', ...fields } })}\n`;
    const call = { type: 'function_call', name: 'look', arguments: '{}' };
    this.text = entry('response_item', call) + entry('response_item', { type: 'function_call_output', output: HEAVY });
    for (const folder of ['sessions', 'archived_sessions']) mkdirSync(join(this.home, folder), { recursive: true });
    writeFileSync(this.#running, this.text);
  }

  get record(): string {
    return readFileSync(this.#running, 'utf8');
  }

  set record(text: string) {
    writeFileSync(this.#running, text);
  }

  get isAway(): boolean {
    return existsSync(this.#away);
  }

  get away(): string {
    return this.#away;
  }

  letGo(thread: string): void {
    this.letGone.push(thread);
  }

  async request<M extends ClientMethod>(method: M, params: ClientRequests[M]['params']): Promise<ClientRequests[M]['result']> {
    await Promise.resolve();
    this.asked.push(method);
    return (this.instead[method] ?? (() => this.#answer(method, params as { threadId: string })))() as ClientRequests[M]['result'];
  }

  #answer(method: string, { threadId }: { readonly threadId: string }): object {
    switch (method) {
      case 'thread/loaded/list':
        return { data: this.loaded.map(({ id }) => id) };
      case 'thread/read':
        return { thread: this.loaded.find(({ id }) => id === threadId) };
      case 'thread/backgroundTerminals/list':
        return { data: this.terminals[threadId] ?? [] };
      case 'thread/archive':
        renameSync(this.#running, this.#away);
        this.#onArchive();
        return {};
      default:
        renameSync(this.#away, this.#running);
        return {};
    }
  }
}

function resultsOver(link: Scripted): CodexResults {
  const use = <T>(_home: string, work: (link: HomeLink) => Promise<T>): Promise<T> => work(link);
  return new CodexResults({ folder: join(link.home, 'taken'), use, clock: new ManualClock(), logger: silentLogger });
}

const conversationOf = (link: Scripted): { home: string; thread: string } => ({ home: link.home, thread: THREAD });
const takeAll = (undo: string): Parameters<CodexResults['takeOut']>[1] => ({ undo, which: ALL, arguments: false });

test('a change is made while the thread is put away, and whoever held it here is told', async () => {
  const link = new Scripted();
  const results = resultsOver(link);
  expect(await results.takeOut(conversationOf(link), takeAll('und_1'))).toEqual([{ item: 'c', bytes: 1000 }]);
  expect(link.asked).toEqual(['thread/loaded/list', 'thread/archive', 'thread/unarchive']);
  expect(link.letGone).toEqual([THREAD]);
  expect(link.record).not.toContain(HEAVY);
  expect(await results.list(conversationOf(link))).toMatchObject([{ item: 'c', bytes: 1000, undo: 'und_1' }]);
  expect(await results.putBack(conversationOf(link), 'und_1')).toEqual([{ item: 'c', bytes: 1000 }]);
  expect(link.record).toBe(link.text);
  expect(await results.putBack(conversationOf(link), 'und_1')).toEqual([{ item: 'c', bytes: 1000 }]);
  expect(link.asked.filter((method) => method === 'thread/archive')).toHaveLength(2);
});

test('a change that was kept and not made when the host died is made by its repeat, and one that was made is not made again', async () => {
  const link = new Scripted();
  await resultsOver(link).takeOut(conversationOf(link), takeAll('und_1'));
  const changed = link.record;
  link.record = link.text;
  expect(await resultsOver(link).takeOut(conversationOf(link), takeAll('und_1'))).toEqual([{ item: 'c', bytes: 1000 }]);
  expect(link.record).toBe(changed);
  link.asked.length = 0;
  expect(await resultsOver(link).takeOut(conversationOf(link), takeAll('und_1'))).toEqual([{ item: 'c', bytes: 1000 }]);
  expect(link.asked).toEqual([]);
});

test('nothing to take out disturbs nobody, nor does a name that is not known', async () => {
  const link = new Scripted();
  const results = resultsOver(link);
  expect(await results.takeOut(conversationOf(link), { ...takeAll('und_1'), which: { ...ALL, largerThanBytes: 5000 } })).toEqual([]);
  await expect(results.putBack(conversationOf(link), 'und_7')).rejects.toMatchObject({ code: 'not-found' });
  await expect(
    results.takeOut({ ...conversationOf(link), thread: 'none' }, { ...takeAll('und_1'), which: { items: ['c'] } }),
  ).rejects.toMatchObject({
    code: 'not-found',
  });
  expect(await results.list({ ...conversationOf(link), thread: 'none' })).toEqual([]);
  expect({ asked: link.asked, letGone: link.letGone, folder: readdirSync(link.home) }).toEqual({
    ...{ asked: [], letGone: [] },
    folder: ['archived_sessions', 'sessions'],
  });
});

test('what Codex would end with the thread stays: its turn, that of a sub-agent, and a command that was left running', async () => {
  const link = new Scripted();
  const taking = (): Promise<unknown> => resultsOver(link).takeOut(conversationOf(link), takeAll('und_1'));
  link.loaded = [
    { id: 'of-the-child', parentThreadId: 'child', status: { type: 'active' } },
    { id: 'child', parentThreadId: THREAD, status: { type: 'idle' } },
    { id: THREAD, parentThreadId: null, status: { type: 'idle' } },
    { id: 'another', parentThreadId: null, status: { type: 'active' } },
  ];
  await expect(taking()).rejects.toMatchObject({ code: 'conflict', message: expect.stringContaining('something runs') as string });
  link.loaded = link.loaded.slice(1);
  link.terminals = { child: [{ command: 'npm run watch' }] };
  await expect(taking()).rejects.toMatchObject({ code: 'conflict', message: expect.stringContaining('npm run watch') as string });
  expect(link.asked).not.toContain('thread/archive');
  expect(link.record).toBe(link.text);
  link.terminals = {};
  await taking();
  expect(link.record).not.toContain(HEAVY);
});

test('a refusal of Codex leaves nothing behind', async () => {
  const link = new Scripted();
  link.instead['thread/archive'] = () => {
    throw new SpoolError('runtime-failed', `thread ${THREAD} already has an active writer`);
  };
  await expect(resultsOver(link).takeOut(conversationOf(link), takeAll('und_1'))).rejects.toMatchObject({ code: 'conflict' });
  expect({ record: link.record, kept: readdirSync(join(link.home, 'taken')) }).toEqual({ record: link.text, kept: [] });
});

test('a record that somebody still has open is not changed, whatever Codex says', async () => {
  const link = new Scripted();
  link.instead['thread/archive'] = () => {
    renameSync(join(link.home, 'sessions', 'rollout-1-thread-1.jsonl'), link.away);
    openSync(link.away, 'r');
    return {};
  };
  await expect(resultsOver(link).takeOut(conversationOf(link), takeAll('und_1'))).rejects.toMatchObject({
    code: 'conflict',
    details: { pids: [process.pid] },
  });
  expect(link.record).toBe(link.text);
});

test('a thread that could not be brought back is brought back before it is opened next, and not twice', async () => {
  const link = new Scripted();
  link.instead['thread/unarchive'] = () => {
    throw new SpoolError('unavailable', 'Codex is gone');
  };
  const results = resultsOver(link);
  expect(await results.takeOut(conversationOf(link), takeAll('und_1'))).toHaveLength(1);
  expect(link.isAway).toBe(true);
  delete link.instead['thread/unarchive'];
  await results.ready(link, THREAD);
  expect(link.record).not.toContain(HEAVY);
  link.asked.length = 0;
  await results.ready(link, THREAD);
  expect(link.asked).toEqual([]);
});

test('whoever opens the thread meanwhile waits until the change is made', async () => {
  const link = new Scripted();
  const results = resultsOver(link);
  const order: string[] = [];
  const taking = results.takeOut(conversationOf(link), takeAll('und_1')).then(() => order.push('changed'));
  await link.archived;
  const opening = results.ready(link, THREAD).then(() => order.push(link.isAway ? 'away' : 'there'));
  await Promise.all([taking, opening]);
  expect(order.toSorted()).toEqual(['changed', 'there']);
});

test('a record that was changed by others since is left to them', async () => {
  const link = new Scripted();
  const results = resultsOver(link);
  await results.takeOut(conversationOf(link), takeAll('und_1'));
  link.record = link.record.replace('1000 bytes', '1001 bytes');
  const before = link.record;
  await expect(results.putBack(conversationOf(link), 'und_1')).rejects.toMatchObject({ code: 'conflict' });
  expect(link.record).toBe(before);
});
