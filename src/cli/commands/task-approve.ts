/** `spool task approve` */

import { command } from '../command.js';
import { clientOf, HOST_FLAGS } from '../connect.js';
import { pickTask } from '../pick.js';

export const taskApprove = command({
  about:
    'Lets a task go that is held, or has one done again that may have been done in part. What its agent asks to be allowed, `spool permit allow` answers.',
  args: {
    task: { type: 'positional', description: 'the task, or a part of its id' },
    reason: { type: 'string', valueHint: 'text', description: 'why' },
    ...HOST_FLAGS,
  },
  async run(args, io) {
    const client = clientOf(args, io);
    const before = await pickTask(client, args.task);
    const task = await client.tasks.approve(before.id, args.reason === undefined ? {} : { reason: args.reason });
    if (args.json) io.json(task);
    else io.note(before.waiting?.for === 'decision' ? `${task.id} is done again` : `let go ${task.id}`);
    return 0;
  },
});
