/** Other machines reach a host by the names that its owner allows, and pages by their origins: the built program over real sockets. */

import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { expect, test } from 'vitest';
import { world } from './rig.js';

interface Answer {
  readonly status: number | undefined;
  readonly headers: IncomingMessage['headers'];
  readonly hint: unknown;
}

async function ask(url: string, headers: Record<string, string>, token: string): Promise<Answer> {
  const asked = request(`${url}/v1/status`, { headers: { authorization: `Bearer ${token}`, ...headers } }).end();
  const [response] = (await once(asked, 'response')) as [IncomingMessage];
  let text = '';
  for await (const chunk of response) text += String(chunk);
  return { status: response.statusCode, headers: response.headers, hint: (JSON.parse(text) as { hint?: unknown }).hint };
}

test('a host on all addresses answers to the names that it was told, and the refusal names the flag', async () => {
  await using w = await world();
  const told = ['--allow-host', 'box.example,other.example:99', '--allow-host=192.0.2.7'];
  const { url, token } = await w.serve('--bind', '0.0.0.0', ...told);
  const { port } = new URL(url);
  const statusOf = async (host: string): Promise<number | undefined> => (await ask(url, { host }, token)).status;
  for (const host of [`127.0.0.1:${port}`, `box.example:${port}`, 'box.example', `192.0.2.7:${port}`, 'other.example:99']) {
    expect([host, await statusOf(host)]).toEqual([host, 200]);
  }
  expect(await statusOf(`other.example:${port}`)).toBe(403);
  const refused = await ask(url, { host: `foreign.example:${port}` }, token);
  expect(refused).toMatchObject({ status: 403, hint: expect.stringContaining('--allow-host') as string });
});

test('pages of the origins that it was told may use it, others not', async () => {
  await using w = await world();
  const { url, token } = await w.serve('--allow-origin', 'https://console.example/');
  const allowed = await ask(url, { origin: 'https://console.example' }, token);
  expect([allowed.status, allowed.headers['access-control-allow-origin']]).toEqual([200, 'https://console.example']);
  const refused = await ask(url, { origin: 'https://foreign.example' }, token);
  expect(refused).toMatchObject({ status: 403, hint: expect.stringContaining('--allow-origin') as string });
});
