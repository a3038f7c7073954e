/**
 * Server-sent events out of a byte stream, as the HTML standard reads them: any of CR, LF and CRLF ends a line, chunks may cut
 * anywhere (also inside a character), a frame that the stream's end cuts off is dropped.
 */

import { SpoolError } from '../base/errors.js';

/** One frame, or a comment, which says only that the other side is alive. */
export type SseFrame =
  | { readonly type: 'frame'; readonly event: string; readonly data: string; readonly id: string | undefined }
  | { readonly type: 'comment' };

/** A frame that is longer than this many characters is refused. */
const FRAME_LIMIT = 64 * 1024 * 1024;

/** Takes text as it comes and gives the frames that it completes. */
export class SseParser {
  #rest = '';
  #scanned = 0;
  #afterCr = false;
  #event = '';
  #data: string[] = [];
  #size = 0;
  #id: string | undefined;

  push(text: string): SseFrame[] {
    // A CR at the end of a chunk has ended its line already; the LF that follows belongs to it.
    const chunk = this.#afterCr && text.startsWith('\n') ? text.slice(1) : text;
    if (text.length > 0) this.#afterCr = text.endsWith('\r');
    this.#rest += chunk;
    if (this.#size + this.#rest.length > FRAME_LIMIT) throw new SpoolError('too-large', 'the host sent an endless frame');
    const frames: SseFrame[] = [];
    const ends = /\r\n|\r|\n/g;
    ends.lastIndex = this.#scanned;
    let start = 0;
    for (let end = ends.exec(this.#rest); end !== null; end = ends.exec(this.#rest)) {
      this.#line(this.#rest.slice(start, end.index), frames);
      start = end.index + end[0].length;
    }
    this.#rest = this.#rest.slice(start);
    this.#scanned = this.#rest.length;
    return frames;
  }

  #line(line: string, frames: SseFrame[]): void {
    if (line === '') {
      this.#dispatch(frames);
      return;
    }
    const colon = line.indexOf(':');
    if (colon === 0) {
      frames.push({ type: 'comment' });
      return;
    }
    const field = colon === -1 ? line : line.slice(0, colon);
    const value = colon === -1 ? '' : line.slice(line[colon + 1] === ' ' ? colon + 2 : colon + 1);
    if (field === 'event') this.#event = value;
    else if (field === 'id' && !value.includes('\0')) this.#id = value;
    else if (field === 'data') {
      this.#data.push(value);
      this.#size += value.length;
    }
  }

  #dispatch(frames: SseFrame[]): void {
    if (this.#data.length > 0) {
      frames.push({ type: 'frame', event: this.#event === '' ? 'message' : this.#event, data: this.#data.join('\n'), id: this.#id });
    }
    this.#event = '';
    this.#data = [];
    this.#size = 0;
    this.#id = undefined;
  }
}

/** The frames of a response's body. Leaving the loop cancels the body. */
export async function* sseFrames(body: ReadableStream<Uint8Array>): AsyncGenerator<SseFrame, void> {
  const reader = body.getReader();
  // Takes the byte order mark off, as the standard wants it.
  const decoder = new TextDecoder();
  const parser = new SseParser();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      yield* parser.push(decoder.decode(value, { stream: true }));
    }
  } finally {
    // A body that has failed refuses to be cancelled with the error that the reader has seen already.
    await reader.cancel().catch(() => undefined);
  }
}
