import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import type { AgentInfo } from '../../contract/host.js';
import { silentLogger } from '../../ports/logger.js';
import { HostTools } from './host-tools.js';
import type { HostTool, ToolCall } from './tool.js';

const ANY = { type: 'object' } as const;
const agent = (alias: string): AgentInfo => ({ alias, runtime: 'mock', codexHome: '/nowhere', online: true });
const tool = (more: Partial<HostTool> = {}): HostTool => ({
  name: 'lookup',
  description: 'looks something up',
  inputSchema: ANY,
  handler: () => 'found',
  ...more,
});
const CALL: ToolCall = {
  tool: 'lookup',
  agent: 'default',
  session: undefined,
  turn: undefined,
  signal: new AbortController().signal,
  progress: () => undefined,
};

const made = (): HostTools => new HostTools(silentLogger);
const names = (tools: HostTools, alias?: string): string[] =>
  tools.tools(alias === undefined ? undefined : agent(alias)).map(({ info }) => info.name);

describe('what a program offers', () => {
  test('is seen by all agents, or by those that are named, or by those that fit', () => {
    const tools = made();
    tools.offer(tool({ name: 'all' }));
    tools.offer(tool({ name: 'named', agents: ['a', 'b'] }));
    tools.offer(tool({ name: 'fitting', agents: ({ alias }) => alias.startsWith('c') }));
    expect(names(tools, 'a')).toEqual(['all', 'named']);
    expect(names(tools, 'c')).toEqual(['all', 'fitting']);
    expect(names(tools)).toEqual(['all', 'named', 'fitting']);
  });

  test('is seen by nobody of whom it cannot be told', () => {
    const tools = made();
    tools.offer(
      tool({
        agents: () => {
          throw new Error('no list');
        },
      }),
    );
    expect(names(tools, 'a')).toEqual([]);
  });

  test('is there until it is withdrawn, and whoever listens hears of both', () => {
    const tools = made();
    const heard: string[][] = [];
    using _listening = tools.onChange(() => heard.push(names(tools)));
    const offered = tools.offer(tool());
    offered[Symbol.dispose]();
    offered[Symbol.dispose]();
    expect(heard).toEqual([['lookup'], []]);
  });

  test('has a name of its own among the tools of every agent', () => {
    const tools = made();
    tools.offer(tool({ agents: ['a'] }));
    tools.offer(tool({ agents: ['b'] }));
    expect(names(tools, 'b')).toEqual(['lookup']);
    for (const agents of [undefined, ['c', 'b'], () => false]) {
      expect(() => tools.offer(tool({ agents }))).toThrow(expect.objectContaining({ code: 'conflict' }));
    }
  });

  test.each([
    ['a name', { name: 'read_file' }, /cannot be called read_file/],
    ['a description', { description: '' }, /description/],
    ['a handler', { handler: undefined as unknown as HostTool['handler'] }, /handler: found nothing, wanted a function/],
    ['a time', { timeoutMs: 0 }, /timeoutMs/],
    ['an alias', { agents: ['No Alias'] }, /agents/],
    ['a schema', { inputSchema: 'text' as unknown as HostTool['inputSchema'] }, /inputSchema: found "text", wanted a schema/],
  ])('is refused where %s cannot be, and is not there then', (_, more, why) => {
    const tools = made();
    expect(() => tools.offer(tool(more))).toThrow(expect.objectContaining({ code: 'invalid-input', message: expect.stringMatching(why) }));
    expect(names(tools)).toEqual([]);
  });
});

describe('a call', () => {
  const call = async (offered: HostTool, args: unknown) => {
    const tools = made();
    tools.offer(offered);
    return await tools.tools(undefined)[0]?.call(args, CALL);
  };

  test('reaches the handler with checked arguments, and with who calls', async () => {
    const tools = made();
    const heard: unknown[] = [];
    tools.offer({
      ...tool(),
      inputSchema: z.object({ n: z.number().default(3) }),
      handler: ({ n }, { agent: by }) => {
        heard.push(n, by);
        return { twice: n * 2 };
      },
    });
    expect(await tools.tools(undefined)[0]?.call({}, CALL)).toMatchObject({ structured: { twice: 6 }, isError: false });
    expect(heard).toEqual([3, 'default']);
  });

  test('with wrong arguments does not reach it, and the model reads what is wrong', async () => {
    const called: unknown[] = [];
    const schema = { type: 'object', properties: { a: { type: 'string' }, b: { type: 'number' } }, required: ['a', 'b'] };
    const result = await call(tool({ inputSchema: schema, handler: (args) => void called.push(args) }), { a: 1 });
    expect(result).toEqual({
      content: [
        {
          type: 'text',
          text: 'the tool lookup was not called, because its arguments are wrong:\na: found 1, wanted a string\nb: found nothing, wanted a number',
        },
      ],
      isError: true,
    });
    expect(called).toEqual([]);
  });

  test('that throws is a result, whether at once or later', async () => {
    const broken = new Error('the line is dead');
    const thrower = (): never => {
      throw broken;
    };
    for (const handler of [thrower, () => Promise.reject(broken)]) {
      expect(await call(tool({ handler }), {})).toEqual({ content: [{ type: 'text', text: 'the line is dead' }], isError: true });
    }
  });
});
