/** `spool schedule pause` */

import { command } from '../command.js';
import { clientOf, HOST_FLAGS } from '../connect.js';
import { pickSchedule } from '../pick.js';

export const schedulePause = command({
  about: 'Lets the times of a schedule pass until it is resumed.',
  args: { schedule: { type: 'positional', description: 'the schedule, or a part of its id' }, ...HOST_FLAGS },
  async run(args, io) {
    const client = clientOf(args, io);
    const { id } = await pickSchedule(client, args.schedule);
    const schedule = await client.schedules.pause(id);
    if (args.json) io.json(schedule);
    else io.note(`${schedule.id} is paused`);
    return 0;
  },
});
