import { readFile } from 'node:fs/promises';
import { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import { tempHome } from '../temp-home.js';
import { type Fields, fakeCodexThreads } from './history.js';
import { installFakeCodex } from './install.js';
import { playFakeCodex } from './program.js';
import { fakeCodexAnswers } from './questions.js';
import { FakeCodexServer } from './server.js';
import { type FakeCodexSettings, Plan } from './settings.js';

/** A client in this process that keeps all that it is sent. */
class TestClient {
  readonly frames: Fields[] = [];
  broken = false;
  readonly #wire: ReturnType<FakeCodexServer['connect']>;
  #waiting: { fits: (frame: Fields) => boolean; resolve: (frame: Fields) => void }[] = [];
  #next = 1;

  constructor(server: FakeCodexServer) {
    this.#wire = server.connect({
      send: (text) => this.#take(JSON.parse(text) as Fields),
      breakIn: () => {
        this.broken = true;
      },
    });
  }

  async greet(): Promise<this> {
    await this.call('initialize', { clientInfo: { name: 'test', title: 'Test', version: '1' } });
    return this;
  }

  async call(method: string, params: Fields): Promise<Fields> {
    const id = this.#next++;
    const answer = this.when((frame) => frame['id'] === id && frame['method'] === undefined);
    this.say({ id, method, params });
    const { result, error } = await answer;
    return (result ?? { error }) as Fields;
  }

  say(frame: Fields): void {
    this.#wire.receive(JSON.stringify(frame));
  }

  hangUp(): void {
    this.#wire.close();
  }

  when(fits: (frame: Fields) => boolean): Promise<Fields> {
    const before = this.frames.find(fits);
    if (before !== undefined) return Promise.resolve(before);
    return new Promise((resolve) => this.#waiting.push({ fits, resolve }));
  }

  method(name: string): Promise<Fields> {
    return this.when((frame) => frame['method'] === name);
  }

  get methods(): unknown[] {
    return this.frames.flatMap((frame) => frame['method'] ?? []);
  }

  #take(frame: Fields): void {
    this.frames.push(frame);
    for (const one of this.#waiting.filter(({ fits }) => fits(frame))) one.resolve(frame);
    this.#waiting = this.#waiting.filter(({ fits }) => !fits(frame));
  }
}

async function opened(home: string, faults: FakeCodexSettings['faults'] = {}, approvalPolicy = 'on-request') {
  const server = new FakeCodexServer(home, new Plan({ seed: 7, paceMs: 0, faults }));
  const client = await new TestClient(server).greet();
  const { thread } = await client.call('thread/start', { cwd: home, approvalPolicy });
  const threadId = String((thread as Fields)['id']);
  const start = (text: string, id = 'trn_1'): Promise<Fields> =>
    client.call('turn/start', { threadId, clientUserMessageId: id, input: [{ type: 'text', text, text_elements: [] }] });
  return { server, client, threadId, start };
}

test('a turn is said in the order in which the real one says it', async () => {
  await using home = await tempHome();
  const { client, start } = await opened(home.path);
  await start('[[deltas:3]]');
  await client.method('turn/completed');
  expect(client.methods).toEqual([
    'thread/started',
    'thread/status/changed',
    'turn/started',
    'item/started',
    'item/completed',
    'item/started',
    ...Array.from({ length: 3 }, () => 'item/agentMessage/delta'),
    'item/completed',
    'thread/tokenUsage/updated',
    'thread/status/changed',
    'turn/completed',
  ]);
});

test('what was said is there in the next process, and a turn that was running then was interrupted', async () => {
  await using home = await tempHome();
  const { client, threadId, start } = await opened(home.path, {}, 'untrusted');
  await start('[[text:one]]', 'trn_1');
  await client.method('turn/completed');
  await start('[[sh:ls]]', 'trn_2');
  await client.method('item/commandExecution/requestApproval');

  const next = await new TestClient(new FakeCodexServer(home.path, new Plan())).greet();
  await next.call('thread/resume', { threadId });
  const { data } = (await next.call('thread/turns/list', { threadId })) as { data: { status: string; items: { clientId: string }[] }[] };
  expect(data.map(({ status }) => status)).toEqual(['interrupted', 'completed']);
  expect(data.map(({ items }) => items[0]?.clientId)).toEqual(['trn_2', 'trn_1']);
  expect(await next.call('thread/resume', { threadId: 'nobody' })).toMatchObject({
    error: { message: 'no rollout found for thread id nobody' },
  });
});

test('a question waits for whoever comes, has the same number for all, and counts the first answer', async () => {
  await using home = await tempHome();
  const { server, client, threadId, start } = await opened(home.path, {}, 'untrusted');
  await start('[[sh:ls]] [[text:done]]');
  const asked = await client.method('item/commandExecution/requestApproval');
  client.hangUp();
  const next = await new TestClient(server).greet();
  await next.call('thread/resume', { threadId });
  expect(await next.method('item/commandExecution/requestApproval')).toEqual(asked);
  next.say({ id: asked['id'], result: { decision: 'accept' } });
  next.say({ id: asked['id'], result: { decision: 'decline' } });
  await next.method('turn/completed');
  expect(fakeCodexAnswers(home.path).map(({ decision, counted }) => [decision, counted])).toEqual([
    ['accept', true],
    ['decline', false],
  ]);
});

test('a second turn/start goes into the turn that runs, as with the real one', async () => {
  await using home = await tempHome();
  const { client, start } = await opened(home.path);
  const first = start('[[deltas:3:1]]', 'trn_1');
  const second = start('[[text:two]]', 'trn_2');
  expect(((await second)['turn'] as Fields)['id']).toBe(((await first)['turn'] as Fields)['id']);
  await client.method('turn/completed');
  const [thread] = fakeCodexThreads(home.path);
  const messages = thread?.turns[0]?.items.filter(({ type }) => type === 'userMessage');
  expect(messages?.map(({ clientId }) => clientId)).toEqual(['trn_1', 'trn_2']);
});

test('an answer that is overtaken comes behind what it set off', async () => {
  await using home = await tempHome();
  const { client, start } = await opened(home.path, { overtake: 1 });
  await start('[[text:one]]');
  await client.method('turn/completed');
  const started = client.frames.findIndex((frame) => frame['method'] === 'turn/started');
  const answered = client.frames.findIndex((frame) => 'turn' in ((frame['result'] ?? {}) as Fields));
  expect(started).toBeGreaterThan(0);
  expect(answered).toBeGreaterThan(started);
});

test('the same seed does the same wrong, another one does not', () => {
  const hits = (seed: number): number[] => {
    const plan = new Plan({ seed, faults: { fail: 0.2 } });
    return Array.from({ length: 200 }, (_, index) => index).filter((index) => plan.hits('fail', `message ${index}`));
  };
  expect(hits(1)).toEqual(hits(1));
  expect(hits(1)).not.toEqual(hits(2));
  expect(hits(1).length).toBeGreaterThan(20);
  expect(hits(1).length).toBeLessThan(60);
});

test('on stdio a frame that breaks off is half a line, and nothing comes behind it', async () => {
  await using home = await tempHome();
  await using settings = await tempHome();
  const path = await installFakeCodex(settings.path, { program: '/somewhere/program.js' });
  expect(await readFile(path, 'utf8')).toContain('codex-cli 0.169.0');
  const stdin = new PassThrough();
  const stdout = new PassThrough();
  const said: string[] = [];
  stdout.setEncoding('utf8').on('data', (text: string) => said.push(text));
  const server = new FakeCodexServer(home.path, new Plan({ faults: { cut: 1 } }));
  const ended = new Promise<number>((resolve) => {
    playFakeCodex({ args: ['app-server'], server, stdin, stdout, exit: resolve });
  });
  stdin.write('{"id":1,"method":"initialize","params":{"clientInfo":{"name":"test"}}}\n');
  expect(await ended).toBe(1);
  expect(said.join('')).toMatch(/^\{"id":1,"result":\{[^\n]*[^}\n]$/);
});
