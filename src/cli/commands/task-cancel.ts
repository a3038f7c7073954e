/** `spool task cancel` */

import { command } from '../command.js';
import { clientOf, HOST_FLAGS } from '../connect.js';
import { pickTask } from '../pick.js';

export const taskCancel = command({
  about: 'Calls a task off, and those that were sent in its course. One that has ended is a conflict (exit status 5).',
  args: {
    task: { type: 'positional', description: 'the task, or a part of its id' },
    reason: { type: 'string', valueHint: 'text', description: 'why' },
    ...HOST_FLAGS,
  },
  async run(args, io) {
    const client = clientOf(args, io);
    const { id } = await pickTask(client, args.task);
    const task = await client.tasks.cancel(id, args.reason === undefined ? {} : { reason: args.reason });
    if (args.json) io.json(task);
    else io.note(`called off ${id}`);
    return 0;
  },
});
