/** Runs a turn and shows it as it happens; then leaves in the middle of a replay, comes back, and misses nothing. */

import assert from 'node:assert/strict';
import { connect } from 'spool/client';
import { withOfflineHost } from './offline-host.mjs';

await withOfflineHost(async ({ url, token, work }) => {
  const client = connect({ url, token });
  const session = await client.sessions.open({ cwd: work, title: 'Follow me' });

  // `run` asks for a turn and gives its events until it has ended. The directives in brackets are for the offline model.
  let text = '';
  const live = [];
  for await (const event of client.run(session.id, { input: 'Count. [[sh:echo one two three]] [[deltas:20:5]]' })) {
    live.push(event);
    if (event.type === 'item.started' && event.data.item.kind === 'command') console.log(`$ ${event.data.item.command}`);
    if (event.type === 'item.delta' && event.data.kind === 'text') {
      process.stdout.write(event.data.text);
      text += event.data.text;
    }
  }
  console.log();
  const last = live.at(-1);
  assert.equal(last.type, 'turn.completed');
  assert.equal(text, last.data.finalText, 'the pieces put together are the final text');

  // The same events again, in two visits. A position is all that a client has to keep.
  const seen = [];
  for await (const event of client.follow(session.id)) {
    seen.push(event);
    if (seen.length === 5) break;
  }
  for await (const event of client.follow(session.id, { after: seen.at(-1).position })) {
    seen.push(event);
    if (event.position === last.position) break;
  }
  assert.deepEqual(
    seen.map(({ position }) => position),
    seen.map((_, index) => index + 1),
    'positions are 1, 2, 3, ... without a gap or a repeat',
  );
  assert.deepEqual(seen.slice(-live.length), live, 'what is replayed is what was seen live');
  console.log(`${seen.length} events, live and replayed the same`);
});
