/** `spool task reply` */

import { command } from '../command.js';
import { clientOf, HOST_FLAGS } from '../connect.js';
import { inputText } from '../input-text.js';
import { pickTask } from '../pick.js';

export const taskReply = command({
  about:
    'Replies to a task, which ends it: to one that was sent to "person", or in the place of its agent. The first reply wins; when it has ended before, it exits with 5.',
  args: {
    task: { type: 'positional', description: 'the task, or a part of its id' },
    text: { type: 'positional', description: 'the reply; - reads it from stdin' },
    ...HOST_FLAGS,
  },
  async run(args, io) {
    const client = clientOf(args, io);
    const text = await inputText(args.text, io);
    const { id } = await pickTask(client, args.task);
    const task = await client.tasks.reply(id, { text });
    if (args.json) io.json(task);
    else io.note(`replied to ${id}`);
    return 0;
  },
});
