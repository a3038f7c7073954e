/** The first words of every connection to an app-server; nothing else is answered before them. */

import { SpoolError } from '../../base/errors.js';
import type { Client } from './client.js';

export interface ServerInfo {
  /** As in `0.169.0`; undefined when this connection was already greeted, or the server does not say. */
  readonly version: string | undefined;
  /** The absolute path of the CODEX_HOME in which the server works. */
  readonly codexHome: string | undefined;
}

export interface HandshakeOptions {
  /** Our own version. */
  readonly version: string;
  /** In milliseconds, instead of the client's. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal | undefined;
  /** Notifications that this connection is to be spared, by their exact names. */
  readonly without?: readonly string[];
}

const INVALID_REQUEST = -32600;

/** Greets the server. Rejects as `Client.request` does. */
export async function handshake(client: Client, options: HandshakeOptions): Promise<ServerInfo> {
  const { version, without = [], ...rest } = options;
  try {
    const result = await client.request(
      'initialize',
      {
        clientInfo: { name: 'spool', title: 'Spool', version },
        // Without the first, permission profiles and dynamic tools are refused.
        capabilities: { experimentalApi: true, requestAttestation: false, optOutNotificationMethods: [...without] },
      },
      rest,
    );
    client.notify('initialized', undefined);
    return { version: versionIn(result.userAgent), codexHome: result.codexHome };
  } catch (error) {
    if (!isAlreadyInitialized(error)) throw error;
    // Our first greeting was heard although its answer was lost on the way to us.
    client.notify('initialized', undefined);
    return { version: undefined, codexHome: undefined };
  }
}

/** The user agent reads `spool/0.169.0 (Debian 12.0.0; x86_64) …`: our name, Codex's version. */
function versionIn(userAgent: string): string | undefined {
  return /^[^/\s]+\/(\d+\.\d+\.\d+\S*)/.exec(userAgent)?.[1];
}

function isAlreadyInitialized(error: unknown): boolean {
  if (!(error instanceof SpoolError) || error.code !== 'runtime-failed') return false;
  return error.details?.['rpcCode'] === INVALID_REQUEST && /already initialized/i.test(error.message);
}
