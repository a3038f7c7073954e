/** The process's streams as the protocol's library wants them. */

import { Readable, Writable } from 'node:stream';

/** Node's types of these streams differ from those of the browser in ways that do not matter here. */
export function nodeStreams(output: Writable, input: Readable): [WritableStream<Uint8Array>, ReadableStream<Uint8Array>] {
  return [Writable.toWeb(output) as WritableStream<Uint8Array>, Readable.toWeb(input) as ReadableStream<Uint8Array>];
}
