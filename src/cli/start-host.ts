/** The host that a command talks with: the one that runs, or one of its own for as long as the command takes. */

import { SpoolError } from '../base/errors.js';
import { type Client, connect } from '../client/connect.js';
import { clientOf, type HostArgs, namesHost } from './connect.js';
import type { Io } from './output.js';

export interface Reached extends AsyncDisposable {
  readonly client: Client;
}

/** The host that is meant. Where none was named and none runs, one of our own for as long as the command takes. */
export async function reach(args: HostArgs, io: Io): Promise<Reached> {
  const client = clientOf(args, io);
  try {
    await client.status();
    return { client, [Symbol.asyncDispose]: () => Promise.resolve() };
  } catch (error) {
    // A host at the usual port that does not know our token serves another home.
    const { code } = SpoolError.from(error);
    if (namesHost(args, io) || (code !== 'unavailable' && code !== 'unauthorized')) throw error;
  }
  const held = io.interrupts.hold();
  try {
    const { startHost } = await import('../daemon/start-host.js');
    // Nobody comes back to this host, so a turn that is left goes with it.
    const host = await startHost({ env: io.env, port: 0, keepRunningTurns: false });
    return {
      client: connect({ url: host.url, token: host.token ?? undefined }),
      [Symbol.asyncDispose]: () => host.stop().finally(() => held[Symbol.dispose]()),
    };
  } catch (error) {
    held[Symbol.dispose]();
    throw error;
  }
}
