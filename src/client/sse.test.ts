import { expect, test } from 'vitest';
import { type SseFrame, SseParser, sseFrames } from './sse.js';

const TEXT = [
  '\uFEFFevent: stream.opened\r\ndata: {"resume":"ok"}\r\n\r\n',
  ': alive\n\n',
  'id: 1\nevent: item.delta\ndata: héllo 🧵\ndata: second line\n\n',
  'id:2\rdata:no space\r\r',
  'retry: 10\nid: bad\0id\nunknown: x\ndata\n\n',
  'event: without-data\n\n',
  'id: 9\ndata: cut off\n',
].join('');

const FRAMES: SseFrame[] = [
  { type: 'frame', event: 'stream.opened', data: '{"resume":"ok"}', id: undefined },
  { type: 'comment' },
  { type: 'frame', event: 'item.delta', data: 'héllo 🧵\nsecond line', id: '1' },
  { type: 'frame', event: 'message', data: 'no space', id: '2' },
  { type: 'frame', event: 'message', data: '', id: undefined },
];

async function read(chunks: Iterable<Uint8Array>): Promise<SseFrame[]> {
  const frames: SseFrame[] = [];
  const body = new ReadableStream<Uint8Array>({
    start: (controller) => {
      for (const chunk of chunks) controller.enqueue(chunk);
      controller.close();
    },
  });
  for await (const frame of sseFrames(body)) frames.push(frame);
  return frames;
}

test('the frames are the same wherever the bytes are cut in two', async () => {
  const bytes = new TextEncoder().encode(TEXT);
  for (let at = 0; at <= bytes.length; at++) {
    expect(await read([bytes.subarray(0, at), bytes.subarray(at)]), `cut at ${at}`).toEqual(FRAMES);
  }
});

test('the frames are the same when every byte comes alone, with empty chunks in between', async () => {
  const bytes = new TextEncoder().encode(TEXT);
  const chunks = [...bytes].flatMap((byte) => [new Uint8Array([byte]), new Uint8Array()]);
  expect(await read(chunks)).toEqual(FRAMES);
});

test('a frame is given as soon as its empty line is there, even when the line end may go on', () => {
  const parser = new SseParser();
  expect(parser.push('data: a\r\n\r')).toEqual([{ type: 'frame', event: 'message', data: 'a', id: undefined }]);
  expect(parser.push('\ndata: b\n\n')).toEqual([{ type: 'frame', event: 'message', data: 'b', id: undefined }]);
});

test('leaving the loop cancels the stream', async () => {
  let cancelled = false;
  const body = new ReadableStream<Uint8Array>({
    pull: (controller) => controller.enqueue(new TextEncoder().encode('data: x\n\n')),
    cancel: () => {
      cancelled = true;
    },
  });
  for await (const _ of sseFrames(body)) break;
  expect(cancelled).toBe(true);
});

test('a frame without an end is refused and does not eat all memory', () => {
  const parser = new SseParser();
  const megabyte = `data: ${'x'.repeat(1024 * 1024)}\n`;
  expect(() => {
    for (let i = 0; i < 80; i++) parser.push(megabyte);
  }).toThrow('endless frame');
});
