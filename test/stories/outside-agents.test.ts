/** Agents from elsewhere with a real host: processes on both sides are killed, and each task is done once. */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';
import { expect, test } from 'vitest';
import { type Client, connect, type TaskHandler, workOn } from '../../src/client/index.js';
import type { Task } from '../../src/contract/task.js';
import { CLI, type Served, type World, world } from './rig.js';

const LONG_MS = 120_000;
/** Runs what was built, as a program of a user would. */
const CLIENT = pathToFileURL(CLI.replace(/cli\/main\.js$/, 'client/index.js')).href;

async function admit(host: Served, alias = 'scout', atOnce = 1): Promise<string> {
  return (await host.client.outsideAgents.admit({ alias, tasks: { atOnce } })).token;
}

/** The next host at the same address, as a service would start it. */
function again(w: World, host: Served): Promise<Served> {
  return w.serve('--port', new URL(host.url).port);
}

/** Works in this program until it is disposed. */
function worker(url: string, token: string, handler: TaskHandler): AsyncDisposable {
  const stop = new AbortController();
  const work = workOn(connect({ url, token }), { handler, signal: stop.signal, graceSeconds: 0, backoff: { firstMs: 20, maxMs: 200 } });
  return {
    async [Symbol.asyncDispose]() {
      stop.abort();
      await work;
    },
  };
}

interface Agent extends AsyncDisposable {
  readonly process: ChildProcess;
  /** The next line that it says. */
  said(): Promise<string>;
  kill(): Promise<void>;
}

/** A process of its own that leases tasks, does what `body` says with each (JavaScript, with `task` and `hand`), and never ends by itself. */
function agentProcess(url: string, token: string, body: string): Agent {
  const script = `
    import { connect, workOn } from ${JSON.stringify(CLIENT)};
    const say = (line) => process.stdout.write(line + '\\n');
    const forever = () => new Promise(() => setInterval(() => undefined, 1000));
    await workOn(connect({ url: ${JSON.stringify(url)}, token: ${JSON.stringify(token)} }), {
      leaseSeconds: 2,
      handler: async (task, hand) => { ${body} },
    });
  `;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const kill = async (): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, 'exit');
    child.kill('SIGKILL');
    await exited;
  };
  return { process: child, said: async () => String((await lines.next()).value), kill, [Symbol.asyncDispose]: kill };
}

async function history(client: Client, id: string): Promise<string[]> {
  return (await client.tasks.events(id)).events.map(({ type }) => type).filter((type) => type !== 'task.progressed');
}

async function becomes(client: Client, id: string, status: Task['status']): Promise<Task> {
  for await (const _ of client.tasks.follow(id)) {
    const now = await client.tasks.get(id);
    if (now.status === status) return now;
  }
  throw new Error('the stream ended');
}

test(
  'a host that is killed while an agent works has its reply in the end, and the task was done once',
  async () => {
    await using w = await world();
    const first = await w.serve();
    const token = await admit(first);
    let done = 0;
    let began: () => void = () => undefined;
    const begun = new Promise<void>((resolve) => (began = resolve));
    let finish: () => void = () => undefined;
    const finished = new Promise<void>((resolve) => (finish = resolve));
    await using _worker = worker(first.url, token, async () => {
      done += 1;
      began();
      await finished;
      return 'the stars are counted';
    });
    const { id } = await first.client.tasks.send({ to: 'scout', input: 'count the stars' });
    await begun;
    await first.kill('SIGKILL');
    // The reply comes to a host that is not there.
    finish();
    const second = await again(w, first);
    const task = await second.client.tasks.wait(id);
    expect(task).toMatchObject({ status: 'replied', reply: 'the stars are counted', attempts: 1 });
    // The agent goes on: it is still there, and takes the next one.
    await second.kill('SIGKILL');
    const third = await again(w, first);
    const next = await third.client.tasks.send({ to: 'scout', input: 'once more' });
    expect(await third.client.tasks.wait(next.id)).toMatchObject({ status: 'replied', attempts: 1 });
    expect(await history(third.client, id)).toEqual(['task.sent', 'task.leased', 'task.replied']);
    expect(done).toBe(2);
  },
  LONG_MS,
);

test(
  'a host that is stopped in peace does not wait for agents that wait, and finds them again',
  async () => {
    await using w = await world();
    const first = await w.serve();
    const token = await admit(first);
    let asked: () => void = () => undefined;
    const waits = new Promise<void>((resolve) => (asked = resolve));
    const client = connect({
      url: first.url,
      token,
      fetch: (input, init) => {
        const answer = fetch(input, init);
        asked();
        return answer;
      },
    });
    const stop = new AbortController();
    const work = workOn(client, { handler: () => 'done', signal: stop.signal, backoff: { firstMs: 20, maxMs: 200 } });
    await waits;
    await first.kill('SIGTERM');
    const second = await again(w, first);
    const { id } = await second.client.tasks.send({ to: 'scout', input: 'x' });
    expect(await second.client.tasks.wait(id)).toMatchObject({ status: 'replied', attempts: 1 });
    stop.abort();
    await work;
    expect(await history(second.client, id)).toEqual(['task.sent', 'task.leased', 'task.replied']);
  },
  LONG_MS,
);

test(
  'a task of an agent that is killed goes to the next process of its name, unless something was done that must not be done twice',
  async () => {
    await using w = await world();
    const host = await w.serve();
    const token = await admit(host, 'scout', 2);
    const body = `
      if (task.input === 'careful') await hand.effect('the mail is out');
      if (task.attempts === 1) { say('began ' + task.input); await forever(); }
      return 'done in attempt ' + task.attempts;
    `;
    await using first = agentProcess(host.url, token, body);
    const plain = await host.client.tasks.send({ to: 'scout', input: 'plain' });
    expect(await first.said()).toBe('began plain');
    await first.kill();
    await using second = agentProcess(host.url, token, body);
    expect(await host.client.tasks.wait(plain.id)).toMatchObject({ reply: 'done in attempt 2', attempts: 2 });
    const careful = await host.client.tasks.send({ to: 'scout', input: 'careful' });
    expect(await second.said()).toBe('began careful');
    await second.kill();
    expect(await becomes(host.client, careful.id, 'waiting')).toMatchObject({ waiting: { for: 'decision' } });
    await using _third = agentProcess(host.url, token, body);
    await host.client.tasks.approve(careful.id, { reason: 'the mail did not arrive' });
    expect(await host.client.tasks.wait(careful.id)).toMatchObject({ reply: 'done in attempt 2', attempts: 2 });
  },
  LONG_MS,
);

test(
  'two processes of one name, and a host that is killed under them, do each of twenty tasks once',
  async () => {
    await using w = await world();
    const first = await w.serve();
    const token = await admit(first, 'scout', 4);
    const counts = new Map<unknown, number>();
    const handler: TaskHandler = (task) => {
      counts.set(task.input, (counts.get(task.input) ?? 0) + 1);
      return `${String(task.input)} is done`;
    };
    const sent = await Promise.all(Array.from({ length: 20 }, (_, n) => first.client.tasks.send({ to: 'scout', input: `task ${n}` })));
    await using _one = worker(first.url, token, handler);
    await using _two = worker(first.url, token, handler);
    await first.client.tasks.wait(sent[3]?.id ?? '');
    await first.kill('SIGKILL');
    const second = await again(w, first);
    const ended = await Promise.all(sent.map(({ id }) => second.client.tasks.wait(id)));
    expect(ended.map(({ status, reply, attempts }) => [status, reply, attempts])).toEqual(
      sent.map(({ input }) => ['replied', `${String(input)} is done`, 1]),
    );
    expect([...counts.values()]).toEqual(Array.from({ length: 20 }, () => 1));
  },
  LONG_MS,
);

test(
  'names are given once, and one damaged file keeps one agent out',
  async () => {
    await using w = await world();
    const first = await w.serve();
    const token = await admit(first);
    const good = await admit(first, 'other');
    await expect(first.client.agents.create({ alias: 'scout', runtime: 'mock' })).rejects.toMatchObject({ code: 'conflict' });
    await expect(first.client.agents.create({ alias: 'person', runtime: 'mock' })).rejects.toMatchObject({ code: 'conflict' });
    await first.client.agents.create({ alias: 'local', runtime: 'mock' });
    await expect(first.client.outsideAgents.admit({ alias: 'local' })).rejects.toMatchObject({ code: 'conflict' });
    await first.kill('SIGTERM');
    const [folder] = [w.home.join('spool', 'outside-agents')];
    writeFileSync(`${folder}/scout.json`, '{"alias":');
    const second = await again(w, first);
    const named = async (bearer: string): Promise<unknown> => (await connect({ url: second.url, token: bearer }).tasks.list()).items;
    await expect(named(token)).rejects.toMatchObject({ code: 'unauthorized' });
    expect(await named(good)).toEqual([]);
  },
  LONG_MS,
);
