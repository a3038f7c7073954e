/** Another Codex process in the same home, as when a person works there with a terminal of their own. */

import { systemClock } from '../../src/base/clock.js';
import { startProcess } from '../../src/base/process.js';
import { Client, type ServerNotification } from '../../src/codex/wire/client.js';
import { handshake } from '../../src/codex/wire/handshake.js';
import { stdioTransport } from '../../src/codex/wire/stdio.js';
import { codexBinary } from '../../src/testing/index.js';

export interface SecondCodex extends AsyncDisposable {
  readonly pid: number;
  readonly client: Client;
  /** Resolves when it next says this. */
  said(method: string): Promise<void>;
}

export async function secondCodex(codexHome: string): Promise<SecondCodex> {
  const env = { PATH: process.env['PATH'], HOME: codexHome, CODEX_HOME: codexHome };
  const child = await startProcess({ command: codexBinary(), args: ['app-server'], env });
  const transport = stdioTransport(child, { clock: systemClock });
  const waiting = new Map<string, () => void>();
  const onNotification = ({ method }: ServerNotification): void => waiting.get(method)?.();
  const client = new Client(transport, { clock: systemClock, onNotification, onRequest: () => undefined });
  await handshake(client, { version: '0.0.0' });
  return {
    pid: child.pid,
    client,
    said: (method) => new Promise((resolve) => waiting.set(method, resolve)),
    async [Symbol.asyncDispose]() {
      await client.close();
      await child.stop();
    },
  };
}
