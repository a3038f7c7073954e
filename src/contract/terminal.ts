/** Terminals: the runtime's own interface on a session that the host drives, and what whoever sits there may do beyond talking to the agent. */

import { z } from 'zod';
import { Runtime } from './words.js';

/** `shell`: commands of the person, which run outside of the agent's sandbox; `processes`: other processes and files; `config`: the runtime's own configuration. */
export const TerminalGrant = z.enum(['shell', 'processes', 'config']);
export type TerminalGrant = z.infer<typeof TerminalGrant>;

export const OpenTerminal = z
  .strictObject({
    allow: z.array(TerminalGrant).optional().describe('what may be done besides; needs the role owner. Nothing of it unless given'),
    commandId: z.string().min(1).max(200).optional().describe('is taken and changes nothing: each request opens a terminal of its own'),
  })
  .meta({ id: 'OpenTerminal' });
export type OpenTerminal = z.infer<typeof OpenTerminal>;

export const Terminal = z
  .object({
    id: z.string(),
    session: z.string(),
    runtime: Runtime,
    version: z.string().describe("the runtime's version: the terminal should have the same"),
    threadId: z.string().describe("the runtime's own id of the conversation"),
    url: z.string().describe('a WebSocket on the loopback interface of the host'),
    token: z.string().describe('for one connection, as "Authorization: Bearer TOKEN"; is told only here'),
    expiresAt: z.iso.datetime().describe('when the token is forgotten, unless somebody has connected with it by then'),
  })
  .meta({ id: 'Terminal' });
export type Terminal = z.infer<typeof Terminal>;

export const TerminalCommand = z
  .object({
    command: z.string().describe('absolute path of the program'),
    args: z.array(z.string()),
    env: z.record(z.string(), z.string()).describe('its whole environment, with tokens in it'),
    cwd: z.string(),
  })
  .meta({ id: 'TerminalCommand' });
export type TerminalCommand = z.infer<typeof TerminalCommand>;
