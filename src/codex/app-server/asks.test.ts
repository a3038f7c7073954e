import { describe, expect, test } from 'vitest';
import { question } from '../../../test/support/codex-questions.js';
import { Asks } from './asks.js';
import type { Frame } from './link.js';

type Request = Extract<Frame, { kind: 'request' }>;

const TOOL = { name: 'host_lookup', description: 'looks up', inputSchema: { type: 'object' } };
const CALL = question('0.169.0', 'item/tool/call');
const COMMAND = question('0.169.0', 'item/commandExecution/requestApproval');
const ELICITATION = question('0.169.0', 'mcpServer/elicitation/request');

/** A request of Codex, and what it was answered. */
function request({ method, params }: { method: string; params: unknown }, id = 0): { frame: Request; replies: unknown[] } {
  const replies: unknown[] = [];
  const incoming = { id, method, params, result: (value: unknown) => replies.push(value), error: (error: unknown) => replies.push(error) };
  return { frame: { kind: 'request', method, params, request: incoming }, replies };
}

const ours = (): string => 'trn_1';

describe('the questions of a thread', () => {
  test('are answered once', () => {
    const asks = new Asks(() => 0);
    const { frame, replies } = request(COMMAND);
    const [fact] = asks.take(frame, ours);
    if (fact?.type !== 'ask') throw new Error('not asked');
    asks.answer(fact.ref, { decision: 'decline' });
    asks.answer(fact.ref, { decision: 'accept' });
    expect(replies).toEqual([{ decision: 'decline' }]);
  });

  test('are closed when somebody else has answered, and our answer is kept back then', () => {
    const asks = new Asks(() => 0);
    const { frame, replies } = request(COMMAND, 7);
    const [fact] = asks.take(frame, ours);
    if (fact?.type !== 'ask') throw new Error('not asked');
    expect(asks.resolved(7)).toEqual([{ type: 'ask.closed', ref: fact.ref }]);
    asks.answer(fact.ref, { decision: 'accept' });
    expect(replies).toEqual([]);
    expect(asks.resolved(7)).toEqual([]);
  });

  test('of a turn that is not ours are left to whoever is asked too', () => {
    const { frame, replies } = request(COMMAND);
    expect(new Asks(() => 0).take(frame, () => undefined)).toEqual([]);
    expect(replies).toEqual([]);
  });
});

describe('a call of a tool', () => {
  test('that the session was opened with is asked; of any other it is said at once that it is not there', () => {
    const mine = request(CALL);
    expect(new Asks(() => 0, [TOOL]).take(mine.frame, ours)).toMatchObject([{ type: 'ask', turn: 'trn_1', ask: { kind: 'dynamicTool' } }]);
    expect(mine.replies).toEqual([]);
    const other = request(CALL);
    expect(new Asks(() => 0, [{ ...TOOL, name: 'another' }]).take(other.frame, ours)).toEqual([]);
    expect(other.replies).toMatchObject([{ success: false }]);
  });

  test('of an MCP server is found by its arguments, while it runs and while there is only one like it', () => {
    const asks = new Asks(() => 0);
    const item = (id: string, args: object) =>
      ({ type: 'mcpToolCall', id, server: 'fk', tool: 'danger', arguments: args }) as unknown as Parameters<Asks['item']>[0];
    const askedAbout = (): unknown => {
      const [fact] = asks.take(request(ELICITATION).frame, ours);
      return fact?.type === 'ask' ? fact.ask.item : 'not asked';
    };
    expect(askedAbout()).toBeUndefined();
    asks.item(item('call_1', {}), false);
    asks.item(item('call_2', { other: true }), false);
    expect(askedAbout()).toBe('call_1');
    asks.item(item('call_3', {}), false);
    expect(askedAbout()).toBeUndefined();
    asks.item(item('call_1', {}), true);
    expect(askedAbout()).toBe('call_3');
  });
});
