/** `spool acp` */

import { VERSION } from '../../base/version.js';
import { command } from '../command.js';
import { clientOf, HOST_FLAGS } from '../connect.js';

export const acp = command({
  about:
    'Makes a host an agent of the Agent Client Protocol on standard input and output, for editors that speak it. The host may be started later, or anew; sessions stay in it.',
  args: {
    agent: { type: 'string', valueHint: 'alias', description: 'the agent of the sessions that are opened (default: default)' },
    host: HOST_FLAGS.host,
    token: HOST_FLAGS.token,
  },
  async run(args, io) {
    const { serveEditor } = await import('../acp/face.js');
    await serveEditor({
      client: () => clientOf(args, io),
      agent: args.agent,
      version: VERSION,
      input: io.stdin,
      output: io.stdout,
      note: (text) => io.note(text),
    });
    return 0;
  },
});
