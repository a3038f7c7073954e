/** `spool task send` */

import { SpoolError } from '../../base/errors.js';
import { command } from '../command.js';
import { clientOf, HOST_FLAGS } from '../connect.js';
import { followTask, styleOf } from '../follow-task.js';
import { inputText } from '../input-text.js';
import { standingLines, tailOf } from '../render/task-lines.js';
import { SEND_FLAGS, taskBody } from '../task-body.js';
import { wholeNumber } from '../whole-number.js';

export const taskSend = command({
  about:
    'Sends a task to an agent, or to "person", and prints its id. It is recorded durably once the id is there. With --wait it waits for the reply and prints that; exits 1 when none came. Ctrl-C leaves the task going.',
  args: {
    alias: { type: 'positional', description: 'the agent; `spool agent ls` lists them' },
    text: { type: 'positional', description: 'what is wanted; - reads it from stdin' },
    wait: { type: 'boolean', description: 'wait for the reply' },
    watch: { type: 'boolean', description: 'wait for it, and show what happens meanwhile' },
    timeout: { type: 'string', valueHint: 'seconds', description: 'wait no longer than that (exit status 124); the task goes on' },
    ...SEND_FLAGS,
    ...HOST_FLAGS,
  },
  async run(args, io) {
    const { wait, watch, json } = args;
    const seconds = wholeNumber('--timeout', args.timeout, 1);
    if (seconds !== undefined && !wait && !watch) {
      throw new SpoolError('invalid-input', '--timeout says how long to wait', {
        hint: 'give --wait too; --deadline limits the task itself',
      });
    }
    const client = clientOf(args, io);
    const task = await client.tasks.send(await taskBody(args.alias, await inputText(args.text, io), args, client.url));
    if (wait || watch) return await followTask({ client, io, task, how: watch ? 'watch' : 'wait', json, seconds });
    if (json) {
      io.json(task);
      return 0;
    }
    io.data(task.id);
    const style = styleOf(io, io.stderr);
    for (const line of standingLines(task, style)) io.note(line);
    const id = tailOf(task.id);
    io.note(style.ink.dim(`${task.status}; \`spool task wait ${id}\` waits for the reply, \`spool task watch ${id}\` shows it`));
    return 0;
  },
});
