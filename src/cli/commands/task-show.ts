/** `spool task show` */

import type { Task } from '../../contract/task.js';
import { command } from '../command.js';
import { clientOf, HOST_FLAGS } from '../connect.js';
import { styleOf } from '../follow-task.js';
import type { Io } from '../output.js';
import { pickTask } from '../pick.js';
import { factsText } from '../render/facts.js';
import { printable } from '../render/printable.js';
import { taskFacts } from '../render/task-facts.js';
import { standingLines, wantedOf } from '../render/task-lines.js';

export const taskShow = command({
  about: 'Shows one task: who asked whom, in which state it is, what it waits for, and the reply.',
  args: { task: { type: 'positional', description: 'the task, or a part of its id' }, ...HOST_FLAGS },
  async run(args, io) {
    const task = await pickTask(clientOf(args, io), args.task);
    if (args.json) io.json(task);
    else show(task, io);
    return 0;
  },
});

function show(task: Task, io: Io): void {
  const ink = io.ink(io.stdout);
  const facts = [...taskFacts(task, Date.now()), ['input', wantedOf(task.input)] as const];
  io.data(factsText(facts, styleOf(io, io.stdout)));
  const { reply, progress } = task;
  if (reply !== undefined) io.data(`\n${printable(reply).trimEnd()}`);
  else if (progress !== undefined) io.data(`\n${ink.dim('so far:')}\n${printable(progress.text).trimEnd()}`);
  const standing = standingLines(task, styleOf(io, io.stderr));
  if (standing.length > 0) io.note(['', ...standing].join('\n'));
}
