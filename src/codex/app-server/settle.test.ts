/** Finding out what became of a turn. */

import { expect, test } from 'vitest';
import { SpoolError } from '../../base/errors.js';
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

test('a process that dies while it is asked leaves the question open; one that has no such list is taken at its summary', async () => {
  const over = (code: 'unavailable' | 'runtime-failed'): Link => {
    const link = linkOverForeignTurn();
    const request = (method: 'thread/turns/list', params: object): Promise<unknown> =>
      method.endsWith('items/list') ? Promise.reject(new SpoolError(code, 'no')) : link.request(method, { threadId: 't1', ...params });
    return { ...link, request } as unknown as Link;
  };
  const ask = (link: Link) => settle(link, 't1', { turn: 'trn_ours', ref: 'u1' }, () => Promise.resolve());
  await expect(ask(over('unavailable'))).rejects.toMatchObject({ code: 'unavailable' });
  expect(await ask(over('runtime-failed'))).toMatchObject({ state: 'ended' });
});
