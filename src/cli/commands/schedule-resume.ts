/** `spool schedule resume` */

import { command } from '../command.js';
import { clientOf, HOST_FLAGS } from '../connect.js';
import { pickSchedule } from '../pick.js';
import { nextOf } from '../render/schedule-lines.js';

export const scheduleResume = command({
  about: 'Lets a schedule send again; what came in between is not made up for.',
  args: { schedule: { type: 'positional', description: 'the schedule, or a part of its id' }, ...HOST_FLAGS },
  async run(args, io) {
    const client = clientOf(args, io);
    const { id } = await pickSchedule(client, args.schedule);
    const schedule = await client.schedules.resume(id);
    if (args.json) io.json(schedule);
    else io.note(`${schedule.id} sends again: ${nextOf(schedule, Date.now())}`);
    return 0;
  },
});
