import { expect, test } from 'vitest';
import { type ChainWish, MOST_DEEP, type Party, refusalOf } from './chain.js';

const party = (alias: string, more: Partial<Party> = {}): Party => ({ alias, takesPart: true, from: undefined, to: undefined, ...more });
const wish = (more: Partial<ChainWish>): ChainWish => ({
  chain: ['owner'],
  sender: undefined,
  target: party('b'),
  spent: { tasks: 0, tokens: 0 },
  budget: null,
  ...more,
});

test('a person may send a task to whom they like', () => {
  expect(refusalOf(wish({}))).toBeUndefined();
  expect(refusalOf(wish({ target: party('b', { takesPart: false, from: [] }) }))).toBeUndefined();
});

test.each([
  ['a sender that takes no part', { sender: party('a', { takesPart: false }) }, 'a takes no part in tasks'],
  ['an agent that takes none', { sender: party('a'), target: party('b', { takesPart: false }) }, 'b takes no tasks of agents'],
  ['a sender that may send to others only', { sender: party('a', { to: ['c', 'd'] }) }, 'a may send tasks only to c, d'],
  ['an agent that takes those of others only', { sender: party('a'), target: party('b', { from: [] }) }, 'b takes tasks only from nobody'],
  [
    'one that comes back',
    { chain: ['owner', 'b', 'a'], sender: party('a') },
    'b stands in this chain already, and would wait for itself: owner → b → a → b',
  ],
  ['one to itself', { chain: ['owner', 'b'], sender: party('b') }, 'b would send a task to itself: owner → b → b'],
  [
    'a chain that has taken its tasks',
    { budget: { tasks: 3 }, spent: { tasks: 3, tokens: 0 } },
    'has taken 3 tasks, which is all that it may',
  ],
  ['a chain that has taken its tokens', { budget: { tokens: 10 }, spent: { tasks: 1, tokens: 12 } }, 'has taken 12 tokens'],
])('%s is refused, and why is said', (_, more, why) => {
  const chain = 'sender' in more && more.sender !== undefined && !('chain' in more) ? [more.sender.alias] : undefined;
  expect(refusalOf(wish({ ...(chain === undefined ? {} : { chain }), ...more }))).toContain(why);
});

test('a chain ends somewhere', () => {
  const chain = Array.from({ length: MOST_DEEP }, (_, i) => `a${i}`);
  expect(refusalOf(wish({ chain }))).toBeUndefined();
  expect(refusalOf(wish({ chain: [...chain, 'one-more'] }))).toContain(`${MOST_DEEP} is the most`);
});
