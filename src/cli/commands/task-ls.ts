/** `spool task ls` */

import { SpoolError } from '../../base/errors.js';
import type { Client } from '../../client/connect.js';
import type { Task, TaskStatus } from '../../contract/task.js';
import { command } from '../command.js';
import { clientOf, HOST_FLAGS } from '../connect.js';
import { styleOf } from '../follow-task.js';
import { columnsOf, type Io, shortId } from '../output.js';
import { allTasks } from '../pick.js';
import { table } from '../render/table.js';
import { standingLines, statusOf, tailOf, wantedOf } from '../render/task-lines.js';
import { age } from '../render/words.js';
import { wholeNumber } from '../whole-number.js';

// Written out, as in connect.ts.
const STATUSES: TaskStatus[] = ['queued', 'leased', 'running', 'waiting', 'replied', 'failed', 'cancelled', 'expired'];
/** Of how many that wait it is told what for. */
const TOLD = 3;

export const taskLs = command({
  about: 'Lists tasks, the newest first, and says what those wait for that wait for a person.',
  args: {
    to: { type: 'string', valueHint: 'alias', description: 'only those for this agent' },
    open: { type: 'boolean', description: 'only those that have not ended' },
    status: { type: 'enum', options: STATUSES, description: 'only those in this state' },
    limit: { type: 'string', valueHint: 'n', description: 'at most so many (default: 50)' },
    all: { type: 'boolean', description: 'every one' },
    ...HOST_FLAGS,
  },
  async run(args, io) {
    const { to, open, all } = args;
    if (open && args.status !== undefined) throw new SpoolError('invalid-input', 'give --open or --status, not both');
    const limit = wholeNumber('--limit', args.limit, 1) ?? 50;
    const status = open ? ('open' as const) : args.status;
    const query = { ...(to === undefined ? {} : { to }), ...(status === undefined ? {} : { status }) };
    const client = clientOf(args, io);
    const page = all ? { items: await allTasks(client, query), next: null } : await client.tasks.list({ ...query, limit });
    if (args.json) io.json(page);
    else await show(client, page, io);
    return 0;
  },
});

async function show(client: Client, { items, next }: Awaited<ReturnType<Client['tasks']['list']>>, io: Io): Promise<void> {
  if (items.length === 0) {
    const { items: some } = await client.tasks.list({ limit: 1 });
    io.note(some.length === 0 ? 'no tasks yet; `spool task send ALIAS "…"` sends one' : 'no task fits');
    return;
  }
  io.data(taskTable(items, io, Date.now()));
  if (next !== null) io.note(io.ink(io.stderr).dim('there are more; --limit or --all shows them'));
  const waits = items.filter((task) => waitsForPerson(task, items));
  for (const task of waits.slice(0, TOLD)) {
    const [first = '', ...more] = standingLines(task, styleOf(io, io.stderr));
    io.note([`…${tailOf(task.id)} ${first}`, ...more].join('\n'));
  }
  if (waits.length > TOLD) io.note(`${waits.length - TOLD} more wait for a person; \`spool task show ID\` tells for what`);
}

/** One that has asked a person is told of by its question, where that is listed too. */
function waitsForPerson({ waiting, to, endedAt }: Task, items: readonly Task[]): boolean {
  if (endedAt !== undefined) return false;
  if (waiting?.for === 'person' && items.some(({ id }) => id === waiting.id)) return false;
  return waiting !== undefined || to === 'person';
}

function taskTable(tasks: readonly Task[], io: Io, now: number): string {
  const rows = tasks.map((task) => [
    ...[shortId(task.id, io), statusOf(task), task.to, task.from],
    ...[age(task.updatedAt, now), wantedOf(task.input)],
  ]);
  return table(['TASK', 'STATUS', 'TO', 'FROM', 'CHANGED', 'INPUT'], rows, { ink: io.ink(io.stdout), columns: columnsOf(io.stdout) });
}
