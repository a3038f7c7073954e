/** `spool permit allow` */

import { SpoolError } from '../../base/errors.js';
import { chosenAmendment } from '../choose-amendment.js';
import { command } from '../command.js';
import { clientOf, HOST_FLAGS } from '../connect.js';
import { pickApproval } from '../pick.js';

export const permitAllow = command({
  about:
    'Allows what an agent asks. With --always the rule that the question offers is written down too, for good and for everything that has the same configuration. The first answer wins: when somebody was faster it exits with 5.',
  args: {
    id: { type: 'positional', description: 'the question, or a part of its id' },
    'for-session': { type: 'boolean', description: 'and everything like it for the rest of the session' },
    always: { type: 'boolean', description: 'and write down the rule that the question offers, for good' },
    rule: { type: 'string', valueHint: 'id', description: 'which rule --always means, where several are offered' },
    ...HOST_FLAGS,
  },
  async run(args, io) {
    const always = args.always || args.rule !== undefined;
    if (always && args['for-session']) {
      throw new SpoolError('invalid-input', 'a rule for good includes this session', { hint: 'give --always or --for-session' });
    }
    const client = clientOf(args, io);
    const asked = await pickApproval(client, args.id);
    const amendment = always ? chosenAmendment(asked, 'allow', args.rule) : undefined;
    const approval = await client.approvals.answer(asked.id, {
      decision: args['for-session'] ? 'acceptForSession' : 'accept',
      ...(amendment === undefined ? {} : { amendment: amendment.id }),
    });
    if (args.json) io.json(approval);
    else io.note(`allowed ${asked.id}${amendment === undefined ? '' : `, for good. ${amendment.title}`}`);
    return 0;
  },
});
