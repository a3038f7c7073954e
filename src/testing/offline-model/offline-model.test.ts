import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { existsSync, readFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';

import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { tempHome, type TempHome } from '../temp-home.js';
import { prepareOfflineHome } from './home.js';
import { type OfflineModel, startOfflineModel } from './server.js';

/** What Codex tells about one turn. */
interface Turn {
  readonly status: string;
  readonly error: unknown;
  readonly items: readonly Item[];
  readonly deltas: readonly string[];
  readonly notes: readonly Message[];
  readonly asked: readonly string[];
}

interface Item {
  readonly type: string;
  readonly [field: string]: unknown;
}

interface Message {
  readonly id?: number;
  readonly method?: string;
  // biome-ignore lint/suspicious/noExplicitAny: the peer is the real binary, and each test reads only what it checks.
  readonly params?: any;
  // biome-ignore lint/suspicious/noExplicitAny: as above.
  readonly result?: any;
  readonly error?: unknown;
}

/** Just enough of a client to play turns over stdio; approvals are accepted. */
class Driver implements AsyncDisposable {
  readonly seen: Message[] = [];
  readonly #child: ChildProcess;
  #watchers: ((message: Message) => void)[] = [];
  #next = 1;

  constructor(codexHome: string) {
    this.#child = spawn(codexBinary(), ['app-server'], {
      env: { PATH: process.env['PATH'], HOME: codexHome, CODEX_HOME: codexHome },
      stdio: ['pipe', 'pipe', 'ignore'],
    });
    const { stdout } = this.#child;
    if (stdout === null) throw new Error('no stdout');
    createInterface({ input: stdout }).on('line', (line) => {
      const message = JSON.parse(line) as Message;
      this.seen.push(message);
      if (message.id !== undefined && message.method?.endsWith('requestApproval')) this.#send({ id: message.id, result: { decision: 'accept' } });
      if (message.id !== undefined && message.method === 'mcpServer/elicitation/request')
        this.#send({ id: message.id, result: { action: 'accept', content: null, _meta: null } });
      for (const watcher of this.#watchers) watcher(message);
    });
  }

  async begin(): Promise<this> {
    await this.call('initialize', { clientInfo: { name: 'offline-model-test', title: 'Test', version: '1' }, capabilities: { experimentalApi: true } });
    this.#send({ method: 'initialized' });
    return this;
  }

  async thread(cwd: string, options: Record<string, unknown> = {}): Promise<string> {
    const { thread } = await this.call('thread/start', { cwd, ...options });
    return thread.id as string;
  }

  async turn(threadId: string, prompt: string): Promise<Turn> {
    const from = this.seen.length;
    const over = this.#when((message) => message.method === 'turn/completed' && message.params.threadId === threadId);
    await this.call('turn/start', { threadId, input: [{ type: 'text', text: prompt, text_elements: [] }] });
    const end = await over;
    const notes = this.seen.slice(from).filter((message) => message.params?.threadId === threadId);
    const of = (method: string): Message[] => notes.filter((message) => message.method === method);
    return {
      status: end.params.turn.status,
      error: end.params.turn.error,
      items: of('item/completed').map((message) => message.params.item as Item),
      deltas: of('item/agentMessage/delta').map((message) => message.params.delta as string),
      notes,
      asked: notes.flatMap((message) => (message.id === undefined || message.method === undefined ? [] : [message.method])),
    };
  }

  // biome-ignore lint/suspicious/noExplicitAny: as above.
  async call(method: string, params: unknown): Promise<any> {
    const id = this.#next++;
    const answer = this.#when((message) => message.id === id && message.method === undefined);
    this.#send({ id, method, params });
    const { result, error } = await answer;
    if (error !== undefined) throw new Error(`${method}: ${JSON.stringify(error)}`);
    return result;
  }

  #send(frame: unknown): void {
    this.#child.stdin?.write(`${JSON.stringify(frame)}\n`);
  }

  #when(matches: (message: Message) => boolean): Promise<Message> {
    return new Promise((resolve) => {
      const watcher = (message: Message): void => {
        if (!matches(message)) return;
        this.#watchers = this.#watchers.filter((other) => other !== watcher);
        resolve(message);
      };
      this.#watchers.push(watcher);
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const gone = once(this.#child, 'exit');
    this.#child.stdin?.end();
    await gone;
  }
}

function codexBinary(): string {
  const require = createRequire(import.meta.url);
  const manifest = createRequire(require.resolve('@openai/codex/package.json')).resolve('@openai/codex-linux-x64/package.json');
  return join(dirname(manifest), 'vendor/x86_64-unknown-linux-musl/bin/codex');
}

function textOf(turn: Turn): string[] {
  return turn.items.filter((item) => item.type === 'agentMessage').map((item) => item['text'] as string);
}

describe('the real Codex on the offline model', () => {
  let home: TempHome;
  let model: OfflineModel;
  let codex: Driver;
  let work: string;

  beforeAll(async () => {
    home = await tempHome();
    work = home.join('work');
    await mkdir(work);
    model = await startOfflineModel();
    codex = await new Driver(await prepareOfflineHome(home.join('codex'), model, { trust: [work] })).begin();
  });

  afterAll(async () => {
    await codex[Symbol.asyncDispose]();
    await model[Symbol.asyncDispose]();
    await home[Symbol.asyncDispose]();
  });

  test('starts without a warning about its config', () => {
    const warnings = codex.seen.filter((message) => message.method === 'configWarning').map((message) => message.params.summary as string);
    expect(warnings.filter((summary) => !summary.includes('bubblewrap'))).toEqual([]);
  });

  test('a prompt without directives is echoed in deltas', async () => {
    const turn = await codex.turn(await codex.thread(work), 'good morning');
    expect(turn.status).toBe('completed');
    expect(textOf(turn)).toEqual([expect.stringContaining('You said: good morning')]);
    expect(turn.deltas.length).toBeGreaterThan(3);
    expect(turn.deltas.join('')).toBe(textOf(turn)[0]);
  });

  test('timed deltas come one by one and take their time', async () => {
    const began = Date.now();
    const turn = await codex.turn(await codex.thread(work), '[[deltas:10:20]]');
    expect(turn.deltas).toEqual(['1 ', '2 ', '3 ', '4 ', '5 ', '6 ', '7 ', '8 ', '9 ', '10 ']);
    expect(Date.now() - began).toBeGreaterThanOrEqual(200);
  });

  test('a shell command and a file change run one after the other, then a text ends the turn', async () => {
    const turn = await codex.turn(await codex.thread(work), 'please [[sh:echo made > a.txt && echo done-it]] [[patch:b.txt=one\\ntwo]]');
    expect(turn.items.map((item) => item.type)).toEqual(['userMessage', 'commandExecution', 'fileChange', 'agentMessage']);
    expect(turn.items[1]).toMatchObject({ status: 'completed', exitCode: 0, aggregatedOutput: 'done-it\n' });
    expect(readFileSync(join(work, 'a.txt'), 'utf8')).toBe('made\n');
    expect(readFileSync(join(work, 'b.txt'), 'utf8')).toBe('one\ntwo\n');
    expect(textOf(turn)).toEqual(['Done.']);
    expect(turn.status).toBe('completed');
  });

  test('an escalated command asks for approval and runs when accepted', async () => {
    const turn = await codex.turn(await codex.thread(work), `[[sh!:touch ${home.join('outside')}]]`);
    expect(turn.asked).toEqual(['item/commandExecution/requestApproval']);
    expect(existsSync(home.join('outside'))).toBe(true);
  });
});
