/** `spool agent admit` */

import { command } from '../command.js';
import { clientOf, HOST_FLAGS } from '../connect.js';
import { commonOf, SETTING_FLAGS } from '../task-settings-flags.js';

export const agentAdmit = command({
  about:
    'Admits an agent whose process is none of this host: it comes with a token of its own, takes tasks and replies. The token is printed, this once. Whoever has it can work as this agent.',
  args: {
    alias: { type: 'positional', description: 'its name: a-z, 0-9 and -' },
    skill: { type: 'string', valueHint: 'word,…', description: 'what it can do, in words that other agents look for' },
    ...SETTING_FLAGS,
    ...HOST_FLAGS,
  },
  async run(args, io) {
    const client = clientOf(args, io);
    const skills = args.skill.filter((word) => word !== '');
    const tasks = { ...commonOf(args), ...(skills.length === 0 ? {} : { skills }) };
    const admitted = await client.outsideAgents.admit({ alias: args.alias, tasks });
    if (args.json) {
      io.json(admitted);
      return 0;
    }
    io.data(admitted.token);
    const ink = io.ink(io.stderr);
    io.note(`${ink.green('✓')} ${admitted.alias} is admitted. This is its token; it is not shown again.`);
    io.note(
      ink.dim(
        `  It takes tasks with it at ${client.url}: POST /v1/tasks/lease, header\n  "Authorization: Bearer TOKEN". docs/outside-agents.md has a client and plain curl.`,
      ),
    );
    io.note(ink.dim(`  \`spool agent dismiss ${admitted.alias}\` makes it worth nothing.`));
    return 0;
  },
});
