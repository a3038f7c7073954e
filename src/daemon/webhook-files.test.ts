import { existsSync, statSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { tempHome } from '../testing/temp-home.js';
import { webhookFiles } from './webhook-files.js';

test('the key is made with the first webhook, for its owner only, and stays', async () => {
  await using home = await tempHome();
  const paths = { credentials: home.join('vault', 'credentials.json'), webhooks: home.join('webhooks') };
  const file = home.join('vault', 'webhook-key');
  const store = webhookFiles(paths);
  expect(existsSync(file)).toBe(false);
  const key = store.key();
  expect(key).toHaveLength(32);
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(Buffer.from(webhookFiles(paths).key())).toEqual(Buffer.from(key));
});

test('a damaged key is an error, and no new one takes its place', async () => {
  await using home = await tempHome();
  const paths = { credentials: home.join('vault', 'credentials.json'), webhooks: home.join('webhooks') };
  webhookFiles(paths).key();
  writeFileSync(home.join('vault', 'webhook-key'), 'half');
  expect(() => webhookFiles(paths).key()).toThrow(expect.objectContaining({ code: 'unavailable' }) as Error);
});

test('how far a webhook has come is kept for the next host until it is removed', async () => {
  await using home = await tempHome();
  const paths = { credentials: home.join('vault', 'credentials.json'), webhooks: home.join('webhooks') };
  const store = webhookFiles(paths);
  expect(store.load('whk_1')).toBeUndefined();
  store.remove('whk_1');
  store.save('whk_1', '{"seq":7}');
  expect(webhookFiles(paths).load('whk_1')?.trim()).toBe('{"seq":7}');
  store.remove('whk_1');
  expect(store.load('whk_1')).toBeUndefined();
});
