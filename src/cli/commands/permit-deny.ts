/** `spool permit deny` */

import { command } from '../command.js';
import { clientOf, HOST_FLAGS } from '../connect.js';
import { pickApproval } from '../pick.js';

export const permitDeny = command({
  about: 'Denies what an agent asks; its turn goes on without it. The first answer wins: when somebody was faster it exits with 5.',
  args: { id: { type: 'positional', description: 'the question, or a part of its id' }, ...HOST_FLAGS },
  async run(args, io) {
    const client = clientOf(args, io);
    const { id, decisions } = await pickApproval(client, args.id);
    const decision = decisions.includes('decline') || !decisions.includes('cancel') ? 'decline' : 'cancel';
    const approval = await client.approvals.answer(id, { decision });
    if (args.json) io.json(approval);
    else io.note(`denied ${id}`);
    return 0;
  },
});
