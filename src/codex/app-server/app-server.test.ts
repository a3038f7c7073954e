/** The runtime against the real Codex binary, with a model that follows the prompt. */

import { existsSync, readFileSync, statSync } from 'node:fs';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { systemClock } from '../../base/clock.js';
import { processStart, startProcess } from '../../base/process.js';
import { Stack } from '../../base/stack.js';
import type { AgentThread, Fact, OpenThread, StartTurn } from '../../ports/agent.js';
import { silentLogger } from '../../ports/logger.js';
import { prepareOfflineHome } from '../../testing/offline-model/home.js';
import { type OfflineModel, startOfflineModel } from '../../testing/offline-model/server.js';
import { type TempHome, tempHome } from '../../testing/temp-home.js';
import { findCodex } from '../binary.js';
import { CodexAppServer, type CodexAppServerOptions } from './agent.js';
import { childFiles, writeChildState } from './child-files.js';

let place: TempHome;
let model: OfflineModel;
let home: string;
let work: string;
const living = new Stack();

beforeAll(async () => {
  place = await tempHome();
  work = place.join('work');
  await mkdir(work);
  model = await startOfflineModel();
  home = await prepareOfflineHome(place.join('codex'), model, { trust: [work] });
});

afterAll(async () => {
  await living[Symbol.asyncDispose]();
  await model[Symbol.asyncDispose]();
  await place[Symbol.asyncDispose]();
});

/** A runtime that is disposed at the end, whatever a test does with it. */
function runtime(options: Partial<CodexAppServerOptions> = {}): CodexAppServer {
  return living.use(
    new CodexAppServer({
      binary: () => findCodex({ explicit: undefined, path: '' }),
      runDir: place.join('run'),
      env: { PATH: process.env['PATH'], HOME: place.path },
      version: '0.0.0',
      keepRunningTurns: false,
      clock: systemClock,
      logger: silentLogger,
      ...options,
    }),
  );
}

function opening(changes: Partial<OpenThread> = {}): OpenThread {
  return {
    session: 'ses_1',
    home,
    cwd: work,
    model: undefined,
    effort: undefined,
    permissions: { profile: ':workspace', approvalPolicy: 'on-request' },
    resume: undefined,
    hadTurns: false,
    unsettled: undefined,
    ...changes,
  };
}

let turns = 0;

function asking(text: string): StartTurn {
  turns += 1;
  return { turn: `trn_${turns}`, input: [{ type: 'text', text }], model: undefined, effort: undefined, outputSchema: undefined };
}

type FactOf<T extends Fact['type']> = Extract<Fact, { type: T }>;

/** Reads a thread's facts, keeping all of them. */
class Ear {
  readonly heard: Fact[] = [];
  readonly thread: AgentThread;
  #facts: AsyncIterator<Fact>;

  constructor(thread: AgentThread) {
    this.thread = thread;
    this.#facts = thread.facts[Symbol.asyncIterator]();
  }

  /** The next fact of a type; fails when the thread ends without it. */
  async until<T extends Fact['type']>(type: T, matches: (fact: FactOf<T>) => boolean = () => true): Promise<FactOf<T>> {
    for (;;) {
      const { done, value } = await this.#facts.next();
      if (done === true) throw new Error(`no ${type} came, only ${this.heard.map((fact) => fact.type).join(' ')}`);
      this.heard.push(value);
      const fact = value as FactOf<T>;
      if (value.type === type && matches(fact)) return fact;
      if (value.type === 'turn.failed') throw new Error(`the turn failed: ${value.error.message}`);
    }
  }

  text(turn: string): string {
    const messages = this.heard.flatMap((fact) =>
      fact.type === 'item.completed' && fact.turn === turn && fact.item.kind === 'agentMessage' ? [fact.item.text] : [],
    );
    return messages.join('|');
  }

  deltas(turn: string): string {
    return this.heard.flatMap((fact) => (fact.type === 'item.delta' && fact.turn === turn ? [fact.text] : [])).join('');
  }
}

async function opened(agent: CodexAppServer, changes: Partial<OpenThread> = {}): Promise<Ear> {
  return new Ear(await agent.open(opening(changes)));
}

async function pidOf(agent: CodexAppServer): Promise<number> {
  const pid = (await agent.status())[0]?.pid;
  if (typeof pid !== 'number') throw new Error('no process');
  return pid;
}

function counted(until: number): string {
  return Array.from({ length: until }, (_, i) => `${i + 1} `).join('');
}

describe('turns', () => {
  test('a plain turn streams its text, ends, and says what it cost', async () => {
    const ear = await opened(runtime());
    expect(ear.thread).toMatchObject({ opened: 'started', version: '0.169.0', unsettled: undefined });
    const start = asking('[[text:hello there]]');
    const ref = await ear.thread.startTurn(start);
    const end = await ear.until('turn.completed');
    expect(end.turn).toBe(start.turn);
    expect(end.usage?.totalTokens).toBeGreaterThan(0);
    expect(ear.heard[0]).toEqual({ type: 'turn.started', turn: start.turn, ref });
    expect(ear.heard).toContainEqual(
      expect.objectContaining({ type: 'item.completed', item: expect.objectContaining({ kind: 'userMessage', turn: start.turn }) }),
    );
    expect(ear.text(start.turn)).toBe('hello there');
    expect(ear.deltas(start.turn)).toBe('hello there');
  });

  test('two threads of one process do not mix', async () => {
    const agent = runtime();
    const [one, two] = await Promise.all([opened(agent), opened(agent)]);
    expect(await agent.status()).toMatchObject([{ runtime: 'codex-app-server', home, transport: 'unix', threads: 2 }]);
    const [first, second] = [asking('[[deltas:12:10]]'), asking('[[text:other]]')];
    await Promise.all([one.thread.startTurn(first), two.thread.startTurn(second)]);
    await Promise.all([one.until('turn.completed'), two.until('turn.completed')]);
    expect(one.text(first.turn)).toBe(counted(12));
    expect(two.text(second.turn)).toBe('other');
    expect(JSON.stringify(two.heard)).not.toContain(first.turn);
  });

  test('an interrupted turn ends, and so does the command that it ran', async () => {
    const ear = await opened(runtime());
    const start = asking('[[sh:echo begun && sleep 60]]');
    await ear.thread.startTurn(start);
    await ear.until('item.started', ({ item }) => item.kind === 'command');
    await ear.thread.interrupt(start.turn);
    expect((await ear.until('turn.interrupted')).turn).toBe(start.turn);
    const over = await ear.until('item.completed', ({ item }) => item.kind === 'command');
    expect(over.item).toMatchObject({ status: 'failed' });
    await ear.thread.interrupt(start.turn);
  });

  test('a message is steered into a running turn, and refused when none runs', async () => {
    const ear = await opened(runtime());
    const start = asking('[[deltas:10:30]]');
    await ear.thread.startTurn(start);
    await ear.until('item.delta');
    const more = asking('[[text:and more]]');
    await ear.thread.steer(start.turn, more);
    await ear.until('turn.completed');
    expect(ear.heard).toContainEqual(
      expect.objectContaining({ item: expect.objectContaining({ kind: 'userMessage', turn: more.turn }), turn: start.turn }),
    );
    await expect(ear.thread.steer(start.turn, asking('late'))).rejects.toMatchObject({ code: 'conflict' });
  });
});

describe('questions', () => {
  test('an accepted command runs, and a declined one does not', async () => {
    const ear = await opened(runtime());
    for (const decision of ['accept', 'decline'] as const) {
      const file = place.join(`outside-${decision}`);
      await ear.thread.startTurn(asking(`[[sh!:touch ${file}]]`));
      const { ref, ask } = await ear.until('ask');
      expect(ask).toMatchObject({ kind: 'command', command: expect.stringContaining(file), cwd: work });
      await ear.thread.answer(ref, { decision });
      expect((await ear.until('ask.closed')).ref).toBe(ref);
      await ear.until('turn.completed');
      expect(existsSync(file)).toBe(decision === 'accept');
    }
  });

  test('a file change shows what it would change', async () => {
    const ear = await opened(runtime(), { permissions: { profile: ':read-only', approvalPolicy: 'on-request' } });
    await ear.thread.startTurn(asking('[[patch:made.txt=one\\ntwo]]'));
    const { ref, ask } = await ear.until('ask');
    expect(ask).toMatchObject({ kind: 'fileChange', changes: [{ path: join(work, 'made.txt'), kind: 'add', diff: 'one\ntwo\n' }] });
    await ear.thread.answer(ref, { decision: 'accept' });
    await ear.until('turn.completed');
    expect(readFileSync(join(work, 'made.txt'), 'utf8')).toBe('one\ntwo\n');
  });
});

describe('restarts', () => {
  test('a conversation goes on after its process was stopped, and one without turns begins anew', async () => {
    const first = runtime();
    const ear = await opened(first);
    const fresh = await opened(first);
    const start = asking('[[text:remember me]]');
    const ref = await ear.thread.startTurn(start);
    await ear.until('turn.completed');
    await first[Symbol.asyncDispose]();
    expect((await ear.until('ended')).how).toBe('closed');

    const second = runtime();
    const again = await opened(second, { resume: ear.thread.id, hadTurns: true, unsettled: { turn: start.turn, ref } });
    expect(again.thread).toMatchObject({ id: ear.thread.id, opened: 'resumed', unsettled: 'ended' });
    await again.until('turn.completed');
    expect(again.text(start.turn)).toBe('remember me');
    await again.thread.startTurn(asking('again'));
    await again.until('turn.completed');
    expect(JSON.stringify(model.requests.at(-1)?.body.input)).toContain('remember me');

    expect((await opened(second, { resume: fresh.thread.id })).thread.opened).toBe('started');
    expect((await opened(second, { resume: '01a1fb3f-0000-7000-8000-000000000000', hadTurns: true })).thread.opened).toBe('replaced');
  });

  test('a turn and a question outlive the host', async () => {
    const before = runtime({ runDir: place.join('run-b'), keepRunningTurns: true });
    const [slow, held] = await Promise.all([opened(before), opened(before)]);
    const [counting, escalating] = [asking('[[deltas:30:50]]'), asking(`[[sh!:touch ${place.join('late')}]]`)];
    const ref = await slow.thread.startTurn(counting);
    await held.thread.startTurn(escalating);
    const asked = await held.until('ask');
    await slow.until('item.delta');
    // As a host does it: first its sessions let go, then the runtime goes.
    await Promise.all([slow.thread[Symbol.asyncDispose](), held.thread[Symbol.asyncDispose]()]);
    await before[Symbol.asyncDispose]();

    const after = runtime({ runDir: place.join('run-b') });
    const slowAgain = await opened(after, { resume: slow.thread.id, hadTurns: true, unsettled: { turn: counting.turn, ref } });
    expect(slowAgain.thread).toMatchObject({ opened: 'resumed', unsettled: 'running' });
    // The start was not recorded here: the turn is found by its own message.
    const heldAgain = await opened(after, { resume: held.thread.id, hadTurns: true, unsettled: { turn: escalating.turn, ref: undefined } });
    expect(heldAgain.thread.unsettled).toBe('running');
    expect((await heldAgain.until('ask')).ref).toBe(asked.ref);
    await heldAgain.thread.answer(asked.ref, { decision: 'accept' });
    await heldAgain.until('turn.completed');
    expect(existsSync(place.join('late'))).toBe(true);
    await slowAgain.until('turn.completed');
    expect(slowAgain.text(counting.turn)).toBe(counted(30));
    expect(await after.status()).toHaveLength(1);
  });

  test.each([
    ['a process of ours', false],
    ['a process that an earlier host started', true],
  ])('%s that is killed ends its threads at once, and its turn is found as failed', async (_whose, found) => {
    const runDir = place.join(`run-k${found}`);
    if (found) await opened(runtime({ runDir }));
    const agent = runtime({ runDir });
    const ear = await opened(agent);
    const start = asking('[[deltas:200:50]]');
    const ref = await ear.thread.startTurn(start);
    await ear.until('item.delta');
    const pid = await pidOf(agent);
    const killed = Date.now();
    process.kill(pid, 'SIGKILL');
    expect(await ear.until('ended')).toMatchObject({ how: 'exited', signal: found ? null : 'SIGKILL' });
    expect(Date.now() - killed).toBeLessThan(1000);

    const again = await opened(agent, { resume: ear.thread.id, hadTurns: true, unsettled: { turn: start.turn, ref } });
    expect(again.thread.unsettled).toBe('ended');
    await expect(again.until('turn.completed')).rejects.toThrow('Codex was restarted while the turn ran');
    expect(await pidOf(agent)).not.toBe(pid);
  });
});

describe('processes', () => {
  test('a host that keeps nothing stops the process and the command in it', async () => {
    const agent = runtime({ runDir: place.join('run-c') });
    const ear = await opened(agent);
    const pidFile = join(work, 'command.pid');
    await ear.thread.startTurn(asking(`[[sh!:echo $$ > ${pidFile}; echo one; sleep 0.3; echo two; exec sleep 60]]`));
    await ear.thread.answer((await ear.until('ask')).ref, { decision: 'accept' });
    await ear.until('item.delta', ({ kind }) => kind === 'output');
    const pid = await pidOf(agent);
    const command = Number(readFileSync(pidFile, 'utf8'));
    expect(await processStart(command)).toBeDefined();
    await agent[Symbol.asyncDispose]();
    expect([await processStart(pid), await processStart(command)]).toEqual([undefined, undefined]);
  });

  test('a process that is named in the run directory and does not answer is replaced', async () => {
    const runDir = place.join('run-d');
    await mkdir(runDir);
    const deaf = await startProcess({ command: 'sleep', args: ['60'], env: { PATH: process.env['PATH'] } });
    living.defer(async () => void (await deaf.stop()));
    const address = `unix:${place.join('nobody.sock')}`;
    const state = { home, pid: deaf.pid, processStart: deaf.start ?? '', born: 0, version: '0.169.0', binary: 'sleep', address };
    await writeChildState(childFiles(runDir, home).state, { ...state, transport: 'unix' });
    const agent = runtime({ runDir });
    await opened(agent);
    expect(await pidOf(agent)).not.toBe(deaf.pid);
    expect(deaf.exit).toMatchObject({ signal: 'SIGTERM' });
  });

  test('nothing in the run directory can be read by others, and no key reaches the process', async () => {
    const runDir = place.join('run-e');
    const agent = runtime({
      runDir,
      transport: 'websocket',
      env: { PATH: process.env['PATH'], OPENAI_API_KEY: 'sk-none-of-your-business' },
    });
    await opened(agent);
    expect(statSync(runDir).mode & 0o777).toBe(0o700);
    for (const name of await readdir(runDir)) expect(statSync(join(runDir, name)).mode & 0o777, name).toBe(0o600);
    const environment = readFileSync(`/proc/${await pidOf(agent)}/environ`, 'utf8');
    expect(environment).toContain(`CODEX_HOME=${home}`);
    expect(environment).not.toContain('sk-none-of-your-business');
  });
});

describe('failures', () => {
  test('a broken configuration is named, with the file to correct', async () => {
    const broken = place.join('broken');
    await mkdir(broken);
    await writeFile(join(broken, 'config.toml'), 'sandbox_mode = "everything"\n');
    const hint = `correct ${join(broken, 'config.toml')}`;
    await expect(runtime().open(opening({ home: broken }))).rejects.toMatchObject({
      code: 'runtime-failed',
      hint,
      message: expect.stringContaining('everything'),
    });
  });

  test('a cancelled opening rejects at once and leaves nothing open', async () => {
    const agent = runtime();
    const cancel = new AbortController();
    const opened = agent.open(opening(), cancel.signal);
    cancel.abort();
    await expect(opened).rejects.toMatchObject({ code: 'cancelled' });
  });

  test('an unsuitable program is refused before anything is started', async () => {
    await expect(
      runtime({ binary: () => Promise.resolve(place.join('nothing')) }).open(opening({ home: place.join('h2') })),
    ).rejects.toMatchObject({
      code: 'runtime-missing',
    });
  });
});

describe('transports', () => {
  test.each(['websocket', 'stdio'] as const)('a turn runs over %s, and nothing is left behind', async (transport) => {
    const runDir = place.join(`run-${transport}`);
    const agent = runtime({ transport, runDir });
    const ear = await opened(agent);
    await ear.thread.startTurn(asking('[[text:hello]]'));
    await ear.until('turn.completed');
    expect(await agent.status()).toMatchObject([{ transport }]);
    await agent[Symbol.asyncDispose]();
    expect(await agent.status()).toEqual([]);
    if (transport === 'websocket') expect((await readdir(runDir)).filter((name) => !name.endsWith('.log'))).toEqual([]);
  });
});
