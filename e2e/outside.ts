/**
 * Nobody is called. All processes of the ladder are told to reach the network through this proxy, which writes down who was to be called
 * and refuses; and while they run their sockets are looked at, for one that goes another way. The offline model is reached directly.
 */

import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { canLook, farEnds, processesOf } from './process-tree.js';

/** Whose models must never be asked here. */
const PROVIDERS = /(?:^|\.)(?:openai\.com|chatgpt\.com|oaistatic\.com|oaiusercontent\.com|anthropic\.com|claude\.ai)$/;

const LOOK_MS = 200;

export interface Outside extends AsyncDisposable {
  /** What makes a process go this way. */
  readonly env: Readonly<Record<string, string>>;
  /** Hosts that were asked for through the proxy, and how often. */
  readonly refused: ReadonlyMap<string, number>;
  /** Addresses of other machines to which a socket led all the same. */
  readonly reached: ReadonlySet<string>;
  /** Looks at the sockets of the processes of a folder until it is disposed. */
  watch(folder: string): Disposable;
}

export async function closeOutside(): Promise<Outside> {
  const refused = new Map<string, number>();
  const reached = new Set<string>();
  const asked = (host: string): void => void refused.set(host, (refused.get(host) ?? 0) + 1);
  const server = createServer((request, response) => refuse(request, response, asked));
  server.on('connect', (request: IncomingMessage, socket: Socket) => {
    asked(hostIn(`http://${request.url ?? ''}`));
    socket.on('error', () => undefined);
    socket.end('HTTP/1.1 403 Forbidden\r\nconnection: close\r\n\r\n');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    env: proxyVariables(url),
    refused,
    reached,
    watch: (folder) => watchSockets(folder, reached),
    [Symbol.asyncDispose]: () => closed(server),
  };
}

/** Those of `hosts` that belong to a provider of models. */
export function providersAmong(hosts: Iterable<string>): string[] {
  return [...hosts].filter((host) => PROVIDERS.test(host));
}

function refuse(request: IncomingMessage, response: ServerResponse, asked: (host: string) => void): void {
  asked(hostIn(request.url ?? ''));
  response.writeHead(403, { 'content-type': 'text/plain' }).end('nobody is called from here');
}

function hostIn(url: string): string {
  return URL.canParse(url) ? new URL(url).hostname : url;
}

function proxyVariables(url: string): Record<string, string> {
  const names = ['HTTP_PROXY', 'HTTPS_PROXY', 'ALL_PROXY'].flatMap((name) => [name, name.toLowerCase()]);
  const straight = { NO_PROXY: '127.0.0.1,localhost', no_proxy: '127.0.0.1,localhost' };
  return { ...Object.fromEntries(names.map((name) => [name, url])), ...straight };
}

function watchSockets(folder: string, reached: Set<string>): Disposable {
  const look = (): void => {
    for (const address of farEnds(processesOf(folder))) reached.add(address);
  };
  const timer = canLook() ? setInterval(look, LOOK_MS) : undefined;
  return { [Symbol.dispose]: () => clearInterval(timer) };
}

function closed(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
