/** `spool schedule rm` */

import { command } from '../command.js';
import { clientOf, HOST_FLAGS } from '../connect.js';
import { pickSchedule } from '../pick.js';

export const scheduleRm = command({
  about: 'Removes a schedule. Tasks that it has sent stay.',
  args: { schedule: { type: 'positional', description: 'the schedule, or a part of its id' }, ...HOST_FLAGS },
  async run(args, io) {
    const client = clientOf(args, io);
    const { id } = await pickSchedule(client, args.schedule);
    const schedule = await client.schedules.remove(id);
    if (args.json) io.json(schedule);
    else io.note(`${schedule.id} is removed`);
    return 0;
  },
});
