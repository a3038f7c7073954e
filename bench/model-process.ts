/**
 * The offline model in a process of its own, so that its work is not done on the event loop of a client that is being measured.
 * A prompt `stamps:N:MS` is answered with N deltas, MS apart, each of which says when it was sent; `asks:N` runs N commands, one after
 * the other; any other one is answered at once.
 */

import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { chunks, shell, text } from '../src/testing/offline-model/reply.js';
import { readRequest } from '../src/testing/offline-model/request.js';
import { type Piece, writeReply } from '../src/testing/offline-model/sse.js';
import { nowMs } from './stats.js';

export type FromModel =
  | { readonly type: 'ready'; readonly url: string }
  /** A request was read at `at` and answered (the first byte of a stamped answer) at `answered`, by the shared clock. */
  | { readonly type: 'asked'; readonly prompt: string; readonly at: number; readonly answered: number };

/** Stands in a delta until it is sent; as long as a stamp. */
const BLANK = '<..............>';

/** A time as a delta bears it. */
export function stampOf(ms: number): string {
  return `<${ms.toFixed(3).padStart(BLANK.length - 2, '0')}>`;
}

let asked = 0;

function answer(body: string, response: ServerResponse): void {
  const at = nowMs();
  const request = readRequest(body, {});
  if (request === undefined) {
    response.writeHead(400).end();
    return;
  }
  const [, count, everyMs] = /^stamps:(\d+):(\d+)$/.exec(request.prompt) ?? [];
  const [, commands = '0'] = /^asks:(\d+)$/.exec(request.prompt) ?? [];
  const plain = request.step < Number(commands) ? shell('true') : text('Done.');
  const reply = count === undefined ? plain : chunks(new Array<string>(Number(count)).fill(BLANK), Number(everyMs));
  const pieces = writeReply(reply, request.body, `m${++asked}`);
  response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-cache' });
  if (count === undefined) response.end(pieces.map((piece) => piece.text).join(''));
  else sendStamped(pieces, response);
  process.send?.({ type: 'asked', prompt: request.prompt, at, answered: nowMs() } satisfies FromModel);
}

function sendStamped(pieces: readonly Piece[], response: ServerResponse): void {
  response.socket?.setNoDelay(true);
  const stamps: string[] = [];
  let due = nowMs();
  let index = 0;
  const goOn = (): void => {
    for (; index < pieces.length; index++) {
      const piece = pieces[index];
      if (piece === undefined) break;
      if (piece.afterMs > 0 && due + piece.afterMs > nowMs()) {
        setTimeout(goOn, due + piece.afterMs - nowMs());
        return;
      }
      due += piece.afterMs;
      if (piece.delta) stamps.push(stampOf(nowMs()));
      let next = piece.delta ? stamps.length - 1 : 0;
      response.write(piece.text.replaceAll(BLANK, () => stamps[next++] ?? BLANK));
    }
    response.end();
  };
  goOn();
}

if (process.send !== undefined) {
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      if (request.method === 'POST') answer(Buffer.concat(parts).toString('utf8'), response);
      else response.writeHead(200, { 'content-type': 'application/json' }).end('{"object":"list","data":[]}');
    });
  });
  server.listen(0, '127.0.0.1', () => {
    const { port } = server.address() as AddressInfo;
    process.send?.({ type: 'ready', url: `http://127.0.0.1:${port}/v1` } satisfies FromModel);
  });
  // Whoever started us is gone.
  process.on('disconnect', () => process.exit(0));
}
