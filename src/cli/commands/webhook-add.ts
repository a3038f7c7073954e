/** `spool webhook add` */

import { command } from '../command.js';
import { clientOf, HOST_FLAGS } from '../connect.js';
import { tailOf } from '../render/task-lines.js';

export const webhookAdd = command({
  about: 'Has events posted to an address. What comes is signed; the secret for that is printed, this once.',
  args: {
    url: { type: 'positional', description: 'where to post: http or https' },
    event: {
      type: 'string',
      valueHint: 'type,…',
      description: 'which: a type, as task.replied, or a family, as task.* (default: task.*, approval.*)',
    },
    agent: { type: 'string', valueHint: 'alias,…', description: 'only what is about these' },
    ...HOST_FLAGS,
  },
  async run(args, io) {
    const { url, event, agent } = args;
    const webhook = await clientOf(args, io).webhooks.create({
      url,
      ...(event.length === 0 ? {} : { events: [...event] }),
      ...(agent.length === 0 ? {} : { agents: [...agent] }),
    });
    if (args.json) {
      io.json(webhook);
      return 0;
    }
    io.data(webhook.secret);
    const ink = io.ink(io.stderr);
    io.note(`${ink.green('✓')} ${webhook.id} posts ${webhook.events.join(', ')}. This is its secret; it is not shown again.`);
    io.note(ink.dim(`  docs/webhooks.md tells how to check what comes; \`spool webhook show ${tailOf(webhook.id)}\` how it is doing.`));
    return 0;
  },
});
