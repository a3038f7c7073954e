/** `spool schedule ls` */

import { command } from '../command.js';
import { clientOf, HOST_FLAGS } from '../connect.js';
import { columnsOf, shortId } from '../output.js';
import { nextOf, timingOf } from '../render/schedule-lines.js';
import { table } from '../render/table.js';
import { wantedOf } from '../render/task-lines.js';

export const scheduleLs = command({
  about: 'Lists schedules, the oldest first: when each sends its task next, to whom, and what.',
  args: HOST_FLAGS,
  async run(args, io) {
    const page = await clientOf(args, io).schedules.list();
    if (args.json) io.json(page);
    else if (page.items.length === 0) io.note('no schedules yet; `spool schedule add ALIAS "…" --cron "0 9 * * *"` makes one');
    else {
      const now = Date.now();
      const rows = page.items.map((one) => [
        ...[shortId(one.id, io), nextOf(one, now), timingOf(one), one.task.to, wantedOf(one.task.input)],
      ]);
      const style = { ink: io.ink(io.stdout), columns: columnsOf(io.stdout) };
      io.data(table(['SCHEDULE', 'NEXT', 'WHEN', 'TO', 'INPUT'], rows, style));
    }
    return 0;
  },
});
