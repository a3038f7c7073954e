/** The results that conversations carry, loaded with the first one who asks for them: a host that takes none out needs none of it. */

import { existsSync } from 'node:fs';
import type { CarriedResults } from '../../ports/carried-results.js';
import type { Link } from './link.js';
import type { CodexResults, ResultsParts } from './results.js';

export interface LazyResults extends CarriedResults {
  /** See `CodexResults.ready`. */
  ready(link: Link, thread: string): Promise<void>;
}

export function lazyResults(parts: ResultsParts): LazyResults {
  let made: Promise<CodexResults> | undefined;
  const results = (): Promise<CodexResults> => {
    made ??= import('./results.js').then((room) => new room.CodexResults(parts));
    return made;
  };
  return {
    async ready(link, thread) {
      // Without the folder nothing was ever taken out here, so there is nothing to bring back.
      if (made !== undefined || existsSync(parts.folder)) await (await results()).ready(link, thread);
    },
    list: async (conversation) => await (await results()).list(conversation),
    takeOut: async (conversation, request) => await (await results()).takeOut(conversation, request),
    putBack: async (conversation, undo) => await (await results()).putBack(conversation, undo),
  };
}
