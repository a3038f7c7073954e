/** A client of the HTTP API with as little of its own as can be: one kept-alive connection for commands, one for each event stream. */

import { Agent, type ClientRequest, type IncomingMessage, request } from 'node:http';

export interface Frame {
  /** 0 where a frame has none. */
  readonly id: number;
  readonly event: string;
  readonly data: string;
}

/** Cuts a byte stream into the frames of our own host, which writes each field on one line and ends lines with LF. */
export class FrameCutter {
  #rest = '';

  /** Takes text as it comes and gives the frames that it completes; comments are left out. */
  push(text: string): Frame[] {
    this.#rest += text;
    const frames: Frame[] = [];
    for (let end = this.#rest.indexOf('\n\n'); end >= 0; end = this.#rest.indexOf('\n\n')) {
      const frame = frameOf(this.#rest.slice(0, end));
      this.#rest = this.#rest.slice(end + 2);
      if (frame !== undefined) frames.push(frame);
    }
    return frames;
  }
}

function frameOf(text: string): Frame | undefined {
  if (text.startsWith(':')) return undefined;
  const [, id = '0', event, data] = /^(?:id: (\d+)\n)?event: (\S+)\ndata: (.*)$/.exec(text) ?? [];
  if (event === undefined || data === undefined) throw new Error(`this is no frame of a host: ${text.slice(0, 200)}`);
  return { id: Number(id), event, data };
}

export class HttpClient {
  readonly #url: string;
  readonly #headers: Readonly<Record<string, string>>;
  readonly #agent: Agent;

  /** `sockets`: how many commands may be on their way at once. */
  constructor(url: string, token: string, sockets = 1) {
    this.#url = url;
    this.#headers = { authorization: `Bearer ${token}` };
    this.#agent = new Agent({ keepAlive: true, maxSockets: sockets, noDelay: true });
  }

  /** Sends a command and gives the answer's JSON. Rejects on any status from 400 on. */
  async post(path: string, body: unknown): Promise<Readonly<Record<string, unknown>>> {
    return await this.#json('POST', path, JSON.stringify(body));
  }

  async get(path: string): Promise<Readonly<Record<string, unknown>>> {
    return await this.#json('GET', path, undefined);
  }

  #json(method: string, path: string, body: string | undefined): Promise<Readonly<Record<string, unknown>>> {
    return new Promise((resolve, reject) => {
      const headers = body === undefined ? {} : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
      const asking = request(this.#url + path, { method, agent: this.#agent, headers: { ...this.#headers, ...headers } }, (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (part: string) => {
          text += part;
        });
        response.once('end', () => {
          if ((response.statusCode ?? 500) >= 400) reject(new Error(`${method} ${path}: ${response.statusCode} ${text}`));
          else resolve(JSON.parse(text) as Readonly<Record<string, unknown>>);
        });
      });
      asking.once('error', reject).end(body);
    });
  }

  /** Follows an event stream; resolves once it is open. Disposing cuts it. */
  follow(path: string, onFrame: (frame: Frame) => void): Promise<Disposable> {
    return new Promise((resolve, reject) => {
      const asking: ClientRequest = request(this.#url + path, { headers: { ...this.#headers, accept: 'text/event-stream' } });
      const cutter = new FrameCutter();
      asking.once('response', (response: IncomingMessage) => {
        if (response.statusCode !== 200) reject(new Error(`GET ${path}: ${response.statusCode}`));
        response.setEncoding('utf8').on('data', (text: string) => {
          for (const frame of cutter.push(text)) onFrame(frame);
        });
        response.on('error', () => undefined);
        resolve({ [Symbol.dispose]: () => void asking.destroy() });
      });
      asking.on('error', reject).end();
    });
  }

  close(): void {
    this.#agent.destroy();
  }
}
