/** `spool nodes` */

import type { Node } from '../../contract/task.js';
import { command } from '../command.js';
import { clientOf, HOST_FLAGS } from '../connect.js';
import { columnsOf, type Io } from '../output.js';
import { oneLine } from '../render/printable.js';
import { loadWords } from '../render/settings-rows.js';
import { table } from '../render/table.js';
import { age } from '../render/words.js';

export const nodes = command({
  about: 'Lists the hosts of the network and their agents: who is there, who takes tasks of other agents, and how much they have to do.',
  args: HOST_FLAGS,
  async run(args, io) {
    const page = await clientOf(args, io).nodes();
    if (args.json) io.json(page);
    else io.data(page.items.map((node) => nodeText(node, io)).join('\n\n'));
    return 0;
  },
});

function nodeText({ name, version, online, startedAt, load, agents }: Node, io: Io): string {
  const [ink, columns] = [io.ink(io.stdout), columnsOf(io.stdout)];
  const there = online ? `up ${age(startedAt, Date.now())}` : 'offline';
  const head = `${ink.bold(oneLine(name))}${ink.dim(` · ${version} · ${there} · ${load.running} running, ${load.queued} queued`)}`;
  const rows = agents.map((agent) => [
    ...[agent.alias, agent.runtime ?? '(elsewhere)', agent.online ? 'yes' : 'no', loadWords(agent.load)],
    ...[agent.takesTasks ? 'yes' : 'no', [agent.role, agent.skills.join(', ')].filter((word) => word).join('; ')],
  ]);
  return `${head}\n${table(['ALIAS', 'RUNTIME', 'ONLINE', 'TASKS', 'OF AGENTS', 'ROLE'], rows, { ink, columns })}`;
}
