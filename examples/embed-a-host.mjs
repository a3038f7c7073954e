/** A host inside a program, with no port open: a turn, then the program "restarts", and the session goes on where it was. */

import assert from 'node:assert/strict';
import { OWNER, openHost } from 'spool';
import { withOfflineWorld } from './offline-host.mjs';

/** Follows a session until the turn has ended. Records hold events as JSON text, one or more each. */
async function ended(host, session, turn) {
  const stop = new AbortController();
  for await (const record of host.follow({ session, after: 0, signal: stop.signal }, OWNER)) {
    for (const { position, type, body } of record.events) {
      console.log(`${String(position).padStart(3)} ${type}`);
      if (/^turn\.(completed|failed|interrupted)$/.test(type) && JSON.parse(body).turn === turn) stop.abort();
    }
  }
  return await host.turn(session, turn, OWNER);
}

await withOfflineWorld(async ({ work, env }) => {
  const options = { env, keepRunningTurns: false };
  let host = await openHost(options);
  try {
    const session = await host.openSession({ cwd: work, title: 'Inside' }, OWNER);
    const { turn } = await host.requestTurn(session.id, { input: '[[text:Remember the number 17.]]' }, OWNER);
    assert.equal((await ended(host, session.id, turn.id)).finalText, 'Remember the number 17.');
    const before = await host.events(session.id, { after: 0, limit: 1000 }, OWNER);

    await host[Symbol.asyncDispose]();
    host = await openHost(options);
    const after = await host.events(session.id, { after: 0, limit: 1000 }, OWNER);
    assert.deepEqual(after.events.slice(0, before.events.length), before.events, 'nothing is lost and nothing is told differently');

    const again = await host.requestTurn(session.id, { input: '[[text:It was 17.]]' }, OWNER);
    const second = await ended(host, session.id, again.turn.id);
    assert.equal(second.finalText, 'It was 17.');
    const { threadId } = await host.session(session.id, OWNER);
    const kinds = (await host.events(session.id, { after: before.events.length, limit: 1000 }, OWNER)).events;
    assert.equal(kinds.find(({ type }) => type === 'session.resumed')?.data.threadId, threadId, 'it is the same conversation');
    console.log('the session outlived the host that opened it');
  } finally {
    await host[Symbol.asyncDispose]();
  }
});
