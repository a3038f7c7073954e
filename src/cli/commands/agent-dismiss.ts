/** `spool agent dismiss` */

import { command } from '../command.js';
import { clientOf, HOST_FLAGS } from '../connect.js';

export const agentDismiss = command({
  about: 'Lets an agent from elsewhere in no more: its token is worth nothing from then on. Tasks for it stay, until they are called off.',
  args: { alias: { type: 'positional', description: 'the agent' }, ...HOST_FLAGS },
  async run(args, io) {
    const client = clientOf(args, io);
    const agent = await client.outsideAgents.dismiss(args.alias);
    if (args.json) {
      io.json(agent);
      return 0;
    }
    const { items } = await client.tasks.list({ to: args.alias, status: 'open', limit: 1000 });
    const left =
      items.length === 0
        ? ''
        : `; ${items.length} open ${items.length === 1 ? 'task' : 'tasks'} for it: \`spool task ls --to ${agent.alias} --open\``;
    io.note(`${agent.alias} is let in no more${left}`);
    return 0;
  },
});
