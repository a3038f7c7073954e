/** Which items of a turn have done something that must not be done twice. What is not known to be harmless is taken to have. */

import type { Item } from '../../contract/item.js';
import { isReadOnly } from '../read-only-commands.js';

/** Tools of the hub that change nothing but what is told of the task itself. */
const HARMLESS: ReadonlySet<string> = new Set(['list_agents', 'get_task', 'wait_for_task', 'report_progress']);

/** What the item has done, in short; undefined when it did nothing. `session`: where it works. */
export function effectOf(item: Item, session: string): string | undefined {
  switch (item.kind) {
    case 'command':
      if (item.status === 'declined' || isReadOnly(item.command, { cwd: item.cwd, session })) return undefined;
      return `ran ${item.command}`;
    case 'fileChange':
      return item.status === 'declined' ? undefined : `changed ${item.changes.map(({ path }) => path).join(', ')}`;
    case 'toolCall':
      if (item.status === 'declined' || (item.server?.startsWith('spool') === true && HARMLESS.has(item.tool))) return undefined;
      return `called ${item.server === undefined ? item.tool : `${item.server}.${item.tool}`}`;
    default:
      return undefined;
  }
}
