/** `spool agent create` */

import { AGENT_FLAGS, asCreate, fieldsOf } from '../agent-flags.js';
import { command } from '../command.js';
import { clientOf, HOST_FLAGS, isOnThisMachine } from '../connect.js';

export const agentCreate = command({
  about: 'Makes an agent and prints its alias. Without flags it is like the agent default: the Codex of the host as it is.',
  args: { alias: { type: 'positional', description: 'its name: a-z, 0-9 and -' }, ...AGENT_FLAGS, ...HOST_FLAGS },
  async run(args, io) {
    const client = clientOf(args, io);
    const fields = await fieldsOf(args, { io, local: isOnThisMachine(client.url) });
    const agent = await client.agents.create(asCreate(args.alias, fields));
    if (args.json) io.json(agent);
    else io.data(agent.alias);
    return 0;
  },
});
