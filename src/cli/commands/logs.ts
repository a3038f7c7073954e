/** `spool logs` */

import type { Client } from '../../client/connect.js';
import type { Event } from '../../contract/events.js';
import { command } from '../command.js';
import { clientOf, HOST_FLAGS } from '../connect.js';
import { columnsOf } from '../output.js';
import { pickSession } from '../pick.js';
import { eventLine } from '../render/event-line.js';
import { wholeNumber } from '../whole-number.js';

export const logs = command({
  about: 'Prints the events of a session, one a line; with --json as they are.',
  args: {
    session: { type: 'positional', description: 'the session, or a part of its id' },
    after: { type: 'string', valueHint: 'n', description: 'only events behind this position' },
    follow: { type: 'boolean', description: 'go on with those that come' },
    ...HOST_FLAGS,
  },
  async run(args, io) {
    const client = clientOf(args, io);
    const after = wholeNumber('--after', args.after) ?? 0;
    const { id } = await pickSession(client, args.session);
    const style = { ink: io.ink(io.stdout), columns: columnsOf(io.stdout) };
    const print = (event: Event): void => (args.json ? io.json(event) : io.data(eventLine(event, style)));
    if (args.follow) {
      for await (const event of client.follow(id, { after })) print(event);
    } else {
      for await (const event of past(client, id, after)) print(event);
    }
    return 0;
  },
});

/** Page by page, so that a long log needs no memory. */
async function* past(client: Client, id: string, from: number): AsyncGenerator<Event, void> {
  for (let after: number | null = from; after !== null; ) {
    const page: { events: unknown[]; next: number | null } = await client.sessions.events(id, { after, limit: 1000 });
    // The schema of a page leaves unknown types open; what we print of them is only their name.
    yield* page.events as Event[];
    after = page.next;
  }
}
