/**
 * Items told anew. Codex shows a thread's history from a projection that it brings up to date from where it last read, so a line changed
 * further up is not seen there. An item that is told again behind the last line takes the place of the one that it had.
 */

import { entryOf, fieldsOf, textIn } from './entry.js';
import { withValue } from './json-spots.js';
import type { Survey } from './survey.js';

/** The lines to add for those of `texts` that tell of an item; none in a rollout of the older form, of which there is no projection. */
export function retold(texts: readonly string[], { nextOrdinal, torn }: Pick<Survey, 'nextOrdinal' | 'torn'>): Buffer {
  // An item may have been told more than once before; the last time counts.
  const told = new Map<string, string>();
  for (const text of texts) {
    const item = itemIn(text);
    if (item !== undefined) told.set(item, text);
  }
  if (nextOrdinal === undefined || told.size === 0) return Buffer.alloc(0);
  const lines = [...told.values()].map((text, at) => `${withValue(text.trimEnd(), ['ordinal'], nextOrdinal + at)}\n`);
  // Codex, too, ends a line whose writer died before it goes on.
  return Buffer.from((torn ? '\n' : '') + lines.join(''));
}

function itemIn(text: string): string | undefined {
  const entry = entryOf(text);
  if (entry?.type !== 'event_msg' || textIn(entry.payload, 'type') !== 'item_completed') return undefined;
  return textIn(fieldsOf(entry.payload['item']), 'id');
}
