/** `spool task watch` */

import { command } from '../command.js';
import { clientOf, HOST_FLAGS } from '../connect.js';
import { followTask } from '../follow-task.js';
import { pickTask } from '../pick.js';

export const taskWatch = command({
  about:
    'Shows all that happens to a task, from its beginning to its end: who works on it, what is said of it, what it waits for, the reply as it is written. Ctrl-C leaves; the task goes on. With --json each event is a line.',
  args: { task: { type: 'positional', description: 'the task, or a part of its id' }, ...HOST_FLAGS },
  async run(args, io) {
    const client = clientOf(args, io);
    const task = await pickTask(client, args.task);
    return await followTask({ client, io, task, how: 'watch', json: args.json });
  },
});
