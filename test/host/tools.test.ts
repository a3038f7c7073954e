/** Tools of a program, asked for through the host: who may see and call which, and what becomes of calls that do not end. */

import { expect, test } from 'vitest';
import type { AgentInfo } from '../../src/contract/host.js';
import type { CallTool, Principal } from '../../src/host/face.js';
import { HostTools } from '../../src/host/tools/host-tools.js';
import type { HostTool, ToolCall } from '../../src/host/tools/tool.js';
import { memoryLog } from '../../src/log/memory/memory-log.js';
import { silentLogger } from '../../src/ports/logger.js';
import { ManualClock } from '../../src/testing/index.js';
import { fixedAgents, MOCK, OWNER, type Rig, type RigOptions, rig } from './rig.js';

const A: AgentInfo = { ...MOCK, alias: 'a' };
const CHOOSY: AgentInfo = { ...MOCK, alias: 'choosy', hostTools: ['two'] };
const AGENTS = [MOCK, A, CHOOSY];

const by = (alias: string): Principal => ({ name: alias, role: 'agent' });
const never = new AbortController().signal;
const call = (tool: string, more: Partial<CallTool> = {}): CallTool => ({ tool, args: {}, signal: never, ...more });

function stage(offered: readonly Partial<HostTool>[], options: RigOptions = {}): Rig & { readonly tools: HostTools } {
  const tools = new HostTools(silentLogger);
  for (const one of offered) {
    tools.offer({ name: 'one', description: 'does something', inputSchema: { type: 'object' }, handler: () => 'done', ...one });
  }
  const agents = fixedAgents({ get: (alias) => AGENTS.find((agent) => agent.alias === alias), list: () => AGENTS });
  return Object.assign(rig({ agents, tools: [tools], ...options }), { tools });
}

/** A tool that does not end, and the calls of it that came. */
function endless(): { readonly tool: Partial<HostTool>; readonly called: Promise<ToolCall> } {
  let heard: (call: ToolCall) => void = () => undefined;
  const called = new Promise<ToolCall>((resolve) => {
    heard = resolve;
  });
  return { called, tool: { handler: (_args, coming) => new Promise<never>(() => heard(coming)) } };
}

test('an agent sees its own tools, the others all that there are', async () => {
  await using s = stage([{ name: 'one', agents: ['a'] }, { name: 'two' }, { name: 'three', agents: ['choosy'] }]);
  const names = (agent: string | undefined, who: Principal): string[] => s.host.listTools({ agent }, who).map(({ name }) => name);
  expect(names(undefined, OWNER)).toEqual(['one', 'two', 'three']);
  expect(names('a', OWNER)).toEqual(['one', 'two']);
  expect(names(undefined, by('a'))).toEqual(['one', 'two']);
  expect(names(undefined, by('default'))).toEqual(['two']);
  // Its configuration names those that it wants.
  expect(names(undefined, by('choosy'))).toEqual(['two']);
  expect(() => names('default', by('a'))).toThrow(expect.objectContaining({ code: 'forbidden' }));
  expect(() => names('nobody', OWNER)).toThrow(expect.objectContaining({ code: 'not-found' }));
});

test('what an agent does not see it cannot call', async () => {
  const calls: unknown[] = [];
  await using s = stage([{ name: 'one', agents: ['a'], handler: () => void calls.push('one') }, { name: 'two' }]);
  await expect(s.host.callTool(call('one'), by('default'))).rejects.toMatchObject({ code: 'not-found', hint: 'there are: two' });
  await expect(s.host.callTool(call('one', { agent: 'a' }), by('default'))).rejects.toMatchObject({ code: 'forbidden' });
  await expect(s.host.callTool(call('two'), { name: 'v', role: 'viewer' })).rejects.toMatchObject({ code: 'forbidden' });
  expect(calls).toEqual([]);
  expect(await s.host.callTool(call('one'), by('a'))).toMatchObject({ isError: false });
  expect(calls).toEqual(['one']);
});

test('a tool is told in which session and turn of the agent it is called, and nothing of the sessions of others', async () => {
  const heard: unknown[] = [];
  await using s = stage([{ handler: (_args, { agent, session, turn }) => void heard.push({ agent, session, turn }) }]);
  const { id } = await s.host.openSession({ agent: 'a' }, OWNER);
  const { turn } = await s.host.requestTurn(id, { input: 'go' }, OWNER);
  await s.host.callTool(call('one', { session: id }), by('a'));
  await s.host.callTool(call('one', { session: id }), by('default'));
  await s.host.callTool(call('one', { session: 'ses_unknown' }), by('a'));
  await s.host.callTool(call('one', { session: id }), OWNER);
  const nothing = { session: undefined, turn: undefined };
  expect(heard).toEqual([
    { agent: 'a', session: id, turn: turn.id },
    { agent: 'default', ...nothing },
    { agent: 'a', ...nothing },
    { agent: undefined, ...nothing },
  ]);
});

test('a tool is told that also in a host that was just started, which has not looked at the session yet', async () => {
  const log = memoryLog();
  let id: string;
  let turn: string;
  {
    await using s = stage([], { log });
    ({ id } = await s.host.openSession({ agent: 'a' }, OWNER));
    turn = (await s.host.requestTurn(id, { input: 'work' }, OWNER)).turn.id;
    await s.agent.called('startTurn');
  }
  const heard: unknown[] = [];
  await using s = stage([{ handler: (_args, { session, turn: running }) => void heard.push({ session, turn: running }) }], {
    log,
    script: { open: () => Promise.resolve({ unsettled: 'running' as const }) },
  });
  await s.host.callTool(call('one', { session: id }), by('a'));
  expect(heard).toEqual([{ session: id, turn }]);
});

test('a call that takes too long is an error for the model, and the tool is told to stop', async () => {
  const clock = new ManualClock();
  const { tool, called } = endless();
  await using s = stage([{ ...tool, timeoutMs: 2000 }], { clock });
  const result = s.host.callTool(call('one'), OWNER);
  const { signal } = await called;
  clock.advance(1999);
  expect(signal.aborted).toBe(false);
  clock.advance(1);
  expect(await result).toEqual({ content: [{ type: 'text', text: 'the tool one took longer than 2 s' }], isError: true });
  expect(signal.aborted).toBe(true);
});

test('a call that nobody waits for any more is told to stop, and so is one when the host stops', async () => {
  const first = endless();
  const second = endless();
  const s = stage([first.tool, { ...second.tool, name: 'two' }]);
  const leave = new AbortController();
  const left = s.host.callTool(call('one', { signal: leave.signal }), OWNER);
  const { signal: one } = await first.called;
  leave.abort();
  expect(await left).toMatchObject({ isError: true });
  expect(one.aborted).toBe(true);

  const running = s.host.callTool(call('two'), OWNER);
  const { signal: two } = await second.called;
  await s[Symbol.asyncDispose]();
  expect(two.aborted).toBe(true);
  expect(await running).toMatchObject({ content: [{ text: expect.stringContaining('the host is stopping') }], isError: true });
  await expect(s.host.callTool(call('one'), OWNER)).rejects.toMatchObject({ code: 'unavailable' });
});

test('a tool tells how far it is as long as somebody listens', async () => {
  const told: string[] = [];
  const { called, tool } = endless();
  await using s = stage([tool]);
  const leave = new AbortController();
  const result = s.host.callTool(call('one', { signal: leave.signal, progress: (message) => told.push(message) }), OWNER);
  const running = await called;
  running.progress('half');
  leave.abort();
  await result;
  running.progress('more');
  expect(told).toEqual(['half']);
});

test('an open conversation is opened anew before its next turn when its agent sees other tools, and only then', async () => {
  await using s = stage([]);
  const concerned = await s.host.openSession({ agent: 'a' }, OWNER);
  await s.agent.called('open', 1);
  const other = await s.host.openSession({ agent: 'default' }, OWNER);
  await s.agent.called('open', 2);
  using _offered = s.tools.offer({ name: 'late', description: 'late', inputSchema: { type: 'object' }, agents: ['a'], handler: () => 'x' });
  await s.host.requestTurn(other.id, { input: 'go' }, OWNER);
  await s.agent.called('startTurn', 1);
  expect(s.agent.calls.filter(({ call }) => call === 'open')).toHaveLength(2);

  await s.host.requestTurn(concerned.id, { input: 'go' }, OWNER);
  await s.agent.called('startTurn', 2);
  expect(s.agent.calls.map(({ call }) => call).slice(-3)).toEqual(['dispose', 'open', 'startTurn']);
  await s.event(concerned.id, 'turn.started');
});

test('a running turn goes on as it was opened when its agent sees other tools', async () => {
  await using s = stage([]);
  const { id } = await s.host.openSession({ agent: 'a' }, OWNER);
  const first = await s.host.requestTurn(id, { input: 'one' }, OWNER);
  await s.event(id, 'turn.started');
  const { thread } = s.agent;
  s.tools.offer({ name: 'late', description: 'late', inputSchema: { type: 'object' }, handler: () => 'x' });
  await s.host.requestTurn(id, { input: 'two', mode: 'queue' }, OWNER);
  expect(s.agent.calls.map(({ call }) => call)).not.toContain('dispose');
  thread.say({ type: 'turn.completed', turn: first.turn.id, usage: null });
  await s.agent.called('startTurn', 2);
  expect(s.agent.calls.map(({ call }) => call).slice(-3)).toEqual(['dispose', 'open', 'startTurn']);
});

test('a tool is told to stop when the turn that called it ends, also where the runtime does not take the call back', async () => {
  const { tool, called } = endless();
  await using s = stage([tool]);
  const { id } = await s.host.openSession({ agent: 'a' }, OWNER);
  const { turn } = await s.host.requestTurn(id, { input: 'go' }, OWNER);
  await s.event(id, 'turn.started');
  const result = s.host.callTool(call('one', { session: id }), by('a'));
  const { signal } = await called;
  s.agent.thread.say({ type: 'turn.interrupted', turn: turn.id });
  expect(await result).toEqual({ content: [{ type: 'text', text: 'the turn that called has ended' }], isError: true });
  expect(signal.aborted).toBe(true);
});
