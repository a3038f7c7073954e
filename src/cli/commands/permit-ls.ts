/** `spool permit ls` */

import type { Approval } from '../../contract/approval.js';
import { command } from '../command.js';
import { clientOf, HOST_FLAGS } from '../connect.js';
import { columnsOf, shortId } from '../output.js';
import { pickSession } from '../pick.js';
import { amendmentLines, questionLines } from '../render/approval-lines.js';
import { age, duration } from '../render/words.js';

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
    const style = { ink: io.ink(io.stdout), columns: columnsOf(io.stdout) - 2 };
    for (const [i, approval] of page.items.entries()) {
      if (i > 0) io.data('');
      io.data(`${style.ink.bold(shortId(approval.id, io))} ${style.ink.dim(factsOf(approval, Date.now()).join(' · '))}`);
      for (const line of questionLines(approval, style)) io.data(`  ${line}`);
      for (const line of amendmentLines(approval.amendments ?? [], ({ action }) => `${action} --always`, style)) io.data(`  ${line}`);
    }
    return 0;
  },
});

function factsOf({ kind, askedAt, deadline, session }: Approval, now: number): string[] {
  const left = deadline === undefined ? [] : [`${duration(Math.max(0, Date.parse(deadline) - now)).replace('.0 s', ' s')} left`];
  return [kind, age(askedAt, now), ...left, `session …${session.slice(-6)}`];
}
