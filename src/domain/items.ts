/**
 * Which items of the running turn have begun and which are done, so that what comes twice or late is known. Items that are done are
 * kept in chunks: a turn of thousands of items must not copy all of them with each one.
 */

import type { ItemKind } from '../contract/item.js';

export interface OpenItem {
  readonly turn: string;
  readonly kind: ItemKind;
}

export interface Items {
  /** By item id. An item may stay open beyond its turn: Codex lets a command run on after an interrupt. */
  readonly open: Readonly<Record<string, OpenItem>>;
  /** Ids of items that are done, newest chunk last. */
  readonly done: readonly Readonly<Record<string, true>>[];
}

const CHUNK = 128;

export const NO_ITEMS: Items = { open: {}, done: [] };

export function stateOfItem(items: Items, id: string): 'open' | 'done' | undefined {
  if (Object.hasOwn(items.open, id)) return 'open';
  return items.done.some((chunk) => Object.hasOwn(chunk, id)) ? 'done' : undefined;
}

export function beginItem(items: Items, id: string, turn: string, kind: ItemKind): Items {
  return { ...items, open: { ...items.open, [id]: { turn, kind } } };
}

export function finishItem({ open, done }: Items, id: string): Items {
  const { [id]: _, ...others } = open;
  const last = done.at(-1) ?? {};
  const full = Object.keys(last).length >= CHUNK;
  return { open: others, done: full ? [...done, { [id]: true }] : [...done.slice(0, -1), { ...last, [id]: true }] };
}

/** What the next turn has to know of the ones before: only what is still open. */
export function itemsOfNextTurn({ open }: Items): Items {
  return { open, done: [] };
}

/** Whether the turn has something under way that is not the model's own: a command, a tool, a change of files. */
export function isWorking({ open }: Items, turn: string): boolean {
  return Object.values(open).some((item) => item.turn === turn && WORK.has(item.kind));
}

const WORK: ReadonlySet<ItemKind> = new Set<ItemKind>(['command', 'toolCall', 'fileChange']);
