/** `spool agent show` */

import { command } from '../command.js';
import { clientOf, HOST_FLAGS } from '../connect.js';
import { agentLines } from '../render/agent-lines.js';

export const agentShow = command({
  about: 'Shows one agent: its configuration, where its CODEX_HOME and its instructions lie. Values that may be secret are masked.',
  args: { alias: { type: 'positional', required: false, description: 'the agent (default: default)' }, ...HOST_FLAGS },
  async run(args, io) {
    const agent = await clientOf(args, io).agents.get(args.alias ?? 'default');
    if (args.json) io.json(agent);
    else io.data(agentLines(agent, io.ink(io.stdout)));
    return 0;
  },
});
