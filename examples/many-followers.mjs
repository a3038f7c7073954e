/** Twenty clients follow one turn; some come early, some late, one is slow. All see the same events in the same order. */

import assert from 'node:assert/strict';
import { connect, isTurnEnd } from 'spool/client';
import { withOfflineHost } from './offline-host.mjs';

const FOLLOWERS = 20;

/** Everything from the beginning until a turn has ended; `pause` is called between events. */
async function watch(client, session, pause = () => undefined) {
  const events = [];
  for await (const event of client.follow(session)) {
    events.push(event);
    if (isTurnEnd(event)) return events;
    await pause();
  }
  throw new Error('the stream ended before the turn did');
}

const slowly = () => new Promise((resolve) => setTimeout(resolve, 5));

await withOfflineHost(async ({ url, token, work }) => {
  const client = connect({ url, token });
  const session = await client.sessions.open({ cwd: work });

  const early = Array.from({ length: FOLLOWERS / 2 }, (_, i) => watch(client, session.id, i === 0 ? slowly : undefined));
  const { turn } = await client.turns.request(session.id, { input: '[[deltas:100:5]]' });
  // These come when the turn is well under way: they get what they missed, then the rest live, in one stream.
  for await (const event of client.follow(session.id)) if (event.type === 'item.delta') break;
  const late = Array.from({ length: FOLLOWERS / 2 }, () => watch(client, session.id));

  const [first, ...others] = await Promise.all([...early, ...late]);
  for (const other of others) assert.deepEqual(other, first);
  const ended = await client.turns.get(session.id, turn.id);
  assert.equal(ended.status, 'completed');
  const pieces = first.flatMap(({ type, data }) => (type === 'item.delta' && data.kind === 'text' ? [data.text] : []));
  assert.equal(pieces.join(''), ended.finalText);
  console.log(`${FOLLOWERS} followers saw the same ${first.length} events`);
});
