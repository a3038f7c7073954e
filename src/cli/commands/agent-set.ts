/** `spool agent set` */

import { AGENT_FLAGS, asUpdate, fieldsOf } from '../agent-flags.js';
import { command } from '../command.js';
import { clientOf, HOST_FLAGS, isOnThisMachine } from '../connect.js';
import { agentLines } from '../render/agent-lines.js';

export const agentSet = command({
  about:
    'Changes an agent; what is not named stays. Lists (--skill, --mcp, --env, --tasks-from) take the place of what was there. Conversations have it from their next opening on.',
  args: {
    alias: { type: 'positional', description: 'the agent' },
    ...AGENT_FLAGS,
    unset: {
      type: 'string',
      valueHint: 'field,…',
      description: 'takes a field of the configuration away, as mcpServers, or a part of one, as tasks.hold',
    },
    'no-tasks': { type: 'boolean', description: 'it takes no part in tasks any more' },
    ...HOST_FLAGS,
  },
  async run(args, io) {
    const client = clientOf(args, io);
    const now = await client.agents.get(args.alias);
    const fields = await fieldsOf(args, { io, local: isOnThisMachine(client.url), now });
    const unset = [...args.unset, ...(args['no-tasks'] ? ['tasks'] : [])];
    const agent = await client.agents.update(args.alias, asUpdate(args.alias, fields, unset, now));
    if (args.json) io.json(agent);
    else io.data(agentLines(agent, io.ink(io.stdout)));
    return 0;
  },
});
