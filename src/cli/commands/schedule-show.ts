/** `spool schedule show` */

import { command } from '../command.js';
import { clientOf, HOST_FLAGS } from '../connect.js';
import { styleOf } from '../follow-task.js';
import { pickSchedule } from '../pick.js';
import { factsText } from '../render/facts.js';
import { scheduleFacts } from '../render/schedule-lines.js';

export const scheduleShow = command({
  about: 'Shows one schedule: when it sends its task, what, and what came of the last time.',
  args: { schedule: { type: 'positional', description: 'the schedule, or a part of its id' }, ...HOST_FLAGS },
  async run(args, io) {
    const schedule = await pickSchedule(clientOf(args, io), args.schedule);
    if (args.json) io.json(schedule);
    else io.data(factsText(scheduleFacts(schedule, Date.now()), styleOf(io, io.stdout)));
    return 0;
  },
});
