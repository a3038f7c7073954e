import { expect, test } from 'vitest';
import type { LogRecord, Version } from '../ports/log.js';
import { sseFrames, textOf } from './event-frames.js';

const record: LogRecord = {
  stream: 'ses_1',
  seq: 7,
  events: [
    { position: 3, type: 'turn.queued', body: '{"type":"turn.queued","data":{}}' },
    { position: 4, type: 'turn.started', body: '{"type":"turn.started","data":{}}' },
  ],
  commandId: undefined,
  version: '4' as Version,
};

test('a record is one block of frames, with ids where positions mean something', () => {
  const third = '{"position":3,"session":"ses_1","type":"turn.queued","data":{}}';
  const fourth = '{"position":4,"session":"ses_1","type":"turn.started","data":{}}';
  expect(String(sseFrames(record, true))).toBe(
    `id: 3\nevent: turn.queued\ndata: ${third}\n\nid: 4\nevent: turn.started\ndata: ${fourth}\n\n`,
  );
  expect(String(sseFrames(record, false))).toBe(`event: turn.queued\ndata: ${third}\n\nevent: turn.started\ndata: ${fourth}\n\n`);
  expect(record.events.map((event) => textOf('ses_1', event))).toEqual([third, fourth]);
});

test('the same record is encoded once for all who follow', () => {
  expect(sseFrames(record, true)).toBe(sseFrames(record, true));
  expect(sseFrames({ ...record }, true)).not.toBe(sseFrames(record, true));
});
