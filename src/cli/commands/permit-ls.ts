/** `spool permit ls` */

import { command } from '../command.js';
import { clientOf, HOST_FLAGS } from '../connect.js';
import { columnsOf } from '../output.js';
import { pickSession } from '../pick.js';
import { questionLines } from '../render/approval-lines.js';
import { age } from '../render/words.js';

export const permitLs = command({
  about: 'Lists the questions of agents that wait for an answer, the oldest first.',
  args: { session: { type: 'string', valueHint: 'id', description: 'only those of this session' }, ...HOST_FLAGS },
  async run(args, io) {
    const client = clientOf(args, io);
    const session = args.session === undefined ? undefined : (await pickSession(client, args.session)).id;
    const page = await client.approvals.list(session === undefined ? {} : { session });
    if (args.json) {
      io.json(page);
      return 0;
    }
    if (page.items.length === 0) io.note('nothing waits for an answer');
    const style = { ink: io.ink(io.stdout), columns: columnsOf(io.stdout) };
    for (const approval of page.items) {
      io.data(`${approval.id} ${style.ink.dim(`· ${approval.kind} · ${age(approval.askedAt, Date.now())}`)}`);
      for (const line of questionLines(approval, style)) io.data(`  ${line}`);
    }
    return 0;
  },
});
