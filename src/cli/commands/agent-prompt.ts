/** `spool agent prompt` */

import { command } from '../command.js';
import { clientOf, HOST_FLAGS, isOnThisMachine } from '../connect.js';
import { printable } from '../render/printable.js';

export const agentPrompt = command({
  about:
    'Shows what the model of an agent would be shown before your first message, as Codex puts it together: instructions, AGENTS.md, skills, permissions. No model is asked.',
  args: {
    alias: { type: 'positional', required: false, description: 'the agent (default: default)' },
    cwd: { type: 'string', valueHint: 'dir', description: "the folder of the session (default: the agent's, else the host's)" },
    ...HOST_FLAGS,
  },
  async run(args, io) {
    const client = clientOf(args, io);
    const { resolve } = await import('node:path');
    const cwd = args.cwd === undefined || !isOnThisMachine(client.url) ? args.cwd : resolve(args.cwd);
    const prompt = await client.agents.prompt(args.alias ?? 'default', cwd === undefined ? {} : { cwd });
    if (args.json) {
      io.json(prompt);
      return 0;
    }
    const ink = io.ink(io.stdout);
    io.data(ink.dim(`Codex ${prompt.version} in ${prompt.cwd}`));
    for (const { role, parts } of prompt.messages) {
      for (const part of parts) io.data(`\n${ink.bold(ink.cyan(`${role}:`))}\n${printable(part)}`);
    }
    return 0;
  },
});
