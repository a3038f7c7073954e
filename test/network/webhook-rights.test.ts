/** Webhooks from the side of those who make them: who may, what is refused, and that nothing gives a secret away. */

import { expect, test } from 'vitest';
import type { Principal } from '../../src/host/face.js';
import { memoryLog } from '../../src/log/memory/memory-log.js';
import type { Logger } from '../../src/ports/logger.js';
import { ManualClock } from '../../src/testing/manual-clock.js';
import { memoryWebhookStore } from '../../src/testing/webhook-store.js';
import { OWNER } from '../host/rig.js';
import { agent, stage } from './stage.js';
import { receiver } from './webhook-receiver.js';
import { becomes, hook, later, task } from './webhook-stage.js';

test('the owner makes, removes and repeats; who may look sees them; an agent does not', async () => {
  await using to = await receiver();
  await using s = stage([]);
  const { id } = await hook(s, to);
  const { webhooks } = s.hub;
  const viewer: Principal = { name: 'v', role: 'viewer' };
  const operator: Principal = { name: 'o', role: 'operator' };
  const one: Principal = { name: 'a', role: 'agent' };
  expect((await webhooks.list(viewer)).items).toMatchObject([{ id }]);
  expect(await webhooks.get(id, viewer)).toMatchObject({ id });
  expect(await webhooks.deadLetters(id, { limit: 1 }, viewer)).toEqual({ items: [], next: null });
  for (const by of [viewer, operator, one]) {
    const refused = [webhooks.create({ url: to.url }, by), webhooks.remove(id, by), webhooks.redeliver(id, {}, by)];
    for (const call of refused) await expect(call).rejects.toMatchObject({ code: 'forbidden' });
  }
  for (const call of [webhooks.list(one), webhooks.get(id, one), webhooks.deadLetters(id, { limit: 1 }, one)]) {
    await expect(call).rejects.toMatchObject({ code: 'forbidden' });
  }
});

test('a repeated request is answered with the same webhook and secret, and two webhooks have two secrets', async () => {
  const [log, webhookStore] = [memoryLog(), memoryWebhookStore()];
  await using to = await receiver();
  const first = stage([], { log, webhookStore });
  const made = await hook(first, to, { commandId: 'k' });
  expect(made.secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
  expect((await hook(first, to)).secret).not.toBe(made.secret);
  await first[Symbol.asyncDispose]();
  await using second = stage([], { log, webhookStore });
  const again = await hook(second, to, { commandId: 'k' });
  expect([again.id, again.secret]).toEqual([made.id, made.secret]);
  await expect(hook(second, to, { commandId: 'k', events: ['turn.*'] })).rejects.toMatchObject({ code: 'conflict' });
  await second.hub.webhooks.remove(made.id, OWNER);
  await expect(hook(second, to, { commandId: 'k' })).rejects.toMatchObject({ code: 'conflict' });
  expect((await second.hub.webhooks.list(OWNER)).items).toHaveLength(1);
});

test('a type of event that never comes and an address with a password in it are refused, with what to do', async () => {
  await using s = stage([]);
  const { webhooks } = s.hub;
  await expect(webhooks.create({ url: 'http://127.0.0.1:1/', events: ['task.repleid'] }, OWNER)).rejects.toMatchObject({
    code: 'invalid-input',
    hint: 'did you mean task.replied?',
  });
  await expect(webhooks.create({ url: 'http://me:pass@127.0.0.1:1/' }, OWNER)).rejects.toMatchObject({ code: 'invalid-input' });
  expect((await webhooks.list(OWNER)).items).toEqual([]);
});

test('neither the log nor what the host writes of its doings holds a secret, or the path of the address', async () => {
  const [clock, log] = [new ManualClock(), memoryLog()];
  const lines: unknown[] = [];
  const note = (...words: unknown[]): void => void lines.push(words);
  const logger: Logger = { debug: note, info: note, warn: note, error: note };
  await using to = await receiver(() => 500);
  await using s = stage([], { clock, log, logger });
  const { id, secret } = await s.hub.webhooks.create({ url: `${to.url}/T0PSECRET` }, OWNER);
  await task(s);
  await later(
    clock,
    becomes(s, id, ({ dead }) => dead === 1),
  );
  let text = '';
  for await (const { events } of log.read({ after: 0 })) text += events.map(({ body }) => body).join();
  expect(text).toContain('webhook.gave-up');
  expect(text).not.toContain(secret.slice('whsec_'.length));
  const said = JSON.stringify(lines);
  expect(said).toContain(id);
  for (const hidden of [secret.slice('whsec_'.length), 'T0PSECRET']) expect(said).not.toContain(hidden);
});

test('clients that follow all events do not see those of webhooks', async () => {
  await using to = await receiver();
  await using s = stage([agent('a')]);
  const seen: string[] = [];
  const done = new AbortController();
  const records = s.host.follow({ after: 0, signal: done.signal }, OWNER)[Symbol.asyncIterator]();
  const first = records.next();
  const { id } = await hook(s, to);
  await s.hub.webhooks.redeliver(id, {}, OWNER);
  const sent = await task(s);
  await s.hub.webhooks.remove(id, OWNER);
  const session = await s.host.openSession({ agent: 'a' }, OWNER);
  for (let next = await first; next.done !== true && next.value.stream !== session.id; next = await records.next())
    seen.push(next.value.stream);
  done.abort();
  expect(new Set(seen)).toEqual(new Set([sent]));
  await expect(s.host.events(id, { after: 0, limit: 10 }, OWNER)).rejects.toMatchObject({ code: 'not-found' });
});
