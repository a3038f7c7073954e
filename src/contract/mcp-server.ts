/** A server of tools (Model Context Protocol) that an agent gets: a command that speaks on its pipes, or an address. */

import { z } from 'zod';

/** With both, `command` counts. */
export const McpServer = z
  .strictObject({
    command: z.string().min(1).optional(),
    args: z.array(z.string()).optional(),
    env: z.record(z.string(), z.string()).optional().describe('of the command'),
    cwd: z.string().min(1).optional().describe('of the command'),
    url: z.string().min(1).optional().describe('streamable HTTP'),
    headers: z.record(z.string(), z.string()).optional(),
    timeout: z.number().positive().optional().describe('seconds that one call of a tool may take'),
    connectTimeout: z.number().positive().optional().describe('seconds that the start may take'),
    enabled: z.boolean().optional().describe('default true'),
    instructions: z.string().optional().describe("how the agent is to use it; becomes a section of the agent's instructions"),
  })
  .refine(({ command, url }) => command !== undefined || url !== undefined, 'needs a command or a url')
  .meta({ id: 'McpServer' });
export type McpServer = z.infer<typeof McpServer>;

/** The header in which a conversation of an agent names its session to a server of this host. */
export const SESSION_HEADER = 'spool-session';

/** The header in which a client that is no agent says whose tools it means. */
export const AGENT_HEADER = 'spool-agent';
