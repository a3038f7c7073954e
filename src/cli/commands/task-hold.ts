/** `spool task hold` */

import { command } from '../command.js';
import { clientOf, HOST_FLAGS } from '../connect.js';
import { pickTask } from '../pick.js';
import { tailOf } from '../render/task-lines.js';

export const taskHold = command({
  about: 'Keeps a task from being begun until somebody lets it go. One that has begun is a conflict (exit status 5).',
  args: {
    task: { type: 'positional', description: 'the task, or a part of its id' },
    reason: { type: 'string', valueHint: 'text', description: 'why' },
    ...HOST_FLAGS,
  },
  async run(args, io) {
    const client = clientOf(args, io);
    const { id } = await pickTask(client, args.task);
    const task = await client.tasks.hold(id, args.reason === undefined ? {} : { reason: args.reason });
    if (args.json) io.json(task);
    else io.note(`held ${id}; \`spool task approve ${tailOf(id)}\` lets it go`);
    return 0;
  },
});
