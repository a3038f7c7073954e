/** `spool permit allow` */

import { command } from '../command.js';
import { clientOf, HOST_FLAGS } from '../connect.js';
import { pickApproval } from '../pick.js';

export const permitAllow = command({
  about: 'Allows what an agent asks. The first answer wins: when somebody was faster it exits with 5.',
  args: {
    id: { type: 'positional', description: 'the question, or a part of its id' },
    'for-session': { type: 'boolean', description: 'and everything like it for the rest of the session' },
    ...HOST_FLAGS,
  },
  async run(args, io) {
    const client = clientOf(args, io);
    const { id } = await pickApproval(client, args.id);
    const approval = await client.approvals.answer(id, { decision: args['for-session'] ? 'acceptForSession' : 'accept' });
    if (args.json) io.json(approval);
    else io.note(`allowed ${id}`);
    return 0;
  },
});
