/** `spool agent ls` */

import { agentRoll, nodeAgentOf, type Roll } from '../agent-roll.js';
import { command } from '../command.js';
import { clientOf, HOST_FLAGS } from '../connect.js';
import { columnsOf } from '../output.js';
import { loadWords } from '../render/settings-rows.js';
import { table } from '../render/table.js';

export const agentLs = command({
  about:
    'Lists the agents that can be used, those from elsewhere among them: whether they are there, and on how many tasks they work, of how many at once, + how many wait. What is wrong with another one, `spool agent show ALIAS` says.',
  args: HOST_FLAGS,
  async run(args, io) {
    const roll = await agentRoll(clientOf(args, io));
    if (args.json) {
      io.json({ items: roll.agents, next: null, elsewhere: roll.elsewhere, nodes: roll.nodes });
      return 0;
    }
    const headings = ['ALIAS', 'RUNTIME', 'ONLINE', 'TASKS', 'MODEL', 'ROLE OR CWD'];
    io.data(table(headings, rowsOf(roll), { ink: io.ink(io.stdout), columns: columnsOf(io.stdout) }));
    return 0;
  },
});

function rowsOf(roll: Roll): string[][] {
  const known = new Set(roll.agents.map(({ alias }) => alias));
  const own = roll.agents.map(({ alias, runtime, model = '', effort = '', cwd = '', tasks }) => {
    const load = nodeAgentOf(roll, alias)?.load;
    const words = [model, effort].filter((word) => word !== '').join(', ');
    return [alias, runtime, 'yes', load === undefined ? '' : loadWords(load), words, tasks?.role ?? cwd];
  });
  const others = roll.nodes
    .flatMap(({ agents }) => agents)
    .filter(({ alias }) => !known.has(alias))
    .map(({ alias, runtime, online, load, role = '' }) => [
      alias,
      runtime ?? '(elsewhere)',
      online ? 'yes' : 'no',
      loadWords(load),
      '',
      role,
    ]);
  return [...own, ...others];
}
