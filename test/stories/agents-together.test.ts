/** Two agents of the real Codex that do a task together, through the tools of tasks: who asked whom, with which rights, and through a killed host. */

import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Client } from '../../src/client/index.js';
import type { AgentConfig } from '../../src/contract/agent-config.js';
import type { Task } from '../../src/contract/task.js';
import type { TaskEvent } from '../../src/contract/task-events.js';
import { type ModelRequest, mcpCall, prepareOfflineHome, type Reply, type Script, shell, text } from '../../src/testing/index.js';
import { eventOf, type World, world } from './rig.js';

const ASKED = 'How many stars are in the list?';
const FOUND = 'The list has 7 stars.';

/** How the agents think: the one that was asked looks for another that knows shells, has it count, waits and answers with what it heard. */
function lead({ outputs }: ModelRequest): Reply {
  const heard = outputs.map((output) => output.text);
  const handle = heard.map((one) => /tsk_[0-9a-z]{26}/.exec(one)?.[0]).find((one) => one !== undefined);
  const alias = heard.map((one) => /alias\W+(\w+)\W+role\W+knows shells/.exec(one)?.[1]).find((one) => one !== undefined);
  if (heard.some((one) => one.includes('The task is closed'))) return text('Bye.');
  if (alias === undefined) return mcpCall('spool_lead', 'list_agents', {});
  if (handle === undefined) return mcpCall('spool_lead', 'send_task', { to: alias, task: 'COUNT the lines of stars.txt' });
  if (heard.some((one) => one.includes(FOUND))) return mcpCall('spool_lead', 'reply', { text: `I had it counted. ${FOUND}` });
  return mcpCall('spool_lead', 'wait_for_task', { task: handle });
}

/** And the other one runs a command, and says what has come of it. `command`: with which it counts. */
function helper({ outputs }: ModelRequest, command: string): Reply {
  const [last] = outputs.slice(-1);
  const lines = last === undefined ? undefined : /\b\d+\b(?=\s*$)/.exec(last.text)?.[0];
  if (last === undefined) return shell(command);
  // One that takes its time is told of before it has ended.
  return lines === undefined ? shell(COUNT) : text(`The list has ${lines} stars.`);
}

/** Some of these start Codex twice, on machines that have much to do. */
const LONG_MS = 120_000;
const COUNT = 'wc -l < stars.txt';

/** `until`: the lead asks again only once this has come. */
function both({ command = COUNT, until = () => Promise.resolve() }: { command?: string; until?: () => Promise<void> } = {}): Script {
  return async (request) => {
    if (request.prompt.startsWith('COUNT')) return helper(request, command);
    await until();
    return lead(request);
  };
}

const AGENTS: readonly Partial<AgentConfig>[] = [
  { alias: 'lead', permissions: { profile: ':workspace' }, tasks: { role: 'asks others' } },
  { alias: 'helper', permissions: { profile: ':danger-full-access' }, tasks: { role: 'knows shells', skills: ['wc'] } },
];

async function prepare(w: World): Promise<void> {
  await prepareOfflineHome(w.home.join('codex'), w.model, { trust: [w.work] });
  await writeFile(join(w.work, 'stars.txt'), 'star\n'.repeat(7));
  for (const agent of AGENTS) {
    const folder = w.home.join('spool', 'agents', agent.alias ?? '');
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, 'config.json'), JSON.stringify({ runtime: 'codex-app-server', cwd: w.work, ...agent }));
  }
}

async function historyOf(client: Client, task: string): Promise<TaskEvent[]> {
  return (await client.call('taskEvents', { params: { id: task }, query: {} })).events as TaskEvent[];
}

async function childOf(client: Client, { id }: Task): Promise<Task> {
  const { items } = await client.call('listTasks', { query: { root: id } });
  const [child, ...more] = items.filter(({ parent }) => parent === id);
  expect(more).toEqual([]);
  return child ?? expect.fail('nothing was sent');
}

async function taskEvent<T extends TaskEvent['type']>(client: Client, task: string, type: T): Promise<TaskEvent<T>> {
  const done = new AbortController();
  try {
    for await (const event of client.tasks.follow(task, { signal: done.signal })) if (event.type === type) return event as TaskEvent<T>;
  } finally {
    done.abort();
  }
  throw new Error(`the stream ended before ${type} came`);
}

/** The task that the agent of this one has sent, once it has been told so: what counts it is written down before it is there. */
async function below(client: Client, task: string): Promise<string> {
  const { data } = await taskEvent(client, task, 'task.started');
  await eventOf(client, data.session, (event) => {
    if (event.type !== 'item.completed') return false;
    const { item } = event.data;
    return item.kind === 'toolCall' && item.tool === 'send_task';
  });
  return (await taskEvent(client, task, 'task.branched')).data.task;
}

function gate(): { readonly opened: Promise<void>; open(): void } {
  let open = (): void => undefined;
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open };
}

const ends = (events: readonly TaskEvent[]): string[] =>
  events.map(({ type }) => type).filter((type) => /replied|failed|cancelled|expired/.test(type));

test(
  'one agent asks another by what it can do, waits, and answers with what that one found',
  async () => {
    await using w = await world({ script: both() });
    await prepare(w);
    const { client } = await w.serve();
    const sent = await client.tasks.send({ to: 'lead', input: ASKED });
    const task = await client.tasks.wait(sent.id);
    expect(task).toMatchObject({ status: 'replied', reply: `I had it counted. ${FOUND}`, chain: ['owner', 'lead'], spent: { tasks: 2 } });
    const child = await childOf(client, task);
    expect(child).toMatchObject({ from: 'lead', to: 'helper', status: 'replied', reply: FOUND, chain: ['owner', 'lead', 'helper'] });
    // No more than who asked: what its own configuration allows does not count.
    expect(child.ceiling?.permissions).toMatchObject({ profile: ':workspace' });
    expect((await client.sessions.get(child.session ?? '')).permissions).toMatchObject({ profile: ':workspace' });
    const started = (await historyOf(client, child.id)).find((event): event is TaskEvent<'task.started'> => event.type === 'task.started');
    expect(started?.data.permissions).toMatchObject({ profile: ':workspace' });
    // The turn goes on for a moment after the reply, and what it says then is nothing more of the task.
    await eventOf(client, task.session ?? '', (event) => event.type === 'turn.completed');
    const histories = await Promise.all([historyOf(client, task.id), historyOf(client, child.id)]);
    expect(histories.map(ends)).toEqual([['task.replied'], ['task.replied']]);
    expect(histories[0]?.find(({ type }) => type === 'task.replied')).toMatchObject({ data: { by: 'lead' } });
    expect(histories[0]?.map(({ type }) => type)).toContain('task.branched');
  },
  LONG_MS,
);

/** When the host is killed: facts that a client hears of, each of them a moment after it was written down. */
const MOMENTS: Readonly<Record<string, (client: Client, task: string) => Promise<unknown>>> = {
  'the other one is being asked': (client, task) => taskEvent(client, task, 'task.branched'),
  async 'one works and the other waits'(client, task) {
    const { data: begun } = await taskEvent(client, await below(client, task), 'task.started');
    return await eventOf(client, begun.session, (event) => event.type === 'item.started' && event.data.item.kind === 'command');
  },
  'the answer has just come': async (client, task) => taskEvent(client, await below(client, task), 'task.replied'),
};

test.each(Object.keys(MOMENTS))(
  'a host that is killed while %s loses neither task and does nothing twice',
  async (moment) => {
    const back = gate();
    let killed = false;
    // Goes on through the kill where that is the moment.
    const held = moment.startsWith('one works') ? 'until [ -e go ]; do sleep 0.05; done; ' : '';
    const command = `echo ran >> runs; ${held}${COUNT}`;
    await using w = await world({ script: both({ command, until: () => (killed ? back.opened : Promise.resolve()) }) });
    await prepare(w);
    const first = await w.serve();
    const sent = await first.client.tasks.send({ to: 'lead', input: ASKED });
    await MOMENTS[moment]?.(first.client, sent.id);
    killed = true;
    await first.kill('SIGKILL');
    const { client } = await w.serve();
    await writeFile(join(w.work, 'go'), '');
    back.open();
    const task = await client.tasks.wait(sent.id);
    expect(task).toMatchObject({ status: 'replied', reply: `I had it counted. ${FOUND}`, attempts: 1, spent: { tasks: 2 } });
    const child = await childOf(client, task);
    expect(child).toMatchObject({ status: 'replied', reply: FOUND, attempts: 1 });
    const histories = await Promise.all([historyOf(client, task.id), historyOf(client, child.id)]);
    expect(histories.map(ends)).toEqual([['task.replied'], ['task.replied']]);
    expect(await readFile(join(w.work, 'runs'), 'utf8')).toBe('ran\n');
    for (const session of [task.session ?? '', child.session ?? '']) {
      await eventOf(client, session, (event) => event.type === 'turn.completed');
      expect((await client.turns.list(session)).items).toHaveLength(1);
    }
  },
  LONG_MS,
);

test(
  'an agent that takes no part has no server of the host, until it does',
  async () => {
    await using w = await world();
    await prepare(w);
    const { client } = await w.serve();
    await client.agents.create({ alias: 'plain' });
    const { id } = await client.sessions.open({ agent: 'plain', cwd: w.work });
    const call = async (): Promise<string> => {
      const { turn } = await client.turns.request(id, { input: '[[mcp:spool_plain.list_agents:{}]] [[text:ok]]' });
      await client.wait(id, turn.id);
      return JSON.stringify(w.model.requests.at(-1)?.body.input.at(-1));
    };
    expect(await call()).toContain('unsupported call');
    expect(await readdir(w.home.join('spool', 'run'))).not.toContain('agent-listener.json');
    await client.agents.update('plain', { tasks: {} });
    expect(await call()).toContain('knows shells');
    await client.agents.update('plain', { tasks: null });
    expect(await call()).not.toContain('knows shells');
  },
  LONG_MS,
);
