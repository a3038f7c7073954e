/** A real HTTP server that takes webhooks as a test wants it, and checks signatures with code of its own. */

import { createHmac, timingSafeEqual } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';

export interface Post {
  readonly id: string;
  readonly timestamp: number;
  readonly signature: string;
  readonly contentType: string | undefined;
  readonly path: string | undefined;
  readonly body: string;
  readonly event: { type: string; at: string; timestamp: string; position: number; task?: string; session?: string; data: unknown };
  /** Resolves when the connection is gone on which it came. */
  readonly disconnected: Promise<void>;
}

/** A status, with headers if need be; `hang`: never an answer; `close`: the connection is closed without one; `trickle`: an answer that never ends. */
export type Reply = number | { readonly status: number; readonly headers: Record<string, string> } | 'hang' | 'close' | 'trickle';

export interface Receiver extends AsyncDisposable {
  readonly url: string;
  /** What came so far, in its order, also what was not taken. */
  readonly posts: readonly Post[];
  /** The answers to what comes from now on; the last one stays. Called with the post and how often this id came before. */
  reply: (post: Post, before: number) => Reply | Promise<Reply>;
  /** Resolves when so many have come in all. */
  came(count: number): Promise<Post>;
  /** Closes the connections that are open but idle. */
  closeIdle(): void;
}

export async function receiver(reply: Receiver['reply'] = () => 204, port = 0): Promise<Receiver> {
  const posts: Post[] = [];
  const watchers = new Set<() => void>();
  const take = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const post = await read(request);
    const before = posts.filter(({ id }) => id === post.id).length;
    posts.push(post);
    for (const watcher of [...watchers]) watcher();
    answer(response, await self.reply(post, before));
  };
  const server = createServer((request, response) => {
    take(request, response).catch(() => request.destroy());
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  const self: Receiver = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`,
    posts,
    reply,
    came: (count) =>
      new Promise((resolve) => {
        const look = (): void => {
          const post = posts[count - 1];
          if (post === undefined) return;
          watchers.delete(look);
          resolve(post);
        };
        watchers.add(look);
        look();
      }),
    closeIdle: () => server.closeIdleConnections(),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      if (!server.listening) return;
      server.close();
      await once(server, 'close');
    },
  };
  return self;
}

const closings = new WeakMap<Socket, Promise<void>>();

function closing(socket: Socket): Promise<void> {
  const known = closings.get(socket) ?? new Promise<void>((resolve) => socket.once('close', () => resolve()));
  closings.set(socket, known);
  return known;
}

async function read(request: IncomingMessage): Promise<Post> {
  const disconnected = closing(request.socket);
  let body = '';
  for await (const chunk of request.setEncoding('utf8')) body += chunk as string;
  const header = (name: string): string => String(request.headers[name]);
  return {
    ...{ id: header('webhook-id'), timestamp: Number(header('webhook-timestamp')), signature: header('webhook-signature') },
    ...{ contentType: request.headers['content-type'], path: request.url, body, event: JSON.parse(body) as Post['event'], disconnected },
  };
}

function answer(response: ServerResponse, reply: Reply): void {
  if (reply === 'hang') return;
  if (reply === 'close') {
    response.socket?.destroy();
    return;
  }
  if (reply === 'trickle') {
    response.writeHead(200);
    response.write('and so on');
    return;
  }
  const { status, headers } = typeof reply === 'number' ? { status: reply, headers: {} } : reply;
  response.writeHead(status, headers).end();
}

/** As the standard says it, and with nothing of the program that is tested. */
export function isSigned({ id, timestamp, signature, body }: Post, secret: string): boolean {
  const key = Buffer.from(secret.slice('whsec_'.length), 'base64');
  const wanted = createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest();
  return signature.split(' ').some((one) => {
    const [version, text = ''] = one.split(',');
    const given = Buffer.from(text, 'base64');
    return version === 'v1' && given.length === wanted.length && timingSafeEqual(given, wanted);
  });
}
