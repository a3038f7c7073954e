/**
 * The HTTP API as a careful client uses it: every command bears an Idempotency-Key, and one whose answer was lost is sent again with the
 * same key until there is an answer.
 */

import { Agent, request } from 'node:http';
import type { SmallDisk } from './disk.js';
import type { HostProcess } from './host-process.js';

export interface Answer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
  /** How often the command was sent before this answer came. */
  readonly lost: number;
}

export interface Command {
  readonly method: 'GET' | 'POST' | 'DELETE';
  readonly path: string;
  readonly body?: unknown;
  readonly key?: string;
}

/** No room on the disk: nothing was done. */
const FULL = 507;

export class Api {
  readonly #host: HostProcess;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 64 });
  readonly #onSent: () => void;
  readonly #disk: SmallDisk | undefined;
  #lost = 0;

  /** `onSent` is called when a command is on its way. `disk`: a full disk refuses commands, which are sent again when there is room. */
  constructor(host: HostProcess, onSent: () => void, disk?: SmallDisk) {
    this.#host = host;
    this.#onSent = onSent;
    this.#disk = disk;
  }

  /** Answers that never came. */
  get lost(): number {
    return this.#lost;
  }

  /** Sends until there is an answer. A host that says it is stopping has done nothing. */
  async send(command: Command): Promise<Answer> {
    for (let lost = 0; ; lost += 1) {
      const { url, token, life } = await this.#host.up();
      const answer = await this.#once(url, token, command);
      if (answer?.status === FULL && this.#disk !== undefined) {
        await this.#disk.refused();
        continue;
      }
      if (answer !== undefined && answer.status !== 503) return { ...answer, lost };
      this.#lost += 1;
      // The address of a host that is dying is still there for a moment.
      if (this.#host.lives - 1 === life) await new Promise(setImmediate);
    }
  }

  async get(path: string): Promise<Readonly<Record<string, unknown>>> {
    const { status, body } = await this.send({ method: 'GET', path });
    if (status !== 200) throw new Error(`GET ${path}: ${status} ${JSON.stringify(body)}`);
    return body;
  }

  #once(url: string, token: string, { method, path, body, key }: Command): Promise<Omit<Answer, 'lost'> | undefined> {
    return new Promise((resolve) => {
      const text = body === undefined ? undefined : JSON.stringify(body);
      const headers: Record<string, string> = { authorization: `Bearer ${token}` };
      if (text !== undefined) headers['content-type'] = 'application/json';
      if (key !== undefined) headers['idempotency-key'] = key;
      const asking = request(url + path, { method, agent: this.#agent, headers }, (response) => {
        let answer = '';
        response.setEncoding('utf8').on('data', (part: string) => {
          answer += part;
        });
        response.once('error', () => resolve(undefined));
        response.once('close', () => resolve(undefined));
        response.once('end', () => {
          resolve({ status: response.statusCode ?? 0, body: answer === '' ? {} : (JSON.parse(answer) as Answer['body']) });
        });
      });
      asking.once('error', () => resolve(undefined));
      asking.end(text);
      if (method !== 'GET') this.#onSent();
    });
  }

  close(): void {
    this.#agent.destroy();
  }
}
