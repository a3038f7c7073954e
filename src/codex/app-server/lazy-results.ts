/** The results that conversations carry, loaded with the first one who asks for them: a host that takes none out needs none of it. */

import { existsSync } from 'node:fs';
import { lazily } from '../../base/lazily.js';
import type { CarriedResults } from '../../ports/carried-results.js';
import type { Link } from './link.js';
import type { ResultsParts } from './results.js';

export interface LazyResults extends CarriedResults {
  /** See `CodexResults.ready`. */
  ready(link: Link, thread: string): Promise<void>;
}

export function lazyResults(parts: ResultsParts): LazyResults {
  const results = lazily(async () => new (await import('./results.js')).CodexResults(parts));
  return {
    async ready(link, thread) {
      // Without the folder nothing was ever taken out here, so there is nothing to bring back.
      if (results.current !== undefined || existsSync(parts.folder)) await (await results.get()).ready(link, thread);
    },
    list: async (conversation) => await (await results.get()).list(conversation),
    takeOut: async (conversation, request) => await (await results.get()).takeOut(conversation, request),
    putBack: async (conversation, undo) => await (await results.get()).putBack(conversation, undo),
  };
}
