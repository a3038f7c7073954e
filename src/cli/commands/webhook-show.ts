/** `spool webhook show` */

import { command } from '../command.js';
import { clientOf, HOST_FLAGS } from '../connect.js';
import { styleOf } from '../follow-task.js';
import { pickWebhook } from '../pick.js';
import { factsText } from '../render/facts.js';
import { webhookFacts } from '../render/schedule-lines.js';

export const webhookShow = command({
  about: 'Shows one webhook, and how it is doing.',
  args: { webhook: { type: 'positional', description: 'the webhook, or a part of its id' }, ...HOST_FLAGS },
  async run(args, io) {
    const webhook = await pickWebhook(clientOf(args, io), args.webhook);
    if (args.json) io.json(webhook);
    else io.data(factsText(webhookFacts(webhook, Date.now()), styleOf(io, io.stdout)));
    return 0;
  },
});
