/** An agent whose process is none of the host: it comes with a token of its own, leases tasks over HTTP, hands each on and answers. */

import { connect } from '../src/client/index.js';
import { inputText, type Task } from '../src/contract/task.js';
import { answerOf, behind, readRelay, relayText } from './relay.js';

const WAIT_SECONDS = 10;
const LEASE_SECONDS = 120;

const client = connect({ url: process.env['SPOOL_URL'] ?? '', token: process.env['SPOOL_TOKEN'] });

process.stdout.write('ready\n');
for (;;) {
  const task = await client.tasks.lease({ waitSeconds: WAIT_SECONDS, leaseSeconds: LEASE_SECONDS });
  if (task !== null) await work(task);
}

async function work({ id, input }: Task): Promise<void> {
  const relay = readRelay(inputText(input));
  const next = relay === undefined ? undefined : behind(relay);
  if (relay === undefined || next === undefined) {
    await client.tasks.reply(id, { text: relay === undefined ? 'what is to be done?' : answerOf(relay) });
    return;
  }
  const sent = await client.tasks.send({ to: next.way[0], input: relayText(next), parent: id });
  const { reply, error } = await client.tasks.wait(sent.id);
  if (reply === undefined) await client.tasks.fail(id, { message: error?.message ?? 'nothing came back' });
  else await client.tasks.reply(id, { text: `${relay.way[0]} heard ${reply}` });
}
