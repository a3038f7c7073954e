/**
 * A model's server in a process of its own: answers with a stream of as many bytes as the request's headers want, in blocks of the size and
 * the distance that they want. What it sends is made before, so that it costs next to nothing.
 */

import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { frame } from '../src/testing/offline-model/sse.js';

export interface FromUpstream {
  readonly type: 'ready';
  readonly url: string;
}

/** The headers by which a request says what it wants. */
export const WANTS = { bytes: 'x-bytes', block: 'x-block', everyMs: 'x-every-ms' } as const;

const DELTA = frame({
  type: 'response.output_text.delta',
  item_id: 'msg_1',
  output_index: 0,
  content_index: 0,
  delta: 'some words of a model ',
});
const END = frame({ type: 'response.completed', response: { id: 'r', usage: { input_tokens: 100, output_tokens: 20 } } });

function send(response: ServerResponse, { bytes, block, everyMs }: Record<keyof typeof WANTS, number>): void {
  const piece = Buffer.from(DELTA.repeat(Math.ceil(block / DELTA.length))).subarray(0, block);
  let left = bytes;
  let due = performance.now();
  const goOn = (): void => {
    while (left > 0) {
      if (everyMs > 0 && due > performance.now()) {
        setTimeout(goOn, due - performance.now());
        return;
      }
      due += everyMs;
      left -= piece.length;
      if (response.write(piece) || left <= 0) continue;
      response.once('drain', goOn);
      return;
    }
    response.end(`\n\n${END}`);
  };
  goOn();
}

if (process.send !== undefined) {
  const server = createServer((request, response) => {
    request.resume().once('end', () => {
      const wanted = (name: string): number => Number(request.headers[name] ?? 0);
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      send(response, { bytes: wanted(WANTS.bytes), block: wanted(WANTS.block), everyMs: wanted(WANTS.everyMs) });
    });
  });
  server.listen(0, '127.0.0.1', () => {
    const { port } = server.address() as AddressInfo;
    process.send?.({ type: 'ready', url: `http://127.0.0.1:${port}/v1` } satisfies FromUpstream);
  });
  // Whoever started us is gone.
  process.on('disconnect', () => process.exit(0));
}
