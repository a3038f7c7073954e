/** The program of a fake Codex: `app-server` on stdio, or with `--listen unix://PATH` as WebSocket on a unix socket. */

import { createServer } from 'node:http';
import type { Readable, Writable } from 'node:stream';
import { type RawData, type WebSocket, WebSocketServer } from 'ws';
import { LineCutter } from '../../base/lines.js';
import type { FakeCodexServer } from './server.js';

export interface FakeCodexProcess {
  readonly args: readonly string[];
  readonly server: FakeCodexServer;
  readonly stdin: Readable;
  readonly stdout: Writable;
  readonly exit: (code: number) => void;
}

/** Plays until the process is ended; on stdio until stdin ends. */
export function playFakeCodex({ args, server, stdin, stdout, exit }: FakeCodexProcess): void {
  const address = args[args.indexOf('--listen') + 1];
  if (!args.includes('--listen')) onStdio(server, stdin, stdout, exit);
  else if (address?.startsWith('unix://') === true) onSocket(server, address.slice('unix://'.length));
  else exit(64);
}

function onStdio(server: FakeCodexServer, stdin: Readable, stdout: Writable, exit: (code: number) => void): void {
  const client = server.connect({
    send: (text) => void stdout.write(`${text}\n`),
    // The last line is not ended, and nothing comes behind it.
    breakIn: (text) => void stdout.write(text.slice(0, text.length / 2), () => exit(1)),
  });
  const cutter = new LineCutter({ maxBytes: 64 * 1024 * 1024, onLine: (line) => client.receive(line) });
  stdin.on('data', (chunk: Buffer) => cutter.push(chunk));
  stdin.once('end', () => exit(0));
}

function onSocket(server: FakeCodexServer, path: string): void {
  const http = createServer((_request, response) => void response.writeHead(426).end());
  const sockets = new WebSocketServer({ noServer: true, perMessageDeflate: false });
  http.on('upgrade', (request, stream, head) => {
    sockets.handleUpgrade(request, stream, head, (socket: WebSocket) => {
      const client = server.connect({
        send: (text) => socket.send(text),
        breakIn: (text) => void stream.write(halfFrame(text), () => stream.destroy()),
      });
      socket.on('message', (data) => client.receive(textOf(data)));
      socket.on('close', () => client.close());
      socket.on('error', () => client.close());
    });
  });
  http.listen(path);
}

/** The head of a text frame and the first half of what it announces. */
function halfFrame(text: string): Buffer {
  const body = Buffer.from(text);
  const head = Buffer.alloc(10);
  head.writeUInt8(0x81, 0);
  head.writeUInt8(127, 1);
  head.writeBigUInt64BE(BigInt(body.length), 2);
  return Buffer.concat([head, body.subarray(0, body.length / 2)]);
}

function textOf(data: RawData): string {
  if (Array.isArray(data)) return Buffer.concat(data).toString('utf8');
  return Buffer.isBuffer(data) ? data.toString('utf8') : Buffer.from(data).toString('utf8');
}
