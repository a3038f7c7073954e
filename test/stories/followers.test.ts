/** Any number of clients follow one turn at once: two terminals and a real browser's EventSource, live, each with every event. */

import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { expect, test } from 'vitest';
import { startChromium } from './chromium.js';
import { CLI, eventOf, world } from './rig.js';

test('two terminals and a browser see the same positions of a running turn', async () => {
  await using w = await world();
  await using browser = await startChromium();
  const host = await w.serve();
  const session = await host.client.sessions.open({ cwd: w.work });

  const terminal = async (): Promise<number[]> => {
    const env = { ...w.env, SPOOL_URL: host.url };
    const child = spawn(process.execPath, [CLI, 'logs', session.id, '--follow', '--json'], { env, stdio: ['ignore', 'pipe', 'inherit'] });
    const positions: number[] = [];
    for await (const line of createInterface({ input: child.stdout })) {
      const event = JSON.parse(line) as { position: number; type: string };
      positions.push(event.position);
      if (event.type === 'turn.completed') child.kill('SIGINT');
    }
    return positions;
  };
  const page = browser.run(
    `${host.url}/healthz`,
    `new Promise((resolve, reject) => {
      const seen = [];
      const source = new EventSource('/v1/sessions/${session.id}/events?access_token=${host.token}');
      source.addEventListener('stream.opened', () => seen.push(0));
      const take = (event) => { seen.push(Number(event.lastEventId)); if (event.type === 'turn.completed') { source.close(); resolve(seen); } };
      for (const type of ['session.opened', 'runtime.started', 'turn.requested', 'turn.started', 'item.started', 'item.delta', 'item.completed', 'usage.reported', 'warning.raised', 'turn.completed'])
        source.addEventListener(type, take);
      source.onerror = () => { if (source.readyState === 2) reject(new Error('the stream was refused')); };
    })`,
  );
  const watching = Promise.all([terminal(), terminal(), page as Promise<number[]>]);
  await host.client.turns.request(session.id, { input: '[[deltas:20:20]]' });
  const end = await eventOf(host.client, session.id, (event) => event.type === 'turn.completed');
  const [one, two, seen] = await watching;
  const all = Array.from({ length: end.position }, (_, index) => index + 1);
  expect(one).toEqual(all);
  expect(two).toEqual(all);
  expect(seen).toEqual([0, ...all]);
});
