/** An agent that is a program of your own: it takes tasks from the host, does them, asks a person when it must, and replies. */

import assert from 'node:assert/strict';
import { connect, TaskFailure, workOn } from 'spool/client';
import { withOfflineHost } from './offline-host.mjs';

const stock = new Map([
  ['lamps', 7],
  ['chairs', 0],
]);
let tries = 0;

/** What it resolves with is the reply. */
async function handler(task, hand) {
  console.log(`attempt ${task.attempts}: ${task.input}`);
  const [verb, thing] = task.input.split(' ');
  switch (verb) {
    case 'count':
      await hand.progress(`counting ${thing}`);
      return `there are ${stock.get(thing) ?? 'no'} ${thing}`;
    case 'fetch':
      // The first time the line is busy. Nothing was done yet, so the task is tried again.
      if (++tries === 1) throw new TaskFailure('the line is busy', { retryable: true });
      return `${thing} are here`;
    case 'order': {
      const asked = await hand.send({ to: 'person', input: `Shall I order ${thing}?` });
      const { reply } = await client.tasks.wait(asked.id, { signal: hand.signal });
      if (reply !== 'yes') return `no ${thing} then`;
      // Recorded before it is done: from now on nobody does it a second time without a person's word.
      await hand.effect(`ordering ${thing}`);
      stock.set(thing, 4);
      return `${thing} are ordered`;
    }
    case 'watch':
      // Until it is called off.
      return await new Promise((_, reject) => hand.signal.addEventListener('abort', () => reject(hand.signal.reason)));
    default:
      throw new Error(`I cannot ${verb}`);
  }
}

/** The agent's own client; it has only its own token. */
let client;

await withOfflineHost(async ({ url, token }) => {
  const owner = connect({ url, token });
  const admitted = await owner.outsideAgents.admit({ alias: 'keeper', tasks: { role: 'keeps the store', atOnce: 2 } });
  client = connect({ url, token: admitted.token });

  const stop = new AbortController();
  const work = workOn(client, { handler, concurrency: 2, signal: stop.signal });

  const ask = async (input) => await owner.tasks.wait((await owner.tasks.send({ to: 'keeper', input })).id);
  assert.equal((await ask('count lamps')).reply, 'there are 7 lamps');
  assert.deepEqual([(await ask('fetch lamps')).reply, tries], ['lamps are here', 2]);
  assert.equal((await ask('paint lamps')).error.message, 'I cannot paint');

  // It asks a person, who has all the time in the world.
  const order = await owner.tasks.send({ to: 'keeper', input: 'order chairs' });
  for await (const event of owner.tasks.follow(order.id)) {
    if (event.type !== 'task.waiting') continue;
    console.log(`${event.data.reason} yes`);
    await owner.tasks.reply(event.data.id, { text: 'yes' });
    break;
  }
  assert.equal((await owner.tasks.wait(order.id)).reply, 'chairs are ordered');

  // Called off, it lets go at once and takes the next one.
  const watch = await owner.tasks.send({ to: 'keeper', input: 'watch lamps' });
  for await (const event of owner.tasks.follow(watch.id)) if (event.type === 'task.leased') break;
  await owner.tasks.cancel(watch.id);
  assert.equal((await ask('count chairs')).reply, 'there are 4 chairs');

  stop.abort();
  await work;
  await owner.outsideAgents.dismiss('keeper');
  await assert.rejects(client.tasks.lease(), { code: 'unauthorized' });
  console.log('the agent has gone, and nothing of it is left open');
});
