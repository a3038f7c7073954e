/** `spool webhook redeliver` */

import { command } from '../command.js';
import { clientOf, HOST_FLAGS } from '../connect.js';
import { pickWebhook } from '../pick.js';

export const webhookRedeliver = command({
  about: 'Posts the dead letters of a webhook again, or one of them. A webhook that was stopped goes on by it.',
  args: {
    webhook: { type: 'positional', description: 'the webhook, or a part of its id' },
    letter: { type: 'positional', required: false, description: 'one dead letter, as `spool webhook dead` lists it (default: all)' },
    ...HOST_FLAGS,
  },
  async run(args, io) {
    const client = clientOf(args, io);
    const { id } = await pickWebhook(client, args.webhook);
    const webhook = await client.webhooks.redeliver(id, args.letter === undefined ? {} : { id: args.letter });
    if (args.json) io.json(webhook);
    else io.note(args.letter === undefined ? `the dead letters of ${id} are posted again` : `${args.letter} is posted again`);
    return 0;
  },
});
