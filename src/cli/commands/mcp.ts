/** `spool mcp` */

import { VERSION } from '../../base/version.js';
import { command } from '../command.js';
import { addressOf, HOST_FLAGS } from '../connect.js';

export const mcp = command({
  about:
    'Serves the tools of a host as an MCP server on standard input and output, until the input ends. The host may be started later, or anew.',
  args: {
    agent: { type: 'string', valueHint: 'alias', description: 'whose tools (default: all that are offered)' },
    host: HOST_FLAGS.host,
    token: HOST_FLAGS.token,
  },
  async run(args, io) {
    const [{ bridge }, { McpHost }] = await Promise.all([import('../mcp-bridge.js'), import('../mcp-over-http.js')]);
    const host = new McpHost({ address: () => addressOf(args, io), agent: args.agent, version: VERSION });
    await bridge({ host, version: VERSION, input: io.stdin, output: io.stdout });
    return 0;
  },
});
