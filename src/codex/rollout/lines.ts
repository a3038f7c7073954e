/** The lines of a rollout, one after the other, as the bytes that they are: a record may be long, and most of it is not to be touched. */

import { open } from 'node:fs/promises';

export interface Line {
  /** Where it begins in the file. */
  readonly offset: number;
  /** Without what ends it. */
  readonly bytes: Buffer;
  /** False of a last line whose end is missing: it is still being written, or its writer died. */
  readonly whole: boolean;
}

const CHUNK = 256 * 1024;
const NEWLINE = 0x0a;

export async function* linesOf(file: string): AsyncGenerator<Line, void> {
  await using handle = await open(file, 'r');
  let offset = 0;
  let rest: Buffer[] = [];
  for (;;) {
    const { bytesRead, buffer } = await handle.read(Buffer.allocUnsafe(CHUNK), 0, CHUNK, null);
    if (bytesRead === 0) break;
    let from = 0;
    for (let end = buffer.indexOf(NEWLINE); end >= 0 && end < bytesRead; end = buffer.indexOf(NEWLINE, from)) {
      const bytes = Buffer.concat([...rest, buffer.subarray(from, end)]);
      yield { offset, bytes, whole: true };
      offset += bytes.length + 1;
      rest = [];
      from = end + 1;
    }
    if (from < bytesRead) rest.push(buffer.subarray(from, bytesRead));
  }
  const bytes = Buffer.concat(rest);
  if (bytes.length > 0) yield { offset, bytes, whole: false };
}
