/** Webhooks of a real host that is killed while it posts. */

import { existsSync, statSync } from 'node:fs';
import { expect, test } from 'vitest';
import type { Client } from '../../src/client/index.js';
import { isSigned, receiver } from '../network/webhook-receiver.js';
import { world } from './rig.js';

const TASKS = 20;

/** Every event of these tasks, by the id with which it is posted. */
async function eventsOf(client: Client, tasks: readonly string[]): Promise<Map<string, unknown>> {
  const all = new Map<string, unknown>();
  for (const task of tasks) {
    const { events } = await client.tasks.events(task, { after: 0, limit: 1000 });
    for (const event of events) all.set(`${task}:${event.position}`, event);
  }
  return all;
}

test('a host that is killed in the middle of its deliveries posts every event at least once, with equal ids', async () => {
  await using w = await world();
  await using to = await receiver();
  const first = await w.serve();
  const key = w.home.join('spool', 'vault', 'webhook-key');
  expect(existsSync(key)).toBe(false);
  const { id, secret } = await first.client.webhooks.create({ url: to.url });
  expect(statSync(key).mode & 0o777).toBe(0o600);

  // From the tenth on nobody answers: so the host dies with requests open, and with more to come.
  to.reply = () => (to.posts.length < 10 ? 204 : 'hang');
  const tasks: string[] = [];
  for (let n = 0; n < TASKS; n++) tasks.push((await first.client.tasks.send({ to: 'person', input: `${n}` })).id);
  for (const task of tasks.slice(0, 10)) await first.client.tasks.reply(task, { text: 'ok' });
  await to.came(17);
  await first.kill('SIGKILL');
  const before = to.posts.length;
  expect(new Set(to.posts.map((post) => post.id)).size).toBeLessThan(30);

  to.reply = () => 204;
  const second = await w.serve();
  for (const task of tasks.slice(10)) await second.client.tasks.reply(task, { text: 'ok' });
  const wanted = await eventsOf(second.client, tasks);
  for (let count = before + 1; ; count++) {
    const taken = new Set(to.posts.slice(before).map((post) => post.id));
    const earlier = new Set(to.posts.slice(0, 9).map((post) => post.id));
    if ([...wanted.keys()].every((one) => taken.has(one) || earlier.has(one))) break;
    await to.came(count);
  }

  const bodies = new Map<string, string>();
  for (const post of to.posts) {
    expect(isSigned(post, secret)).toBe(true);
    const { timestamp, ...event } = post.event;
    expect(event).toEqual(wanted.get(post.id));
    expect(timestamp).toBe(event.at);
    // A repeat is the same to the byte.
    expect(bodies.get(post.id) ?? post.body).toBe(post.body);
    bodies.set(post.id, post.body);
  }
  expect(to.posts.length).toBeGreaterThan(bodies.size);
  expect((await second.client.webhooks.list()).items).toMatchObject([{ id, dead: 0 }]);
}, 120_000);
