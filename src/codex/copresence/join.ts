/** Opens a line to the app-server for a terminal, and keeps the process for as long as somebody sits there. */

import { SpoolError } from '../../base/errors.js';
import type { Attachment } from '../../ports/terminal.js';
import type { Connection } from '../app-server/connection.js';
import { Gateway, type GatewayParts } from './gateway.js';

export interface Joining extends Omit<GatewayParts, 'transport' | 'version' | 'release'> {
  /** The host's own line to the process. */
  readonly connection: Connection;
  readonly signal?: AbortSignal | undefined;
}

/** Attachments that stand; each leaves when it ends. */
export async function joinThread({ connection, signal, ...rest }: Joining, standing: Set<Attachment>): Promise<Attachment> {
  const { child } = connection;
  if (child.transport === 'stdio') {
    throw new SpoolError('unsupported', 'Codex speaks over pipes here, which have room for one', {
      hint: 'let the host use a socket: it does where it can',
    });
  }
  const held = connection.hold();
  try {
    const transport = await child.connect();
    const release = (): void => {
      held[Symbol.dispose]();
      standing.delete(gateway);
    };
    const gateway = new Gateway({ ...rest, version: connection.version, transport, release });
    standing.add(gateway);
    if (signal?.aborted !== true) return gateway;
    await gateway[Symbol.asyncDispose]();
    throw new SpoolError('cancelled', 'the terminal was given up');
  } catch (error) {
    held[Symbol.dispose]();
    throw error;
  }
}
