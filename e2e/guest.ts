/** Another client of the Codex process that a host keeps, as a person's own terminal is one: it speaks Codex's own protocol over the WebSocket. */

import { readFileSync } from 'node:fs';
import { systemClock } from '../src/base/clock.js';
import { Client, type ServerNotification, type ServerRequest } from '../src/codex/wire/client.js';
import { handshake } from '../src/codex/wire/handshake.js';
import { connectWebSocket } from '../src/codex/wire/websocket.js';
import type { RuntimeStatus } from '../src/contract/host.js';
import type { Runtime } from '../src/contract/words.js';
import { must } from './ladder.js';
import type { Served } from './program.js';

export interface Endpoint {
  readonly address: string;
  readonly token: string;
  readonly pid: number;
}

/** Where the process of a runtime listens for others. */
export async function endpointOf({ client }: Served, runtime: Runtime = 'codex-cli-remote-control'): Promise<Endpoint> {
  const { runtimes } = await client.status();
  const found: RuntimeStatus | undefined = runtimes.find((one) => one.runtime === runtime);
  must(
    found?.address !== undefined && found.tokenFile !== undefined && found.pid !== null,
    `no process of ${runtime} listens for others`,
    () => runtimes,
  );
  return { address: found.address, token: readFileSync(found.tokenFile, 'utf8').trim(), pid: found.pid };
}

export class Guest implements AsyncDisposable {
  readonly heard: ServerNotification[] = [];
  readonly asked: ServerRequest[] = [];
  /** How many requests it has sent. */
  requests = 0;
  readonly #client: Client;

  private constructor(client: (guest: Guest) => Client) {
    this.#client = client(this);
  }

  /** Connects, and joins a thread that has had a turn. */
  static async of({ address, token }: Endpoint, threadId: string): Promise<Guest> {
    const transport = await connectWebSocket({ address, token, clock: systemClock });
    const guest = new Guest((self) => {
      return new Client(transport, {
        clock: systemClock,
        onNotification: (notification) => void self.heard.push(notification),
        onRequest: (request) => void self.asked.push(request),
      });
    });
    await handshake(guest.#client, { version: '0.0.0' });
    await guest.#client.request('thread/resume', { threadId, excludeTurns: true });
    guest.requests = 2;
    return guest;
  }

  /** Asks for a turn of its own. */
  async say(threadId: string, text: string): Promise<void> {
    this.requests += 1;
    await this.#client.request('turn/start', { threadId, input: [{ type: 'text', text, text_elements: [] }] });
  }

  /** What came of the messages piece by piece, from the n-th notification on. */
  textFrom(start: number): string {
    return this.heard
      .slice(start)
      .flatMap((one) => (one.method === 'item/agentMessage/delta' ? [one.params.delta] : []))
      .join('');
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#client.close();
  }
}
