/** A chat bot: people write while the agent works, a message comes twice, somebody changes their mind. One query a conversation. */

import assert from 'node:assert/strict';
import { connect } from 'spool/client';
import { withOfflineHost } from './offline-host.mjs';

/** Shows what a query says, as a bot would post it, and keeps the results. */
async function post(query) {
  const results = [];
  for await (const event of query.events) {
    if (event.type === 'progress') console.log(`  … ${event.message}`);
    if (event.type === 'error') console.log(`  that went wrong: ${event.message}`);
    if (event.type !== 'result') continue;
    console.log(`  ${event.text} (answers ${event.messages.join(', ')})`);
    results.push(event);
  }
  return results;
}

await withOfflineHost(async ({ url, token, work }) => {
  const client = connect({ url, token });
  const session = client.session((await client.sessions.open({ cwd: work, title: 'Chat' })).id);

  // The ids are those of the chat: a message that is delivered twice is asked once. The directives in brackets are for the offline model.
  console.log('ann: count, please');
  const query = session.query('Count, please. [[sh:seq 3]] [[deltas:40:20]]', { id: 'chat-1' });
  const posted = post(query);
  for await (const event of client.follow(session.id)) if (event.type === 'item.delta') break;
  console.log('ben: and say hello');
  query.push('And say hello. [[text:Hello, Ben!]]', { id: 'chat-2' });
  query.push('And say hello. [[text:Hello, Ben!]]', { id: 'chat-2' });
  query.end();
  const results = await posted;
  assert.deepEqual(results.flatMap(({ messages }) => messages).sort(), ['chat-1', 'chat-2'], 'each message is answered once');
  assert.equal(results.at(-1).text, 'Hello, Ben!');

  // The bot was restarted and gets an old message again: it is told what became of it, and the agent does nothing.
  const again = session.query('Count, please. [[sh:seq 3]] [[deltas:40:20]]', { id: 'chat-1' });
  again.end();
  const [before] = await post(again);
  assert.equal(before.turn, results[0].turn);
  const { items } = await client.turns.list(session.id);
  assert.equal(items.length, 2);

  console.log('ann: count to a thousand');
  const { position } = await client.sessions.get(session.id);
  const long = session.query('[[deltas:1000:20]]');
  const nothing = post(long);
  for await (const event of client.follow(session.id, { after: position })) if (event.type === 'item.delta') break;
  console.log('ann: never mind');
  await long.abort();
  assert.deepEqual(await nothing, [], 'who aborts hears no result');
  assert.equal((await client.sessions.get(session.id)).status, 'idle');
});
