/** `spool mcp`: the tools of a host on stdio, for the official client and for a Codex that is nobody's but its user's. */

import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { Client } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { expect, test } from 'vitest';
import { codexBinary } from '../../src/testing/codex-binary.js';
import { MAIN, startSpool } from '../support/spool.js';
import { startToolHost } from '../support/tool-host.js';
import { type World, world } from './rig.js';

const run = promisify(execFile);

interface Bridged extends AsyncDisposable {
  readonly client: Client;
  /** Resolves at the next word that the list of tools has changed. */
  changed(): Promise<void>;
}

async function bridged({ env }: World, ...flags: string[]): Promise<Bridged> {
  let seen: () => void = () => undefined;
  const client = new Client(
    { name: 'test', version: '1.0.0' },
    { listChanged: { tools: { autoRefresh: false, debounceMs: 0, onChanged: () => seen() } } },
  );
  const settings = Object.fromEntries(Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined));
  await client.connect(new StdioClientTransport({ command: process.execPath, args: [MAIN, 'mcp', ...flags], env: settings }));
  return {
    client,
    changed: () =>
      new Promise((resolve) => {
        seen = resolve;
      }),
    [Symbol.asyncDispose]: () => client.close(),
  };
}

const weather = (town: unknown) => ({ name: 'weather', arguments: { town } });

test('the tools of a host are listed and called on stdio, those of one agent or all', async () => {
  await using w = await world();
  await using _host = await startToolHost(w);
  await using all = await bridged(w);
  const names = async ({ client }: Bridged): Promise<string[]> => (await client.listTools()).tools.map(({ name }) => name);
  expect(await names(all)).toEqual(['weather', 'towns', 'secret_plan', 'forever']);
  expect(await all.client.callTool(weather('Ulm'))).toMatchObject({ structuredContent: { weather: 'Ulm: sun for 1' } });
  expect(await all.client.callTool(weather(3))).toMatchObject({
    content: [{ text: expect.stringContaining('town: found 3') }],
    isError: true,
  });
  await expect(all.client.callTool({ name: 'nothing' })).rejects.toMatchObject({
    code: -32602,
    message: expect.stringContaining('there is no tool nothing'),
  });
  await using one = await bridged(w, '--agent', 'default');
  expect(await names(one)).toEqual(['weather', 'towns', 'forever']);
});

test('it outlives the host: calls wait for the next one, wherever that listens, and changes of the list are told', async () => {
  await using w = await world();
  const first = await startToolHost(w);
  await using b = await bridged(w);
  expect((await b.client.listTools()).tools).toHaveLength(4);
  const offered = b.changed();
  await first.toggleLate();
  await offered;
  expect((await b.client.listTools()).tools.map(({ name }) => name)).toContain('late');

  await first.kill('SIGKILL');
  const back = b.changed();
  const waiting = b.client.callTool(weather('Bonn'));
  await using _second = await startToolHost(w);
  expect(await waiting).toMatchObject({ structuredContent: { weather: 'Bonn: sun for 1' } });
  await back;
  expect((await b.client.listTools()).tools.map(({ name }) => name)).not.toContain('late');
});

test('a call that is taken back is taken back in the host', async () => {
  await using w = await world();
  await using host = await startToolHost(w);
  await using b = await bridged(w);
  const begun = host.says('forever has begun');
  const stopped = host.says('forever was told to stop');
  const leave = new AbortController();
  const rejected = expect(b.client.callTool({ name: 'forever' }, { signal: leave.signal })).rejects.toThrow();
  await begun;
  leave.abort();
  await rejected;
  await stopped;
});

test('without a host it says so, and with a wrong token too', async () => {
  await using w = await world();
  await using none = await bridged(w);
  await expect(none.client.listTools()).rejects.toThrow(/no host answers at http:\/\/127\.0\.0\.1:4319 \(start one with `spool serve`/);
  expect(await none.client.callTool(weather('Ulm'))).toMatchObject({
    content: [{ text: expect.stringContaining('no host answers') }],
    isError: true,
  });
  await using _host = await startToolHost(w);
  await using wrong = await bridged({ ...w, env: { ...w.env, SPOOL_TOKEN: 'wrong' } });
  await expect(wrong.client.listTools()).rejects.toThrow('this host does not know the token');
});

test('it ends when its input ends, and what it says on stdout is MCP alone', async () => {
  await using w = await world();
  const hello = {
    jsonrpc: '2.0',
    id: 1,
    method: 'initialize',
    params: { protocolVersion: '2025-06-18', capabilities: {}, clientInfo: { name: 't', version: '1' } },
  };
  const env = { HOME: w.home.path, SPOOL_HOME: w.home.join('spool') };
  const { status, stdout, stderr } = await startSpool(['mcp'], { env, stdin: `${JSON.stringify(hello)}\n` }).ended;
  expect(status).toBe(0);
  for (const line of stdout.split('\n').filter((one) => one !== '')) expect(JSON.parse(line)).toMatchObject({ jsonrpc: '2.0' });
  expect(stderr).toBe('');
});

test("a user's own Codex calls the tools by what `spool codex migrate` wrote; in sessions the same server takes no part", async () => {
  await using w = await world();
  const servers = w.home.join('servers.json');
  await writeFile(servers, JSON.stringify({ mcpServers: { other: { command: '/bin/false', enabled: false } } }));
  await run(process.execPath, [MAIN, 'codex', 'migrate', '--from', servers, '--no-permissions'], { env: w.env });
  expect(await readFile(w.home.join('codex', 'config.toml'), 'utf8')).toContain('[mcp_servers.spool]');
  await using host = await startToolHost(w);

  const prompt = '[[mcp:spool.towns]] [[text:sunny]]';
  const exec = run(codexBinary(), ['exec', '--skip-git-repo-check', '-C', w.work, prompt], { env: w.env });
  exec.child.stdin?.end();
  const { stdout } = await exec;
  expect(stdout).toContain('sunny');
  const told = (): string => JSON.stringify(w.model.requests.at(-1)?.body.input.at(-1));
  expect(told()).toContain('Ulm, Bonn and Kiel');

  const { id } = await host.client.sessions.open({ cwd: w.work });
  const { turn } = await host.client.turns.request(id, { input: prompt });
  await host.client.wait(id, turn.id);
  expect(told()).toContain('unsupported call');
});
