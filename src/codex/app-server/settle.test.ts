/** Finding out what became of a turn. */

import { expect, test } from 'vitest';
import type { Link } from './link.js';
import { settle } from './settle.js';

const message = (clientId: string | null) => ({ type: 'userMessage', id: `m-${clientId}`, clientId, content: [], completedAtMs: 1 });

/** Another client's turn that took our message in: a summary of it shows the first message only. */
function linkOverForeignTurn(): Link {
  const items = [message(null), message('trn_ours')];
  const answers: Readonly<Record<string, (params: object) => unknown>> = {
    'thread/turns/list': (params) => ({
      data: [
        {
          id: 'u1',
          status: 'completed',
          error: null,
          startedAt: 1,
          items: 'itemsView' in params && params.itemsView === 'full' ? items : items.slice(0, 1),
        },
      ],
      nextCursor: null,
    }),
    'thread/items/list': () => ({ data: items.map((item) => ({ turnId: 'u1', item })), nextCursor: null }),
  };
  const request = (method: string, params: object): Promise<unknown> => Promise.resolve(answers[method]?.(params));
  return { version: '0.169.0', born: 0, home: '/home', request } as unknown as Link;
}

test("a turn whose message went into another client's turn is found there", async () => {
  const settled = await settle(linkOverForeignTurn(), 't1', { turn: 'trn_ours', ref: undefined }, () => Promise.resolve());
  expect(settled).toMatchObject({ state: 'ended', turn: 'trn_ours', ref: 'u1' });
});
