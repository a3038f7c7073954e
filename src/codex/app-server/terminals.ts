/** Stops commands that an interrupted turn left running. */

import type { Link } from './link.js';
import { listsTerminals } from './versions.js';

/** Terminates the commands of a thread by their item ids. Versions that cannot list them clean all of the thread's terminals. */
export async function stopCommands(link: Link, thread: string, items: ReadonlySet<string>): Promise<void> {
  if (!listsTerminals(link.version)) {
    await link.request('thread/backgroundTerminals/clean', { threadId: thread });
    return;
  }
  const { data } = await link.request('thread/backgroundTerminals/list', { threadId: thread });
  const ours = data.filter(({ itemId }) => items.has(itemId));
  await Promise.all(ours.map(({ processId }) => link.request('thread/backgroundTerminals/terminate', { threadId: thread, processId })));
}
