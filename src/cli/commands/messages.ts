/** `spool messages` */

import { SpoolError } from '../../base/errors.js';
import type { Client } from '../../client/connect.js';
import type { ChatMessage } from '../../contract/message.js';
import type { Session } from '../../contract/session.js';
import { command } from '../command.js';
import { clientOf, HOST_FLAGS } from '../connect.js';
import { columnsOf } from '../output.js';
import { pickSession } from '../pick.js';
import { messageLines, messageMarkdown } from '../render/message-text.js';
import { oneLine } from '../render/printable.js';

export const messages = command({
  about: 'Prints a conversation as chat messages; with --json one message a line, with --markdown as a document.',
  args: {
    session: { type: 'positional', description: 'the session, or a part of its id' },
    markdown: { type: 'boolean', description: 'print a markdown document' },
    ...HOST_FLAGS,
  },
  async run(args, io) {
    if (args.json && args.markdown) throw new SpoolError('invalid-input', 'it is --json or --markdown, not both');
    const client = clientOf(args, io);
    const session = await pickSession(client, args.session);
    const style = { ink: io.ink(io.stdout), columns: columnsOf(io.stdout) };
    if (args.markdown) io.data(`${headOf(session)}\n`);
    let before: ChatMessage | undefined;
    for await (const message of all(client, session.id)) {
      if (args.json) io.json(message);
      else if (args.markdown) io.data(messageMarkdown(message, before).slice(0, -1));
      else for (const line of messageLines(message, before, style)) io.data(line);
      before = message;
    }
    if (before === undefined && !args.json) io.note('nothing has been said yet');
    return 0;
  },
});

/** Page by page, so that a long conversation needs no memory. */
async function* all(client: Client, id: string): AsyncGenerator<ChatMessage, void> {
  for (let after: number | null = 0; after !== null; ) {
    const page: { items: ChatMessage[]; next: number | null } = await client.sessions.messages(id, { after, limit: 1000 });
    yield* page.items;
    after = page.next;
  }
}

function headOf({ id, title, agent, runtime, createdAt }: Session): string {
  return [`# ${oneLine(title ?? id)}`, '', `Session \`${id}\` with \`${agent}\` (${runtime}), opened ${createdAt}.`].join('\n');
}
