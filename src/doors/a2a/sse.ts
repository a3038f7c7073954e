/** Updates as an event stream: read from the log only as fast as the client takes them, and ended when it leaves. */

import type { Clock } from '../../base/clock.js';
import { KEEP_ALIVE_MS } from '../../contract/stream.js';

export interface Frames {
  /** What is said first; it is known before the head of the answer goes out. */
  readonly first: IteratorResult<string, void>;
  readonly rest: AsyncGenerator<string, void>;
  /** Said in place of the next one when that fails. */
  readonly failure: (error: unknown) => string;
}

const BEAT = ': keep-alive\n\n';

export function dataFrame(value: unknown): string {
  return `data: ${JSON.stringify(value)}\n\n`;
}

export function errorFrame(value: unknown): string {
  return `event: error\n${dataFrame(value)}`;
}

/** A client that has gone ends what it listens to by the signal of its request, also where nothing comes that could be told it. */
export function sseResponse({ first, rest, failure }: Frames, clock: Clock): Response {
  const encoder = new TextEncoder();
  let coming: Promise<IteratorResult<string, void>> | undefined = Promise.resolve(first);
  const body = new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        coming ??= rest.next().catch((error: unknown) => ({ done: false, value: failure(error) }));
        const next = await orBeat(coming, clock);
        if (next === undefined) return controller.enqueue(encoder.encode(BEAT));
        coming = undefined;
        if (next.done === true) controller.close();
        else controller.enqueue(encoder.encode(next.value));
      },
      async cancel() {
        await rest.return();
      },
    },
    { highWaterMark: 0 },
  );
  const headers = { 'content-type': 'text/event-stream', 'cache-control': 'no-cache, no-transform', 'x-accel-buffering': 'no' };
  return new Response(body, { headers });
}

/** Undefined when nothing came for so long that a sign of life is due. */
async function orBeat<T>(coming: Promise<T>, clock: Clock): Promise<T | undefined> {
  let timer: Disposable | undefined;
  const beat = new Promise<undefined>((resolve) => {
    timer = clock.after(KEEP_ALIVE_MS, () => resolve(undefined));
  });
  try {
    return await Promise.race([coming, beat]);
  } finally {
    timer?.[Symbol.dispose]();
  }
}
