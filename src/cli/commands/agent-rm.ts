/** `spool agent rm` */

import { command } from '../command.js';
import { clientOf, HOST_FLAGS } from '../connect.js';

export const agentRm = command({
  about: 'Removes an agent. Its sessions can still be read; its CODEX_HOME and its memory are kept.',
  args: { alias: { type: 'positional', description: 'the agent' }, ...HOST_FLAGS },
  async run(args, io) {
    const agent = await clientOf(args, io).agents.remove(args.alias);
    if (args.json) io.json(agent);
    else io.note(`${agent.alias} is removed; what lies in ${agent.codexHome} is kept`);
    return 0;
  },
});
