/** `spool webhook ls` */

import { command } from '../command.js';
import { clientOf, HOST_FLAGS } from '../connect.js';
import { columnsOf, shortId } from '../output.js';
import { stateOf } from '../render/schedule-lines.js';
import { table } from '../render/table.js';

export const webhookLs = command({
  about: 'Lists webhooks, the oldest first: how each is doing, how many events wait for it, and how many nobody took.',
  args: HOST_FLAGS,
  async run(args, io) {
    const page = await clientOf(args, io).webhooks.list();
    if (args.json) io.json(page);
    else if (page.items.length === 0) io.note('no webhooks yet; `spool webhook add URL` makes one');
    else {
      const rows = page.items.map((one) => [
        ...[shortId(one.id, io), stateOf(one), String(one.waiting), String(one.dead), one.events.join(', '), one.url],
      ]);
      const style = { ink: io.ink(io.stdout), columns: columnsOf(io.stdout) };
      io.data(table(['WEBHOOK', 'STATE', 'WAITING', 'DEAD', 'EVENTS', 'URL'], rows, style));
    }
    return 0;
  },
});
