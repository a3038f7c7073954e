/** `spool webhook dead` */

import { command } from '../command.js';
import { clientOf, HOST_FLAGS } from '../connect.js';
import { columnsOf } from '../output.js';
import { pickWebhook } from '../pick.js';
import { letterRow } from '../render/schedule-lines.js';
import { table } from '../render/table.js';
import { tailOf } from '../render/task-lines.js';
import { wholeNumber } from '../whole-number.js';

export const webhookDead = command({
  about: 'Lists the dead letters of a webhook: events that nobody took, the oldest first.',
  args: {
    webhook: { type: 'positional', description: 'the webhook, or a part of its id' },
    limit: { type: 'string', valueHint: 'n', description: 'at most so many (default: 50)' },
    ...HOST_FLAGS,
  },
  async run(args, io) {
    const client = clientOf(args, io);
    const { id } = await pickWebhook(client, args.webhook);
    const page = await client.webhooks.deadLetters(id, { limit: wholeNumber('--limit', args.limit, 1) ?? 50 });
    if (args.json) io.json(page);
    else if (page.items.length === 0) io.note('no dead letters');
    else {
      const rows = page.items.map((letter) => letterRow(letter, Date.now()));
      io.data(table(['LETTER', 'EVENT', 'DEAD', 'TRIES', 'ERROR'], rows, { ink: io.ink(io.stdout), columns: columnsOf(io.stdout) }));
      const more = page.next === null ? '' : 'there are more, --limit shows them; ';
      io.note(io.ink(io.stderr).dim(`${more}\`spool webhook redeliver ${tailOf(id)}\` posts them again`));
    }
    return 0;
  },
});
