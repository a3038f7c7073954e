/** Another client of the Codex process that a host keeps, as a person's own terminal would be. */

import { readdir, readFile } from 'node:fs/promises';
import { systemClock } from '../../src/base/clock.js';
import { Client, type ServerRequest } from '../../src/codex/wire/client.js';
import { handshake } from '../../src/codex/wire/handshake.js';
import { connectWebSocket } from '../../src/codex/wire/websocket.js';
import type { World } from './rig.js';

export interface SecondClient extends AsyncDisposable {
  /** Says yes to the first thing that Codex asks, which must be about a command. */
  acceptCommand(): Promise<void>;
}

/** Joins a thread of the one Codex process of this world. */
export async function secondClient(w: World, threadId: string): Promise<SecondClient> {
  const runDir = w.home.join('spool', 'run', 'codex');
  const [state] = (await readdir(runDir)).filter((name) => name.endsWith('.json'));
  const { address, token } = JSON.parse(await readFile(w.home.join('spool', 'run', 'codex', state ?? ''), 'utf8')) as {
    address: string;
    token?: string;
  };
  let heard: (request: ServerRequest) => void = () => undefined;
  const asked = new Promise<ServerRequest>((resolve) => {
    heard = resolve;
  });
  const transport = await connectWebSocket({ address, token, clock: systemClock });
  const client = new Client(transport, {
    clock: systemClock,
    onNotification: () => undefined,
    onRequest: (request) => heard(request),
  });
  await handshake(client, { version: '0.0.0' });
  await client.request('thread/resume', { threadId, excludeTurns: true });
  return {
    async acceptCommand() {
      const request = await asked;
      if (request.method !== 'item/commandExecution/requestApproval') throw new Error(`Codex asks ${request.method}`);
      request.result({ decision: 'accept' });
    },
    [Symbol.asyncDispose]: () => client.close(),
  };
}
