/**
 * A program with a host inside and one tool for its agents: `ask_agent` gives a task to another agent by its alias, whatever its runtime,
 * and answers with what that one has said. Prints one line of JSON when it is ready, as `spool serve --json` does.
 */

import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { connect } from '../src/client/index.js';
import { ROOT } from './program.js';

// The library as it is published, and not the source that this file is built with.
const { startHost } = (await import(pathToFileURL(join(ROOT, 'dist', 'index.js')).href)) as typeof import('../src/index.js');

const running = await startHost({
  env: process.env,
  port: 0,
  tools: [
    {
      name: 'ask_agent',
      description: 'Gives a task to another agent and waits for its answer.',
      timeoutMs: 110_000,
      inputSchema: {
        type: 'object',
        properties: { agent: { type: 'string' }, task: { type: 'string' }, cwd: { type: 'string' } },
        required: ['agent', 'task'],
      },
      async handler({ agent, task, cwd }, { agent: from }) {
        const client = connect({ url: running.url, token: running.token ?? undefined });
        const { id } = await client.sessions.open({
          agent: String(agent),
          title: `for ${from}`,
          ...(cwd === undefined ? {} : { cwd: String(cwd) }),
        });
        const { turn } = await client.turns.request(id, { input: String(task) });
        const { status, finalText, error } = await client.wait(id, turn.id);
        if (status !== 'completed') throw new Error(`${agent} ${status}: ${error?.message ?? ''}`);
        return { agent, session: id, answer: finalText };
      },
    },
  ],
});
process.stdout.write(`${JSON.stringify({ url: running.url, token: running.token })}\n`);
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => void running.stop().then(() => process.exit(0)));
