/** `spool consume` */

import { SpoolError } from '../../base/errors.js';
import type { Client } from '../../client/connect.js';
import type { CarriedResult, TakenResult } from '../../contract/carried-result.js';
import { byteSize } from '../byte-size.js';
import { command } from '../command.js';
import { clientOf, HOST_FLAGS } from '../connect.js';
import { columnsOf, type Io } from '../output.js';
import { pickSession } from '../pick.js';
import { table } from '../render/table.js';
import { bytes } from '../render/words.js';
import { wholeNumber } from '../whole-number.js';

export const consume = command({
  about:
    'Lists the results of tools that a conversation carries with it, or takes some out of it, so that the model is not shown them again. A short note stands in their place. Nothing may run in the session meanwhile.',
  args: {
    session: { type: 'positional', description: 'the session, or a part of its id' },
    item: { type: 'positional', required: false, valueHint: 'item…', description: 'the results of these items; none: the list of all' },
    'larger-than': { type: 'string', valueHint: 'size', description: 'all results larger than that, as 64k' },
    'older-than': { type: 'string', valueHint: 'turns', description: 'all results since which so many turns have begun' },
    all: { type: 'boolean', description: 'all results' },
    arguments: { type: 'boolean', description: 'takes out what the tools were given too, and not only what they answered' },
    undo: { type: 'string', valueHint: 'name', description: 'puts back what was taken out under that name' },
    ...HOST_FLAGS,
  },
  async run(args, io) {
    const { item: items, all, undo } = args;
    const largerThanBytes = byteSize('--larger-than', args['larger-than']);
    const olderThanTurns = wholeNumber('--older-than', args['older-than']);
    const given = {
      ITEM: items.length > 0,
      '--larger-than or --older-than': (largerThanBytes ?? olderThanTurns) !== undefined,
      '--all': all,
      '--undo': undo !== undefined,
    };
    const ways = Object.entries(given).flatMap(([way, isGiven]) => (isGiven ? [way] : []));
    if (ways.length > 1) throw new SpoolError('invalid-input', `${ways.join(' and ')} do not go together`, { hint: 'choose one of them' });
    if (args.arguments && (ways.length === 0 || undo !== undefined))
      throw new SpoolError('invalid-input', '--arguments needs something to take out', { hint: 'name items, or a size, or --all' });
    const client = clientOf(args, io);
    const { id } = await pickSession(client, args.session);
    if (undo !== undefined) return await putBack(client, id, undo, args.json, io);
    if (ways.length === 0) return await list(client, id, args.json, io);
    const which = items.length > 0 ? { items: [...items] } : all ? { largerThanBytes: 0 } : { largerThanBytes, olderThanTurns };
    const taken = await client.sessions.consume(id, { ...which, arguments: args.arguments });
    if (args.json) io.json(taken);
    else if (taken.undo === null) io.note('there was nothing to take out');
    else io.note(`took out ${told(taken.consumed)}; \`spool consume ${id.slice(-6)} --undo ${taken.undo}\` puts it back`);
    return 0;
  },
});

async function putBack(client: Client, session: string, undo: string, json: boolean, io: Io): Promise<number> {
  const restored = await client.sessions.restore(session, { undo });
  if (json) io.json(restored);
  else io.note(`put back ${told(restored.restored)}`);
  return 0;
}

async function list(client: Client, session: string, json: boolean, io: Io): Promise<number> {
  const page = await client.sessions.results(session);
  if (json) io.json(page);
  else if (page.items.length === 0) io.note('the conversation carries no results of tools');
  else {
    const rows = page.items.toSorted((a, b) => b.bytes - a.bytes).map(row);
    io.data(table(['ITEM', 'SIZE', 'TURNS AGO', 'TAKEN OUT', 'TOOL'], rows, { ink: io.ink(io.stdout), columns: columnsOf(io.stdout) }));
  }
  return 0;
}

function row({ item, bytes: weight, turnsAgo, undo, tool, input }: CarriedResult): readonly string[] {
  return [item, bytes(weight), String(turnsAgo), undo ?? '', `${tool} ${input}`];
}

function told(results: readonly TakenResult[]): string {
  const weight = results.reduce((sum, result) => sum + result.bytes, 0);
  return `${results.length} ${results.length === 1 ? 'result' : 'results'} of ${bytes(weight)}`;
}
