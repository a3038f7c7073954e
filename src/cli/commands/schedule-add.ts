/** `spool schedule add` */

import { SpoolError } from '../../base/errors.js';
import type { MissedRuns } from '../../contract/schedule.js';
import { command } from '../command.js';
import { clientOf, HOST_FLAGS } from '../connect.js';
import { inputText } from '../input-text.js';
import { nextOf } from '../render/schedule-lines.js';
import { tailOf } from '../render/task-lines.js';
import { SEND_FLAGS, taskBody } from '../task-body.js';
import { timeIn } from '../time-word.js';

// Written out, as in connect.ts.
const MISSED: MissedRuns[] = ['skip', 'once', 'all'];

export const scheduleAdd = command({
  about: 'Has a task sent at a time (--at), or again and again (--cron), and prints the id of the schedule.',
  args: {
    alias: { type: 'positional', description: 'the agent, or "person"' },
    text: { type: 'positional', description: 'what is wanted; - reads it from stdin' },
    at: {
      type: 'string',
      valueHint: 'time',
      description: 'once, then: 17:30, +10m, "2026-03-01 09:00" (the time here), or with a zone of its own',
    },
    cron: { type: 'string', valueHint: 'expression', description: 'minute, hour, day, month, day of the week: "0 9 * * MON-FRI"' },
    'time-zone': { type: 'string', valueHint: 'name', description: 'in which --cron is read, as Europe/Berlin (default: UTC)' },
    missed: { type: 'enum', options: MISSED, description: 'what becomes of times at which no host ran (default: once, one task for all)' },
    ...SEND_FLAGS,
    ...HOST_FLAGS,
  },
  async run(args, io) {
    const { at, cron, missed } = args;
    if ((at === undefined) === (cron === undefined)) {
      throw new SpoolError('invalid-input', 'it is not said when', { hint: 'give --at TIME, or --cron EXPRESSION' });
    }
    const client = clientOf(args, io);
    const zone = args['time-zone'];
    const due = at === undefined ? undefined : timeIn('--at', at, Date.now());
    const schedule = await client.schedules.create({
      task: await taskBody(args.alias, await inputText(args.text, io), args, client.url),
      ...(due === undefined ? {} : { at: due }),
      ...(cron === undefined ? {} : { cron }),
      ...(zone === undefined ? {} : { timeZone: zone }),
      ...(missed === undefined ? {} : { missed }),
    });
    if (args.json) {
      io.json(schedule);
      return 0;
    }
    io.data(schedule.id);
    const utc = cron !== undefined && zone === undefined ? '; hours are in UTC, --time-zone says otherwise' : '';
    const next = schedule.next === null ? 'never' : `${nextOf(schedule, Date.now())}, at ${schedule.next}`;
    io.note(io.ink(io.stderr).dim(`it is sent ${next}${utc}; \`spool schedule rm ${tailOf(schedule.id)}\` takes it back`));
    return 0;
  },
});
