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

test('a turn that goes on although it was told to stop is told again, until it has ended', async () => {
  const link = new AgreeingLink();
  const nothing = (): void => undefined;
  let pass: () => void = nothing;
  let pauses = 0;
  const pause = (): Promise<void> =>
    new Promise((resolve) => {
      pauses += 1;
      pass = resolve;
    });
  const thread = new CodexThread({
    ...{ link, id: 'thread', opened: 'started', defaults: undefined, leave: nothing, debug: nothing },
    ...{ now: () => 0, pause },
  });
  const say = (method: string, params: object): void =>
    thread.receive({ kind: 'notification', method, params: { threadId: 'thread', ...params } });
  const interrupts = (): number => link.asked.filter((method) => method === 'turn/interrupt').length;
  const paused = async (times: number): Promise<void> => {
    while (pauses < times) await Promise.resolve();
  };
  thread.settle(undefined, false);
  const input = [{ type: 'text' as const, text: 'hi' }];
  await thread.startTurn({ turn: 'trn_1', input, model: undefined, effort: undefined, outputSchema: undefined });
  say('item/agentMessage/delta', { turnId: 'u1', itemId: 'm', delta: 'x' });
  await thread.interrupt('trn_1');
  expect(interrupts()).toBe(1);
  await paused(1);
  pass();
  await paused(2);
  expect(interrupts()).toBe(2);
  say('turn/completed', { turn: { id: 'u1', status: 'interrupted', items: [], error: null } });
  pass();
  for (let n = 0; n < 10; n += 1) await Promise.resolve();
  expect(interrupts()).toBe(2);
});
