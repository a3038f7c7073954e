/** How a conversation was come by, and what a session tells of it. */

import { expect, test } from 'vitest';
import { Given } from './given.js';

const NOWHERE = { version: '1', gap: false } as const;

function before(): Given {
  const given = Given.session().fact({ type: 'thread.opened', threadId: 'old', opened: 'started', ...NOWHERE });
  const usage = { inputTokens: 100, cachedInputTokens: 0, outputTokens: 20, reasoningTokens: 0, totalTokens: 120 };
  return given
    .running('trn_1')
    .fact(
      { type: 'usage', turn: 'trn_1', total: usage, last: usage, contextWindow: null },
      { type: 'turn.completed', turn: 'trn_1', usage },
    );
}

test('a conversation that was lost is replaced by one that knows nothing, and that is said', () => {
  const given = before().fact({ type: 'thread.opened', threadId: 'new', opened: 'replaced', ...NOWHERE });
  expect(given.events.slice(-2)).toMatchObject([
    { type: 'session.resumed', data: { threadId: 'new', fresh: true, previousThreadId: 'old' } },
    { type: 'warning.raised', data: { message: expect.stringContaining('does not remember') } },
  ]);
  expect(given.state).toMatchObject({ threadId: 'new', hadTurns: false });
});

test('a copy of a conversation that is open elsewhere remembers and counts on, and that is said', () => {
  const given = before().fact({ type: 'thread.opened', threadId: 'copy', opened: 'forked', ...NOWHERE });
  expect(given.events.slice(-2)).toMatchObject([
    { type: 'session.resumed', data: { threadId: 'copy', fresh: false, previousThreadId: 'old' } },
    { type: 'warning.raised', data: { message: expect.stringMatching(/in a copy, which remembers/) } },
  ]);
  expect(given.state).toMatchObject({ threadId: 'copy', hadTurns: true, usageBefore: before().state.usageBefore });
});

test('a conversation that is resumed as itself is no reason for a warning', () => {
  const given = before().fact({ type: 'thread.opened', threadId: 'old', opened: 'resumed', ...NOWHERE });
  expect(given.events.at(-1)).toMatchObject({ type: 'session.resumed', data: { threadId: 'old', fresh: false } });
  expect(given.state).toMatchObject({ threadId: 'old', hadTurns: true });
});
