/** Exchanges as files: what is written, under which name, once, and never at the cost of a turn. */

import { chmodSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Clock, systemClock } from '../../src/base/clock.js';
import { memoryLog } from '../../src/log/memory/memory-log.js';
import { memorySnapshots } from '../../src/log/memory/memory-snapshots.js';
import type { Fact } from '../../src/ports/agent.js';
import type { Log } from '../../src/ports/log.js';
import { type Logger, silentLogger } from '../../src/ports/logger.js';
import type { Snapshots } from '../../src/ports/snapshots.js';
import type { AgentScript } from '../../src/testing/scripted-agent.js';
import { type TempHome, tempHome } from '../../src/testing/temp-home.js';
import { fixedAgents, MOCK, OWNER, type Rig, rig } from './rig.js';

/** It is always this moment; what waits for a while still comes. */
const STILL: Clock = { now: () => Date.UTC(2026, 10, 21, 9, 30, 0, 7), after: systemClock.after };
const NOW = '2026-11-21T09:30:00.007Z';

let home: TempHome;
let folder: string;

beforeEach(async () => {
  home = await tempHome();
  folder = home.join('kept', 'archive');
});

afterEach(() => home[Symbol.asyncDispose]());

interface Options {
  readonly log?: Log;
  readonly snapshots?: Snapshots;
  readonly logger?: Logger;
  readonly thread?: string;
  readonly clock?: Clock;
  readonly archive?: () => string | undefined;
}

/** A host whose agent keeps an archive. */
function host({ thread, archive = () => folder, ...options }: Options = {}): Rig {
  const script: AgentScript = thread === undefined ? {} : { open: () => Promise.resolve({ id: thread }) };
  const info = () => {
    const path = archive();
    return path === undefined ? MOCK : { ...MOCK, archive: path };
  };
  return rig({ script, ...options, agents: fixedAgents({ get: () => info(), list: () => [MOCK] }) });
}

type End = (turn: string) => Fact;
const completes: End = (turn) => ({ type: 'turn.completed', turn, usage: null });
const message = (turn: string, text: string): Fact => ({
  type: 'item.completed',
  turn,
  item: { id: `m-${turn}`, kind: 'agentMessage', text },
});

/** A turn of the session with this answer. The n-th, counted from 1. */
async function exchange(r: Rig, session: string, n: number, user: string, assistant: string, end: End = completes): Promise<string> {
  const { turn } = await r.host.requestTurn(session, { input: user }, OWNER);
  await r.event(session, 'turn.started', n);
  const ended = end(turn.id);
  if (ended.type !== 'turn.completed' && ended.type !== 'turn.failed' && ended.type !== 'turn.interrupted') throw new Error('no end');
  r.agent.thread.say(message(turn.id, assistant), ended);
  await r.event(session, ended.type);
  return turn.id;
}

const files = (): string[] => readdirSync(folder).toSorted();
const text = (name: string | undefined): string => readFileSync(join(folder, name ?? ''), 'utf8');

describe('an exchange', () => {
  test('is one private file with what was asked, what was answered, and where it was', async () => {
    let id: string;
    let turn: string;
    {
      await using r = host({ thread: '01A1FB42-a088/7022_a6a2-d11c2a75023a', clock: STILL });
      ({ id } = await r.host.openSession({ title: 'The  "great" plan' }, OWNER));
      turn = await exchange(r, id, 1, 'What now?', 'Onward.');
    }
    const [name, ...others] = files();
    expect(others).toEqual([]);
    expect(name).toBe(`2026-11-21-mock-${Date.parse(NOW)}-01a1fb42-a088-7022-a6a2.md`);
    expect(text(name)).toBe(`---
title: "The \\"great\\" plan"
time: ${NOW}
agent: default
runtime: mock
thread: 01A1FB42-a088/7022_a6a2-d11c2a75023a
status: completed
session: ${id}
turn: ${turn}
---

# The "great" plan

## User

What now?

## Assistant

Onward.
`);
    expect(statSync(join(folder, name ?? '')).mode & 0o777).toBe(0o600);
    expect(statSync(folder).mode & 0o777).toBe(0o700);
  });

  test('without a title is headed by the first line, and tells what was given to the turn on its way', async () => {
    {
      await using r = host();
      const { id } = await r.host.openSession({}, OWNER);
      const { turn } = await r.host.requestTurn(id, { input: 'first\nline' }, OWNER);
      await r.event(id, 'turn.started');
      const second = await r.host.requestTurn(id, { input: 'and more' }, OWNER);
      await r.agent.called('steer');
      const user = { id: 'u', kind: 'userMessage', text: 'and more', turn: second.turn.id } as const;
      r.agent.thread.say({ type: 'item.completed', turn: turn.id, item: user }, message(turn.id, 'ok'), completes(turn.id));
      await r.event(id, 'turn.completed');
    }
    expect(files()).toHaveLength(1);
    expect(text(files()[0])).toContain('# first\n\n## User\n\nfirst\nline\n\nand more\n\n## Assistant\n\nok\n');
  });

  test('of a long talk is cut, and not in the middle of a character', async () => {
    {
      await using r = host();
      const { id } = await r.host.openSession({}, OWNER);
      await exchange(r, id, 1, 'u'.repeat(2001), `${'a'.repeat(1999)}😀`);
      const second = await r.host.openSession({}, OWNER);
      await exchange(r, second.id, 1, 'v'.repeat(2000), 'whole');
    }
    const [first, second] = files().map(text).toSorted();
    expect(`${first}${second}`).toContain(`\n${'u'.repeat(2000)}...\n\n## Assistant\n\n${'a'.repeat(1999)}...\n`);
    expect(`${first}${second}`).toContain(`\n${'v'.repeat(2000)}\n\n## Assistant\n\nwhole\n`);
  });

  test.each<[string, End]>([
    ['failed', (turn) => ({ type: 'turn.failed', turn, error: { code: 'model', message: 'no', retryable: false } })],
    ['interrupted', (turn) => ({ type: 'turn.interrupted', turn })],
  ])('that was %s says so', async (status, end) => {
    {
      await using r = host();
      const { id } = await r.host.openSession({}, OWNER);
      await exchange(r, id, 1, 'go', 'I began', end);
    }
    expect(text(files()[0])).toMatch(new RegExp(`^status: ${status}$`, 'm'));
  });

  test('in which nothing was said is not written, nor any of an agent without an archive', async () => {
    {
      await using r = host();
      const { id } = await r.host.openSession({}, OWNER);
      await exchange(r, id, 1, 'go', ' \n');
      await using without = host({ archive: () => undefined });
      const other = await without.host.openSession({}, OWNER);
      await exchange(without, other.id, 1, 'go', 'done');
    }
    expect(() => files()).toThrow('ENOENT');
  });

  test('whose name is taken by another one gets a number', async () => {
    {
      await using r = host({ thread: '(?)', clock: STILL });
      for (const n of [1, 2, 3]) {
        const { id } = await r.host.openSession({}, OWNER);
        await exchange(r, id, 1, `go ${n}`, `done ${n}`);
      }
    }
    const name = `2026-11-21-mock-${Date.parse(NOW)}-no-thread`;
    expect(files().map((file) => [file, /done \d/.exec(text(file))?.[0]])).toEqual([
      [`${name}-2.md`, 'done 2'],
      [`${name}-3.md`, 'done 3'],
      [`${name}.md`, 'done 1'],
    ]);
  });
});

describe('a turn does not suffer', () => {
  const noted = (): { warnings: string[]; logger: Logger } => {
    const warnings: string[] = [];
    return { warnings, logger: { ...silentLogger, warn: (_, said) => warnings.push(said) } };
  };

  test('when the archive cannot be written: that is a warning, and the next exchange is tried again', async () => {
    const { warnings, logger } = noted();
    writeFileSync(home.join('kept'), 'a file where the folder should be');
    {
      await using r = host({ logger });
      const { id } = await r.host.openSession({}, OWNER);
      const turn = await exchange(r, id, 1, 'go', 'done');
      expect(await r.host.turn(id, turn, OWNER)).toMatchObject({ status: 'completed', finalText: 'done' });
    }
    expect(warnings).toEqual(['an exchange could not be archived']);
    rmSync(home.join('kept'));
    {
      await using r = host({ logger });
      const { id } = await r.host.openSession({}, OWNER);
      await exchange(r, id, 1, 'go', 'done');
    }
    expect([files().length, warnings.length]).toEqual([1, 1]);
  });

  test('when the agent’s file is broken by the time the turn ends', async () => {
    const { warnings, logger } = noted();
    let broken = false;
    {
      const archive = (): string => {
        if (broken) throw new Error('not valid');
        return folder;
      };
      await using r = host({ logger, archive });
      const { id } = await r.host.openSession({}, OWNER);
      const { turn } = await r.host.requestTurn(id, { input: 'go' }, OWNER);
      await r.event(id, 'turn.started');
      broken = true;
      r.agent.thread.say(message(turn.id, 'done'), completes(turn.id));
      await r.event(id, 'turn.completed');
      expect(await r.host.turn(id, turn.id, OWNER)).toMatchObject({ status: 'completed' });
    }
    expect(warnings).toEqual(['an exchange could not be archived']);
  });

  test('and the rights of a folder that was there are left alone', async () => {
    mkdirSync(folder, { recursive: true });
    chmodSync(folder, 0o755);
    {
      await using r = host();
      const { id } = await r.host.openSession({}, OWNER);
      await exchange(r, id, 1, 'go', 'done');
    }
    expect(statSync(folder).mode & 0o777).toBe(0o755);
    expect(files()).toHaveLength(1);
  });
});

describe('after a host that died', () => {
  /** Snapshots that stop being saved when the host dies; the log is what is left. */
  function dying(): { snapshots: Snapshots; die: () => void } {
    const kept = memorySnapshots();
    let dead = false;
    const snapshots: Snapshots = {
      load: (stream) => kept.load(stream),
      save: (snapshot) => (dead ? Promise.resolve() : kept.save(snapshot)),
      list: (query) => kept.list(query),
      marks: () => kept.marks(),
      remove: (stream) => kept.remove(stream),
      [Symbol.asyncDispose]: () => Promise.resolve(),
    };
    return { snapshots, die: () => (dead = true) };
  }

  async function diesAfter(log: Log): Promise<{ snapshots: Snapshots; id: string }> {
    const { snapshots, die } = dying();
    await using r = host({ log, snapshots });
    const { id } = await r.host.openSession({}, OWNER);
    await exchange(r, id, 1, 'go', 'done');
    die();
    return { snapshots, id };
  }

  /** The next host, until it has looked at everything. */
  async function next(log: Log, snapshots: Snapshots, id: string): Promise<void> {
    await using r = host({ log, snapshots });
    await r.host.session(id, OWNER);
  }

  test('an exchange that was written is not written again', async () => {
    const log = memoryLog();
    const { snapshots, id } = await diesAfter(log);
    const [name] = files();
    await next(log, snapshots, id);
    expect(files()).toEqual([name]);
  });

  test('an exchange that was recorded and not written is written now, the same', async () => {
    const log = memoryLog();
    const { snapshots, id } = await diesAfter(log);
    const [name] = files();
    const before = text(name);
    rmSync(folder, { recursive: true });
    await next(log, snapshots, id);
    expect(files()).toEqual([name]);
    expect(text(name)).toBe(before);
  });

  test('what is older than the snapshot is left as it is: nothing is written anew that somebody took away', async () => {
    const log = memoryLog();
    const snapshots = memorySnapshots();
    let id: string;
    {
      await using r = host({ log, snapshots });
      ({ id } = await r.host.openSession({}, OWNER));
      await exchange(r, id, 1, 'go', 'done');
    }
    rmSync(folder, { recursive: true });
    await next(log, snapshots, id);
    expect(() => files()).toThrow('ENOENT');
  });
});
