/** `spool models` */

import type { ModelInfo } from '../../contract/host.js';
import { command } from '../command.js';
import { clientOf, HOST_FLAGS } from '../connect.js';
import { columnsOf } from '../output.js';
import { table } from '../render/table.js';

export const models = command({
  about: 'Lists the models that an agent can be told to use, and how hard each can think; * is what is used where nobody chooses.',
  args: { agent: { type: 'positional', required: false, description: 'the agent (default: default)' }, ...HOST_FLAGS },
  async run(args, io) {
    const page = await clientOf(args, io).agents.models(args.agent ?? 'default');
    if (args.json) io.json(page);
    else if (page.items.length === 0) io.note('the runtime of this agent names no models');
    else {
      const style = { ink: io.ink(io.stdout), columns: columnsOf(io.stdout) };
      io.data(table(['', 'MODEL', 'EFFORT', 'ABOUT'], page.items.map(rowOf), style));
    }
    return 0;
  },
});

function rowOf({ id, name, description, default: isDefault, efforts, defaultEffort }: ModelInfo): string[] {
  const levels = efforts.map((effort) => (effort === defaultEffort ? `${effort}*` : effort)).join(' ');
  return [isDefault ? '*' : '', id, levels, bare(name) === bare(id) ? description : `${name}: ${description}`];
}

/** Many a name says no more than its id. */
function bare(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9]/g, '');
}
