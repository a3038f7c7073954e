/** Schedules with the real program and the real clock: hosts are killed while they send, and every time is one task all the same. */

import { expect, test } from 'vitest';
import type { Task } from '../../src/contract/task.js';
import { type Served, world } from './rig.js';

const LONG_MS = 120_000;

/** Tasks as they are recorded, from now on, until the host is gone. Resolves once none is missed any more. */
async function tasksSent(host: Served): Promise<AsyncGenerator<string>> {
  const response = await fetch(`${host.url}/v1/events`, {
    headers: { authorization: `Bearer ${host.token}`, accept: 'text/event-stream' },
  });
  const frames = framesOf(response);
  for (let opened = ''; !opened.includes('event: stream.opened'); ) opened = (await frames.next()).value ?? 'event: stream.opened';
  return sentIn(frames);
}

async function* framesOf(response: Response): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let text = '';
  try {
    for await (const chunk of response.body ?? []) {
      text += decoder.decode(chunk, { stream: true });
      const frames = text.split('\n\n');
      text = frames.pop() ?? '';
      yield* frames;
    }
  } catch {
    // It was killed, which ends the stream as well.
  }
}

async function* sentIn(frames: AsyncGenerator<string>): AsyncGenerator<string> {
  for await (const frame of frames) {
    const task = frame.includes('event: task.sent') ? /"task":"(tsk_\w+)"/.exec(frame)?.[1] : undefined;
    if (task !== undefined) yield task;
  }
}

async function nextSent(sent: AsyncGenerator<string>): Promise<string> {
  const { value } = (await sent.next()) as { value: string | undefined };
  return value ?? expect.fail('the stream ended before a task was sent');
}

async function allTasks({ client }: Served): Promise<readonly Task[]> {
  return (await client.tasks.list({ limit: 1000 })).items;
}

test(
  'a schedule of every second is killed in the middle of sending, again and again, and each second is one task',
  async () => {
    await using w = await world();
    let host = await w.serve();
    let sent = await tasksSent(host);
    const made = await host.client.schedules.create({ cron: '* * * * * *', missed: 'all', task: { to: 'person', input: 'tick' } });
    for (let kills = 0; kills < 3; kills += 1) {
      await nextSent(sent);
      // The task is recorded, and that it was sent hardly yet.
      await nextSent(sent);
      await host.kill('SIGKILL');
      host = await w.serve();
      sent = await tasksSent(host);
    }
    await nextSent(sent);
    const { runs, last, paused } = await host.client.schedules.pause(made.id);
    expect(paused).toBe(true);
    const first = (Math.floor(Date.parse(made.createdAt) / 1000) + 1) * 1000;
    const seconds = (Date.parse(last?.due ?? '') - first) / 1000 + 1;
    expect(seconds).toBeGreaterThan(6);
    const tasks = await allTasks(host);
    expect({ runs, tasks: tasks.length, ids: new Set(tasks.map(({ id }) => id)).size }).toEqual({
      runs: seconds,
      tasks: seconds,
      ids: seconds,
    });
    expect(tasks.every(({ from, to, input }) => from === 'owner' && to === 'person' && input === 'tick')).toBe(true);
  },
  LONG_MS,
);

test(
  'a task for a time that comes while no host runs is sent by the next one, and an agent does it',
  async () => {
    await using w = await world();
    const first = await w.serve();
    const at = new Date(Date.now() + 1500).toISOString();
    const { id, next } = await first.client.schedules.create({ at, task: { to: 'default', input: '[[text:Good morning.]]' } });
    expect(next).toBe(at);
    await first.kill('SIGKILL');
    const second = await w.serve();
    const sent = await tasksSent(second);
    const task = (await allTasks(second))[0]?.id ?? (await nextSent(sent));
    expect(await second.client.tasks.wait(task)).toMatchObject({ status: 'replied', reply: 'Good morning.', from: 'owner' });
    expect(await second.client.schedules.get(id)).toMatchObject({ next: null, runs: 1, last: { due: at, task } });
    expect(await allTasks(second)).toHaveLength(1);
    await second.client.schedules.remove(id);
    expect((await second.client.schedules.list()).items).toEqual([]);
  },
  LONG_MS,
);
