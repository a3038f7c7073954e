import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import type { AgentAccess } from '../doors/agent-listener.js';
import { silentLogger } from '../ports/logger.js';
import { type TempHome, tempHome } from '../testing/index.js';
import { agentAccess } from './agent-access.js';

function open(home: TempHome): AgentAccess {
  const access = agentAccess({
    paths: { credentials: home.join('vault', 'credentials.json'), run: home.join('run') },
    logger: silentLogger,
  });
  access.mount('/mine', (_request, response, agent) => void response.end(agent));
  return access;
}

async function whoAmI({ url, token }: { url: string; token: string }): Promise<string> {
  return await (await fetch(`${url}/mine`, { headers: { authorization: `Bearer ${token}` } })).text();
}

test('no port is opened and nothing is written before an agent needs it', async () => {
  await using home = await tempHome();
  await using access = open(home);
  expect([existsSync(home.join('vault', 'agent-secret')), existsSync(home.join('run'))]).toEqual([false, false]);
  const main = await access.admit('main');
  expect(await whoAmI(main)).toBe('main');
  expect(await whoAmI(await access.admit('other'))).toBe('other');
  expect([home.join('vault', 'agent-secret'), home.join('run', 'agent-listener.json')].map((file) => statSync(file).mode & 0o777)).toEqual([
    0o600, 0o600,
  ]);
});

test('the next host is there at the same address with the same tokens, without being asked', async () => {
  await using home = await tempHome();
  const first = open(home);
  const main = await first.admit('main');
  await first[Symbol.asyncDispose]();
  await expect(whoAmI(main)).rejects.toThrow();
  await using next = open(home);
  await expect.poll(() => whoAmI(main).catch(() => 'nobody')).toBe('main');
  expect(await next.admit('main')).toEqual(main);
});

test('an address that nobody asked for is given up', async () => {
  await using home = await tempHome();
  const first = open(home);
  await first.admit('main');
  await first[Symbol.asyncDispose]();
  const idle = open(home);
  await idle[Symbol.asyncDispose]();
  expect(existsSync(home.join('run', 'agent-listener.json'))).toBe(false);
});

test('where another program has taken the port, agents get a new one', async () => {
  await using home = await tempHome();
  const thief = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => thief.once('listening', resolve));
  const { port } = thief.address() as AddressInfo;
  const first = open(home);
  await first.admit('main');
  await first[Symbol.asyncDispose]();
  writeFileSync(home.join('run', 'agent-listener.json'), JSON.stringify({ port }));
  await using access = open(home);
  const main = await access.admit('main');
  expect(await whoAmI(main)).toBe('main');
  expect(JSON.parse(readFileSync(home.join('run', 'agent-listener.json'), 'utf8'))).not.toEqual({ port });
  thief.close();
});

test('a host that is stopping admits nobody', async () => {
  await using home = await tempHome();
  const access = open(home);
  await access[Symbol.asyncDispose]();
  await access[Symbol.asyncDispose]();
  await expect(access.admit('main')).rejects.toMatchObject({ code: 'unavailable' });
});
