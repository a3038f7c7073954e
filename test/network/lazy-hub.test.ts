/** The hub is loaded with the first one who needs it. */

import { expect, test } from 'vitest';
import { systemClock } from '../../src/base/clock.js';
import { memoryLog } from '../../src/log/memory/memory-log.js';
import { memorySnapshots } from '../../src/log/memory/memory-snapshots.js';
import type { Hub } from '../../src/network/face.js';
import { createHub, type HubParts } from '../../src/network/hub.js';
import { lazyHub } from '../../src/network/lazy-hub.js';
import { silentLogger } from '../../src/ports/logger.js';
import { memoryOutsideAgents } from '../../src/testing/outside-agents.js';
import { memoryWebhookStore } from '../../src/testing/webhook-store.js';
import { OWNER, rig } from '../host/rig.js';

const node = { id: 'hst_test', name: 'test', startedAt: '2026-01-01T00:00:00.000Z' };

function lazily(more: Partial<HubParts> = {}): AsyncDisposable & { readonly hub: Hub; loads(): number; readonly loaded: Promise<void> } {
  const { host, [Symbol.asyncDispose]: dispose } = rig();
  let count = 0;
  let tell: () => void = () => undefined;
  const loaded = new Promise<void>((resolve) => {
    tell = resolve;
  });
  const stores = { log: memoryLog(), snapshots: memorySnapshots(), outside: memoryOutsideAgents(), webhookStore: memoryWebhookStore() };
  const hub = lazyHub({ host, ...stores, clock: systemClock, logger: silentLogger, node, ...more }, () => {
    count += 1;
    tell();
    return Promise.resolve(createHub);
  });
  return {
    ...{ hub, loaded, loads: () => count },
    async [Symbol.asyncDispose]() {
      await hub[Symbol.asyncDispose]();
      await dispose();
    },
  };
}

test('a host without tasks answers what it can without it, and loads it once for the rest', async () => {
  await using at = lazily();
  expect(at.hub.counts()).toMatchObject({ queued: 0, replied: 0 });
  expect(at.hub.listOutsideAgents(OWNER).items).toEqual([]);
  expect(at.hub.principalOf('nobody')).toBeNull();
  expect(at.loads()).toBe(0);
  await Promise.all([
    at.hub.listTasks({ limit: 1 }, OWNER),
    at.hub.nodes(OWNER),
    at.hub.schedules.list(OWNER),
    at.hub.webhooks.list(OWNER),
  ]);
  expect(at.loads()).toBe(1);
});

test('one that has tasks loads it at the start, and picks them up', async () => {
  const log = memoryLog();
  {
    await using at = lazily({ log });
    await at.hub.sendTask({ to: 'person', input: 'left or right?' }, OWNER);
  }
  await using at = lazily({ log });
  await at.loaded;
  expect((await at.hub.listTasks({ limit: 1, status: 'open' }, OWNER)).items).toHaveLength(1);
});

test('one that has agents from elsewhere loads it at the start, and knows their tokens before that', async () => {
  const outside = memoryOutsideAgents();
  await outside.admit('scout', {});
  await using at = lazily({ outside });
  expect(at.hub.principalOf('scout')).toEqual({ name: 'scout', role: 'agent' });
  expect(at.hub.listOutsideAgents(OWNER).items).toMatchObject([{ alias: 'scout', online: false }]);
  await at.loaded;
});

test('after its end nothing is loaded any more', async () => {
  const at = lazily();
  await at[Symbol.asyncDispose]();
  await expect(at.hub.task('tsk_none', OWNER)).rejects.toMatchObject({ code: 'unavailable' });
  expect(at.loads()).toBe(0);
});
