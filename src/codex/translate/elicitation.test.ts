import { describe, expect, test } from 'vitest';
import { asked, question } from '../../../test/support/codex-questions.js';

const ELICITATION = 'mcpServer/elicitation/request';
const TOOL = 0;
const FORM = 1;
const PAGE = 2;

describe.each(['0.138.0', '0.169.0'])('the MCP servers of Codex %s', (version) => {
  test('have their tools asked about by name, with what they are called with', () => {
    const { params } = question(version, ELICITATION, TOOL);
    const { ask } = asked(ELICITATION, params, {
      mcpCall: (server, tool, args) => (server === 'fk' && tool === 'danger' ? JSON.stringify(args) : undefined),
    });
    expect(ask).toEqual({
      kind: 'elicitation',
      title: 'Run tool danger of MCP server fk?',
      item: '{}',
      reason: 'destructive',
      server: 'fk',
      tool: 'danger',
      arguments: {},
      amendments: [
        {
          id: 'tool',
          kind: 'tool',
          title:
            'From now on run tool danger of MCP server fk without asking, in every session of this CODEX_HOME (written to its config.toml)',
          server: 'fk',
          tool: 'danger',
          action: 'allow',
          permanent: true,
        },
      ],
      effect: "The tool runs in the MCP server's own process, which is outside of the sandbox.",
      decisions: ['accept', 'acceptForSession', 'decline', 'cancel'],
    });
  });

  test('are told whether a tool may run, and for how long', () => {
    const { reply } = asked(ELICITATION, question(version, ELICITATION, TOOL).params);
    const yes = { action: 'accept', content: null };
    expect(reply({ decision: 'accept' })).toEqual({ ...yes, _meta: null });
    expect(reply({ decision: 'acceptForSession' })).toEqual({ ...yes, _meta: { persist: 'session' } });
    expect(reply({ decision: 'accept', amendment: 'tool' })).toEqual({ ...yes, _meta: { persist: 'always' } });
    expect(reply({ decision: 'decline', amendment: 'tool' })).toEqual({ action: 'decline', content: null, _meta: null });
  });

  test('get what the person wrote into their form', () => {
    const { params } = question(version, ELICITATION, FORM);
    const { ask, reply } = asked(ELICITATION, params);
    expect(ask).toEqual({
      kind: 'elicitation',
      title: 'Your name?',
      reason: 'asked by the MCP server fk',
      server: 'fk',
      schema: params['requestedSchema'],
      decisions: ['accept', 'decline', 'cancel'],
    });
    expect(reply({ decision: 'accept', value: { name: 'Bob' } })).toEqual({ action: 'accept', content: { name: 'Bob' }, _meta: null });
    expect(reply({ decision: 'accept' })).toEqual({ action: 'accept', content: {}, _meta: null });
    expect(reply({ decision: 'cancel', value: { name: 'Bob' } })).toEqual({ action: 'cancel', content: null, _meta: null });
  });
});

describe('an MCP server', () => {
  test('may ask to have a page opened, and gets nothing but the yes', () => {
    const { ask, reply } = asked(ELICITATION, question('0.169.0', ELICITATION, PAGE).params);
    expect(ask).toMatchObject({ title: 'Please sign in.', url: 'https://example.com/sign-in', server: 'notes' });
    expect(ask.schema).toBeUndefined();
    expect(reply({ decision: 'accept', value: 'x' })).toEqual({ action: 'accept', content: null, _meta: null });
  });

  test('whose tool is allowed once only is not trusted for longer, whatever the answer', () => {
    const { params } = question('0.169.0', ELICITATION, TOOL);
    const { ask, reply } = asked(ELICITATION, { ...params, _meta: { codex_approval_kind: 'mcp_tool_call', tool_name: 'danger' } });
    expect(ask.decisions).toEqual(['accept', 'decline', 'cancel']);
    expect(ask.amendments).toBeUndefined();
    expect(reply({ decision: 'acceptForSession' })).toMatchObject({ _meta: null });
    expect(reply({ decision: 'accept', amendment: 'tool' })).toMatchObject({ _meta: null });
  });

  test('that asks outside of any turn is asked about by its thread', () => {
    const { params } = question('0.169.0', ELICITATION, FORM);
    const { turn, ref } = asked(ELICITATION, { ...params, turnId: null });
    expect(turn).toBeNull();
    expect(ref).toBe(`${String(params['threadId'])}/fk#0`);
  });
});
