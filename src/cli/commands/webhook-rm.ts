/** `spool webhook rm` */

import { command } from '../command.js';
import { clientOf, HOST_FLAGS } from '../connect.js';
import { pickWebhook } from '../pick.js';

export const webhookRm = command({
  about: 'Removes a webhook: nothing more is posted to it. Its dead letters go with it.',
  args: { webhook: { type: 'positional', description: 'the webhook, or a part of its id' }, ...HOST_FLAGS },
  async run(args, io) {
    const client = clientOf(args, io);
    const { id } = await pickWebhook(client, args.webhook);
    const webhook = await client.webhooks.remove(id);
    if (args.json) io.json(webhook);
    else io.note(`${webhook.id} is removed`);
    return 0;
  },
});
