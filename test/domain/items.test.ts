/** The book of items: what is open, what is done, over more items than fit into one chunk. */

import { expect, test } from 'vitest';
import { beginItem, finishItem, itemsOfNextTurn, NO_ITEMS, stateOfItem } from '../../src/domain/items.js';

test('every item is known as open and then as done, however many there are', () => {
  let items = NO_ITEMS;
  for (let n = 0; n < 1000; n++) {
    items = beginItem(items, `i${n}`, 'a', 'command');
    expect(stateOfItem(items, `i${n}`)).toBe('open');
    items = finishItem(items, `i${n}`);
  }
  for (let n = 0; n < 1000; n++) expect(stateOfItem(items, `i${n}`)).toBe('done');
  expect(stateOfItem(items, 'other')).toBeUndefined();
  expect(Math.max(...items.done.map((chunk) => Object.keys(chunk).length))).toBe(128);
});

test('the next turn knows what is still open and nothing of what is done', () => {
  const items = finishItem(beginItem(beginItem(NO_ITEMS, 'running', 'a', 'command'), 'over', 'a', 'command'), 'over');
  const next = itemsOfNextTurn(items);
  expect([stateOfItem(next, 'running'), stateOfItem(next, 'over')]).toEqual(['open', undefined]);
});
