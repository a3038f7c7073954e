/** `spool task wait` */

import { command } from '../command.js';
import { clientOf, HOST_FLAGS } from '../connect.js';
import { followTask } from '../follow-task.js';
import { pickTask } from '../pick.js';
import { wholeNumber } from '../whole-number.js';

export const taskWait = command({
  about:
    'Waits until a task has ended and prints its reply; exits 1 when it has failed, was called off or has expired. Says what it waits for meanwhile. Ctrl-C leaves the task going.',
  args: {
    task: { type: 'positional', description: 'the task, or a part of its id' },
    timeout: { type: 'string', valueHint: 'seconds', description: 'gives up after so long, with exit status 124; the task goes on' },
    ...HOST_FLAGS,
  },
  async run(args, io) {
    const seconds = wholeNumber('--timeout', args.timeout, 1);
    const client = clientOf(args, io);
    const task = await pickTask(client, args.task);
    return await followTask({ client, io, task, how: 'wait', json: args.json, seconds });
  },
});
