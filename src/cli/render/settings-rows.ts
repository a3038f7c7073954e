/** How an agent takes part in tasks, for people to read. Pure. */

import type { NodeAgent, TaskSettings } from '../../contract/task.js';

type Row = readonly [name: string, value: string | undefined];

/** Undefined settings: it takes no part. */
export function settingsRows(tasks: TaskSettings | undefined): Row[] {
  if (tasks === undefined) return [['tasks', 'only from people']];
  const { role, skills = [], from, to, atOnce = 1, session, hold, anyPermissions, permissions } = tasks;
  const how = [
    atOnce === 1 ? 'one at a time' : `${atOnce} at once`,
    ...(session === 'pair' ? ['a standing session for each sender'] : []),
    ...(hold === true ? ['a person lets each go first'] : []),
    ...(anyPermissions === true ? ['also of agents that may do less'] : []),
    ...(tasks.public === true ? ['public'] : []),
  ];
  return [
    ['role', role],
    ['can', skills.join(', ')],
    ['tasks', how.join(', ')],
    ['tasks from', from === undefined ? undefined : list(from)],
    ['tasks to', to === undefined ? undefined : list(to)],
    ['its tasks may', [permissions?.profile, permissions?.approvalPolicy].filter((word) => word !== undefined).join(', ')],
  ];
}

function list(aliases: readonly string[]): string {
  return aliases.length === 0 ? 'nobody' : aliases.join(', ');
}

/** `1 of 2`, `1 of 2 +3`: how many it works on, of how many at once, and how many wait. */
export function loadWords({ running, queued, atOnce }: NodeAgent['load']): string {
  return `${running} of ${atOnce}${queued > 0 ? ` +${queued}` : ''}`;
}
