/** `spool schedule run` */

import { command } from '../command.js';
import { clientOf, HOST_FLAGS } from '../connect.js';
import { pickSchedule } from '../pick.js';
import { tailOf } from '../render/task-lines.js';

export const scheduleRun = command({
  about: 'Sends the task of a schedule now, besides its times, and prints its id.',
  args: { schedule: { type: 'positional', description: 'the schedule, or a part of its id' }, ...HOST_FLAGS },
  async run(args, io) {
    const client = clientOf(args, io);
    const { id } = await pickSchedule(client, args.schedule);
    const task = await client.schedules.run(id);
    if (args.json) io.json(task);
    else {
      io.data(task.id);
      io.note(io.ink(io.stderr).dim(`${task.status}; \`spool task wait ${tailOf(task.id)}\` waits for the reply`));
    }
    return 0;
  },
});
