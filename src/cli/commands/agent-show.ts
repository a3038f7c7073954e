/** `spool agent show` */

import { SpoolError } from '../../base/errors.js';
import type { Client } from '../../client/connect.js';
import type { OutsideAgent } from '../../contract/task.js';
import { command } from '../command.js';
import { clientOf, HOST_FLAGS } from '../connect.js';
import { agentLines, outsideAgentLines } from '../render/agent-lines.js';

export const agentShow = command({
  about:
    'Shows one agent: its configuration, where its CODEX_HOME and its instructions lie, how it takes part in tasks. Values that may be secret are masked.',
  args: { alias: { type: 'positional', required: false, description: 'the agent (default: default)' }, ...HOST_FLAGS },
  async run(args, io) {
    const client = clientOf(args, io);
    const ink = io.ink(io.stdout);
    try {
      const agent = await client.agents.get(args.alias ?? 'default');
      if (args.json) io.json(agent);
      else io.data(agentLines(agent, ink));
    } catch (error) {
      const other = SpoolError.from(error).code === 'not-found' ? await fromElsewhere(client, args.alias) : undefined;
      if (other === undefined) throw error;
      if (args.json) io.json(other);
      else io.data(outsideAgentLines(other, ink, Date.now()));
    }
    return 0;
  },
});

async function fromElsewhere(client: Client, alias: string | undefined): Promise<OutsideAgent | undefined> {
  return (await client.outsideAgents.list()).items.find((one) => one.alias === alias);
}
