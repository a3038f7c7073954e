/** `spool permit deny` */

import { refusalOf } from '../ask-person.js';
import { chosenAmendment } from '../choose-amendment.js';
import { command } from '../command.js';
import { clientOf, HOST_FLAGS } from '../connect.js';
import { pickApproval } from '../pick.js';

export const permitDeny = command({
  about:
    'Denies what an agent asks; its turn goes on without it. With --always the rule that forbids it is written down too, for good, where the question offers one. The first answer wins: when somebody was faster it exits with 5.',
  args: {
    id: { type: 'positional', description: 'the question, or a part of its id' },
    always: { type: 'boolean', description: 'and write down the rule that forbids it, for good' },
    rule: { type: 'string', valueHint: 'id', description: 'which rule --always means, where several are offered' },
    ...HOST_FLAGS,
  },
  async run(args, io) {
    const client = clientOf(args, io);
    const asked = await pickApproval(client, args.id);
    const always = args.always || args.rule !== undefined;
    const amendment = always ? chosenAmendment(asked, 'deny', args.rule) : undefined;
    // A rule is taken over by an accept, also one that forbids.
    const answer = amendment === undefined ? { decision: refusalOf(asked) } : { decision: 'accept' as const, amendment: amendment.id };
    const approval = await client.approvals.answer(asked.id, answer);
    if (args.json) io.json(approval);
    else io.note(`denied ${asked.id}${amendment === undefined ? '' : `, for good. ${amendment.title}`}`);
    return 0;
  },
});
