/** Names that an agent must not have, because somebody else is known by them: to the host, to the hub, or in the history of a task. */

import { PERSON } from '../../contract/task.js';
import { HUB } from './state.js';

const TAKEN: ReadonlySet<string> = new Set([PERSON, HUB, 'owner', 'anybody']);

export function isReservedName(alias: string): boolean {
  return TAKEN.has(alias);
}
