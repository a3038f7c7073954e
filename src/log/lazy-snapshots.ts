/** Snapshots whose file is opened with the first one who needs it: a host without tasks has none of theirs. */

import { lazily } from '../base/lazily.js';
import type { Snapshots } from '../ports/snapshots.js';
import { closedSnapshots } from './snapshot-order.js';

/** Whoever makes it disposes it; then the file is closed, if it was ever opened. */
export function lazySnapshots(open: () => Promise<Snapshots>): Snapshots {
  const opened = lazily(open);
  let closed = false;
  const there = (): Promise<Snapshots> => (closed ? Promise.reject(closedSnapshots()) : opened.get());
  return {
    load: async (stream) => (await there()).load(stream),
    save: async (snapshot) => (await there()).save(snapshot),
    list: async (query) => (await there()).list(query),
    marks: async () => (await there()).marks(),
    remove: async (stream) => (await there()).remove(stream),
    async [Symbol.asyncDispose]() {
      closed = true;
      await (await opened.current)?.[Symbol.asyncDispose]();
    },
  };
}
