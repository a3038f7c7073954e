/** `spool agent ls` */

import { command } from '../command.js';
import { clientOf, HOST_FLAGS } from '../connect.js';
import { columnsOf } from '../output.js';
import { table } from '../render/table.js';

export const agentLs = command({
  about: 'Lists the agents that can be used. What is wrong with another one, `spool agent show ALIAS` says.',
  args: HOST_FLAGS,
  async run(args, io) {
    const page = await clientOf(args, io).agents.list();
    if (args.json) {
      io.json(page);
      return 0;
    }
    const rows = page.items.map(({ alias, runtime, model = '', effort = '', cwd = '', codexHome }) => [
      ...[alias, runtime, [model, effort].filter((word) => word !== '').join(', ')],
      ...[cwd, codexHome],
    ]);
    io.data(table(['ALIAS', 'RUNTIME', 'MODEL', 'CWD', 'CODEX_HOME'], rows, { ink: io.ink(io.stdout), columns: columnsOf(io.stdout) }));
    return 0;
  },
});
