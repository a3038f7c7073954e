import { describe, expect, test } from 'vitest';

import { callIdOf, type InputItem, readRequest } from './request.js';
import { callItem } from './tools.js';

function said(role: string, text: string): InputItem {
  return { type: 'message', role, content: [{ type: 'input_text', text }] };
}

function output(callId: string): InputItem {
  return { type: 'function_call_output', call_id: callId, output: `out of ${callId}` };
}

function requestWith(input: readonly object[]): ReturnType<typeof readRequest> {
  return readRequest(JSON.stringify({ model: 'm', input }), { 'thread-id': 't' });
}

describe('Reading a request', () => {
  test('the prompt is the newest thing the user said, not what Codex says in the name of the user', () => {
    const request = requestWith([
      said('developer', 'rules'),
      said('user', 'old'),
      said('assistant', 'answer'),
      said('user', 'new'),
      said('user', '<environment_context>\n  <cwd>/w</cwd>\n</environment_context>'),
      said('user', '# AGENTS.md instructions for /w\n\nbe kind'),
      said('user', '<turn_aborted>\nby you\n</turn_aborted>'),
    ]);
    expect(request).toMatchObject({ prompt: 'new', step: 0, threadId: 't' });
  });

  test('a prompt that only begins with a tag is still a prompt', () => {
    expect(requestWith([said('user', '<b>bold</b> words')])?.prompt).toBe('<b>bold</b> words');
  });

  test('a message that leaves out its type is a message', () => {
    expect(requestWith([{ role: 'user', content: [{ type: 'input_text', text: 'hello' }] }])?.prompt).toBe('hello');
  });

  test('calls of one reply count as one step, and those before the prompt do not count', () => {
    const request = requestWith([
      output(callIdOf('r_1', 0)),
      said('user', 'go'),
      output(callIdOf('r_2', 0)),
      output(callIdOf('r_2', 1)),
      output(callIdOf('r_3', 0)),
    ]);
    expect(request?.step).toBe(2);
    expect(request?.outputs.map((one) => one.text)).toEqual(['out of call_r_2_0', 'out of call_r_2_1', 'out of call_r_3_0']);
  });

  test('what is no request is told apart', () => {
    expect(readRequest('{"input":[]}', {})).toBeUndefined();
    expect(readRequest('[]', {})).toBeUndefined();
  });
});

describe('The tool a call goes through', () => {
  const shell = { type: 'shell', command: 'ls', workdir: '/w' } as const;
  const body = (...tools: readonly InputItem[]): Parameters<typeof callItem>[1] => ({ model: 'm', input: [], tools });

  test.each([
    ['exec_command', { cmd: 'ls', workdir: '/w' }],
    ['shell_command', { command: 'ls', workdir: '/w' }],
    ['shell', { command: ['bash', '-lc', 'ls'], workdir: '/w' }],
  ])('a command goes through %s when that is there', (name, args) => {
    const item = callItem(shell, body({ type: 'function', name }), 'r', 0);
    expect(item).toMatchObject({ type: 'function_call', name, call_id: 'call_r_0' });
    expect(JSON.parse(String(item['arguments']))).toEqual(args);
  });

  test('a command goes through local_shell when that is there', () => {
    expect(callItem(shell, body({ type: 'local_shell' }), 'r', 0)).toMatchObject({
      type: 'local_shell_call',
      action: { command: ['bash', '-lc', 'ls'], working_directory: '/w' },
    });
  });

  test('a patch goes through the freeform tool, else through the shell', () => {
    const patch = { type: 'patch', patch: '*** Begin Patch' } as const;
    expect(callItem(patch, body({ type: 'custom', name: 'apply_patch' }), 'r', 0)).toMatchObject({
      type: 'custom_tool_call',
      input: '*** Begin Patch',
    });
    expect(callItem(patch, body({ type: 'function', name: 'exec_command' }), 'r', 0)).toMatchObject({ name: 'exec_command' });
  });

  test('a tool of an MCP server is called by the name that its version of Codex gives the server', () => {
    const call = { type: 'mcp', server: 'files', tool: 'read', args: {} } as const;
    expect(callItem(call, body(), 'r', 0)).toMatchObject({ name: 'read', namespace: 'mcp__files' });
    expect(callItem(call, body({ type: 'namespace', name: 'mcp__files__' }), 'r', 0)).toMatchObject({ namespace: 'mcp__files__' });
  });

  test('in code mode everything is JavaScript', () => {
    const tools = [{ type: 'namespace', name: 'functions', tools: [{ type: 'custom', name: 'exec' }] }];
    const item = callItem(shell, { model: 'm', tools: [], input: [{ type: 'additional_tools', tools }] }, 'r', 0);
    expect(item).toMatchObject({ type: 'custom_tool_call', name: 'exec' });
    expect(item['input']).toContain('tools.exec_command({"cmd":"ls","workdir":"/w"})');
  });

  test('any tool is called by its name, in code mode from the code unless it is advertised beside it', () => {
    const call = { type: 'tool', name: 'look-up', args: { q: 'x' } } as const;
    expect(callItem(call, body(), 'r', 0)).toMatchObject({ type: 'function_call', name: 'look-up', arguments: '{"q":"x"}' });
    const exec = { type: 'custom', name: 'exec' };
    expect(callItem(call, body(exec), 'r', 0)['input']).toContain('tools.look_up({"q":"x"})');
    expect(callItem(call, body(exec, { type: 'function', name: 'look-up' }), 'r', 0)).toMatchObject({ name: 'look-up' });
  });
});
