/** The host as an MCP server, asked by the client of the protocol's own makers, in the old revision and the new one. */

import { Client, StreamableHTTPClientTransport, type VersionNegotiationMode } from '@modelcontextprotocol/client';
import { describe, expect, test } from 'vitest';
import { Stack } from '../../src/base/stack.js';
import type { AgentInfo } from '../../src/contract/host.js';
import { type AgentHandler, agentToken, startAgentListener } from '../../src/doors/agent-listener.js';
import { mcpDoor, mcpForAgents } from '../../src/doors/mcp/mcp.js';
import type { Host } from '../../src/host/face.js';
import { HostTools } from '../../src/host/tools/host-tools.js';
import type { HostTool, ToolCall } from '../../src/host/tools/tool.js';
import { silentLogger } from '../../src/ports/logger.js';
import { fixedAgents, MOCK, OWNER } from '../host/rig.js';
import { type House, house, TOKEN } from './house.js';

const A: AgentInfo = { ...MOCK, alias: 'a' };

const LOOKUP: HostTool = {
  name: 'lookup',
  description: 'looks something up',
  inputSchema: { type: 'object', properties: { q: { type: 'string' } }, required: ['q'] },
  annotations: { readOnlyHint: true },
  handler: (args) => `found ${JSON.stringify(args)}`,
};

interface Stage extends AsyncDisposable {
  readonly house: House;
  readonly tools: HostTools;
}

async function stage(offered: readonly HostTool[] = [LOOKUP]): Promise<Stage> {
  const tools = new HostTools(silentLogger);
  for (const one of offered) tools.offer(one);
  const agents = fixedAgents({ get: (alias) => [MOCK, A].find((one) => one.alias === alias), list: () => [MOCK, A] });
  const built = await house({ doors: [mcpDoor], rig: { tools: [tools], agents } });
  return { house: built, tools, [Symbol.asyncDispose]: () => built[Symbol.asyncDispose]() };
}

interface Connected extends AsyncDisposable {
  readonly client: Client;
}

interface Connecting {
  readonly mode?: VersionNegotiationMode;
  readonly headers?: Record<string, string>;
  readonly onTools?: () => void;
}

async function connectTo(url: string, { mode = 'legacy', headers = {}, onTools }: Connecting = {}): Promise<Connected> {
  const client = new Client(
    { name: 'test', version: '1.0.0' },
    {
      versionNegotiation: { mode },
      ...(onTools === undefined ? {} : { listChanged: { tools: { autoRefresh: false, debounceMs: 0, onChanged: onTools } } }),
    },
  );
  await client.connect(new StreamableHTTPClientTransport(new URL(url), { requestInit: { headers } }));
  return { client, [Symbol.asyncDispose]: () => client.close() };
}

const AS_OWNER = { authorization: `Bearer ${TOKEN}` };
const urlOf = ({ house: { server } }: Stage): string => `${server.url}/mcp`;

describe.each<[string, VersionNegotiationMode]>([
  ['2025', 'legacy'],
  ['2026', { pin: '2026-07-28' }],
])('a client of %s', (_, mode) => {
  test('finds the tools as they were offered', async () => {
    await using s = await stage();
    await using c = await connectTo(urlOf(s), { mode, headers: AS_OWNER });
    const { tools } = await c.client.listTools();
    expect(tools).toEqual([
      {
        name: 'lookup',
        description: 'looks something up',
        inputSchema: { type: 'object', properties: { q: { type: 'string' } }, required: ['q'] },
        annotations: { readOnlyHint: true },
      },
    ]);
    expect(c.client.getServerVersion()).toMatchObject({ name: 'spool' });
  });

  test('gets the answer of a call, what is wrong with its arguments, and what went wrong in the tool', async () => {
    const broken: HostTool = {
      ...LOOKUP,
      name: 'broken',
      inputSchema: { type: 'object' },
      handler: () => Promise.reject(new Error('no line')),
    };
    const counts: HostTool = {
      ...broken,
      name: 'counts',
      outputSchema: { type: 'object', properties: { count: { type: 'integer' } }, required: ['count'] },
      handler: () => ({ count: 2 }),
    };
    await using s = await stage([LOOKUP, broken, counts]);
    await using c = await connectTo(urlOf(s), { mode, headers: AS_OWNER });
    expect(await c.client.callTool({ name: 'lookup', arguments: { q: 'x' } })).toMatchObject({
      content: [{ type: 'text', text: 'found {"q":"x"}' }],
    });
    expect(await c.client.callTool({ name: 'lookup', arguments: { q: 1 } })).toMatchObject({
      content: [{ text: expect.stringContaining('q: found 1, wanted a string') }],
      isError: true,
    });
    expect(await c.client.callTool({ name: 'broken' })).toMatchObject({ content: [{ text: 'no line' }], isError: true });
    expect(await c.client.callTool({ name: 'counts' })).toMatchObject({ structuredContent: { count: 2 } });
    await expect(c.client.callTool({ name: 'nothing' })).rejects.toMatchObject({
      code: -32602,
      message: expect.stringContaining('there is no tool nothing (there are: lookup, broken, counts)'),
    });
  });

  test('that cancels a call is heard by the tool, and hears meanwhile how far it is', async () => {
    let heard: (call: ToolCall) => void = () => undefined;
    const called = new Promise<ToolCall>((resolve) => {
      heard = resolve;
    });
    await using s = await stage([{ ...LOOKUP, handler: (_args, call) => new Promise<never>(() => heard(call)) }]);
    await using c = await connectTo(urlOf(s), { mode, headers: AS_OWNER });
    const leave = new AbortController();
    let onTold: (message: string | undefined) => void = () => undefined;
    const told = new Promise<string | undefined>((resolve) => {
      onTold = resolve;
    });
    const result = c.client.callTool(
      { name: 'lookup', arguments: { q: 'x' } },
      { signal: leave.signal, onprogress: ({ message }) => onTold(message) },
    );
    const rejected = expect(result).rejects.toThrow();
    const { signal, progress } = await called;
    progress('half of it');
    expect(await told).toBe('half of it');
    const aborted = new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
    leave.abort();
    await rejected;
    await aborted;
  });
});

test('a client of 2026 hears when a tool is offered and when it is withdrawn', async () => {
  await using s = await stage();
  let changes = 0;
  let seen: () => void = () => undefined;
  const change = (): Promise<void> =>
    new Promise((resolve) => {
      seen = resolve;
    });
  const onTools = (): void => {
    changes += 1;
    seen();
  };
  await using c = await connectTo(urlOf(s), { mode: { pin: '2026-07-28' }, headers: AS_OWNER, onTools });
  const first = change();
  const offered = s.tools.offer({ ...LOOKUP, name: 'second' });
  await first;
  expect((await c.client.listTools()).tools.map(({ name }) => name)).toEqual(['lookup', 'second']);
  const second = change();
  offered[Symbol.dispose]();
  await second;
  expect(changes).toBe(2);
});

test('the owner names the agent whose tools are meant; a token is needed, and one that may do more than look', async () => {
  await using s = await stage([LOOKUP, { ...LOOKUP, name: 'of_a', agents: ['a'] }]);
  const names = async (url: string, headers: Record<string, string>): Promise<string[]> => {
    await using c = await connectTo(url, { headers: { ...AS_OWNER, ...headers } });
    return (await c.client.listTools()).tools.map(({ name }) => name);
  };
  expect(await names(urlOf(s), {})).toEqual(['lookup', 'of_a']);
  expect(await names(urlOf(s), { 'spool-agent': 'default' })).toEqual(['lookup']);
  expect(await names(`${urlOf(s)}?agent=a`, {})).toEqual(['lookup', 'of_a']);
  await expect(names(urlOf(s), { 'spool-agent': 'nobody' })).rejects.toThrow('there is no agent nobody');
  const answer = await s.house.ask('/mcp', { method: 'POST', token: null, body: {} });
  expect(answer.status).toBe(401);
  await using viewed = await house({
    doors: [mcpDoor],
    principals: (token) => (token === 'v' ? { name: 'v', role: 'viewer' } : null),
  });
  expect((await viewed.ask('/mcp', { method: 'POST', token: 'v', body: {} })).status).toBe(403);
});

test('there is nothing to listen to at /mcp with GET, and nothing below it', async () => {
  await using s = await stage();
  expect((await s.house.ask('/mcp')).status).toBe(405);
  expect((await s.house.ask('/mcp/more', { method: 'POST', body: {} })).status).toBe(404);
  expect((await s.house.ask('/mcp', { method: 'POST', body: { text: 'x'.repeat(1024 * 1024) } })).status).toBe(413);
});

describe('the processes of agents', () => {
  const SECRET = 'a-secret-of-the-test';

  /** A listener for agents over the same host. */
  async function listener(host: Host, port = 0): Promise<AsyncDisposable & { readonly url: string; readonly port: number }> {
    const stack = new Stack();
    const mcp = stack.use(mcpForAgents(host, silentLogger));
    const mounts = new Map<string, AgentHandler>([['/mcp', mcp.handle]]);
    const { url, port: taken } = stack.use(await startAgentListener({ secret: SECRET, port, mounts }));
    return { url: `${url}/mcp`, port: taken, [Symbol.asyncDispose]: () => stack[Symbol.asyncDispose]() };
  }
  const as = (alias: string): Record<string, string> => ({ authorization: `Bearer ${agentToken(SECRET, alias)}` });

  test('each see the tools of their agent, whatever they name, and are told in which session they are', async () => {
    const heard: unknown[] = [];
    const handler: HostTool['handler'] = (_args, { agent, session }) => void heard.push({ agent, session });
    await using s = await stage([LOOKUP, { ...LOOKUP, name: 'of_a', agents: ['a'], inputSchema: { type: 'object' }, handler }]);
    await using agents = await listener(s.house.host);
    const { id } = await s.house.host.openSession({ agent: 'a' }, OWNER);
    await using one = await connectTo(agents.url, { headers: { ...as('a'), 'spool-session': id } });
    expect((await one.client.listTools()).tools.map(({ name }) => name)).toEqual(['lookup', 'of_a']);
    await one.client.callTool({ name: 'of_a' });
    expect(heard).toEqual([{ agent: 'a', session: id }]);

    await using other = await connectTo(agents.url, { headers: { ...as('default'), 'spool-agent': 'a', 'spool-session': id } });
    expect((await other.client.listTools()).tools.map(({ name }) => name)).toEqual(['lookup']);
    await expect(other.client.callTool({ name: 'of_a' })).rejects.toThrow('there is no tool of_a');
    await expect(connectTo(agents.url, { headers: { authorization: 'Bearer spool_a_wrong' } })).rejects.toThrow();
    await expect(connectTo(agents.url, { headers: as('gone') }).then((c) => c.client.listTools())).rejects.toThrow(
      'there is no agent gone',
    );
  });

  test('go on with the next host without saying hello again', async () => {
    await using s = await stage();
    const before = await listener(s.house.host);
    await using c = await connectTo(before.url, { headers: { ...as('a'), connection: 'close' } });
    expect(await c.client.callTool({ name: 'lookup', arguments: { q: 'one' } })).toMatchObject({
      content: [{ text: 'found {"q":"one"}' }],
    });
    await before[Symbol.asyncDispose]();
    await using next = await stage();
    await using _after = await listener(next.house.host, before.port);
    expect(await c.client.callTool({ name: 'lookup', arguments: { q: 'two' } })).toMatchObject({
      content: [{ text: 'found {"q":"two"}' }],
    });
  });
});
