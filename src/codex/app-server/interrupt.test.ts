import { expect, test } from 'vitest';
import type { ClientMethod, Link } from './link.js';
import { CodexThread } from './thread.js';

/** Answers at once, and keeps what it was asked. */
class AgreeingLink implements Link {
  readonly version = '0.169.0';
  readonly born = 0;
  readonly home = '/nowhere';
  readonly asked: ClientMethod[] = [];
  readonly request: Link['request'] = (method, _params, onResult) => {
    this.asked.push(method);
    const result = { turn: { id: 'u1' } } as Parameters<NonNullable<typeof onResult>>[0];
    onResult?.(result);
    return Promise.resolve(result);
  };
}

test('a turn that goes on speaking although it was told to stop is told again', async () => {
  let now = 0;
  const link = new AgreeingLink();
  const nothing = (): void => undefined;
  const thread = new CodexThread({
    ...{ link, id: 'thread', opened: 'started', defaults: undefined, leave: nothing, debug: nothing },
    now: () => now,
  });
  const say = (method: string, params: object): Promise<void> => {
    thread.receive({ kind: 'notification', method, params: { threadId: 'thread', ...params } });
    return Promise.resolve();
  };
  const speak = (): Promise<void> => say('item/agentMessage/delta', { turnId: 'u1', itemId: 'm', delta: 'x' });
  const interrupts = (): number => link.asked.filter((method) => method === 'turn/interrupt').length;
  thread.settle(undefined, false);
  const input = [{ type: 'text' as const, text: 'hi' }];
  await thread.startTurn({ turn: 'trn_1', input, model: undefined, effort: undefined, outputSchema: undefined });
  await speak();
  await thread.interrupt('trn_1');
  for (let n = 0; n < 5; n += 1) await speak();
  expect(interrupts()).toBe(1);
  now = 2_000;
  for (let n = 0; n < 5; n += 1) await speak();
  expect(interrupts()).toBe(2);
  await say('turn/completed', { turn: { id: 'u1', status: 'interrupted', items: [], error: null } });
  now = 9_000;
  for (let n = 0; n < 5; n += 1) await speak();
  expect(interrupts()).toBe(2);
});
