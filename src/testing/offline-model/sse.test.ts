import { expect, test } from 'vitest';
import { cut, deltas, failed, type Reply, reasoning, shell, text, together, withUsage } from './reply.js';
import { writeReply } from './sse.js';

const BODY = { model: 'm', input: [], tools: [] };

function events(reply: Extract<Reply, { type: 'stream' }>): Record<string, unknown>[] {
  const written = writeReply(reply, BODY, 'r')
    .map((piece) => piece.text)
    .join('');
  return written
    .split('\n\n')
    .filter((block) => block !== '')
    .map((block) => {
      const [name, data] = block.split('\n');
      const event = JSON.parse(data?.slice('data: '.length) ?? '') as Record<string, unknown>;
      expect(name).toBe(`event: ${String(event['type'])}`);
      return event;
    });
}

test('a message is written with the events of the real API in their order', () => {
  expect(events(deltas(2)).map((event) => event['type'])).toEqual([
    'response.created',
    'response.output_item.added',
    'response.content_part.added',
    'response.output_text.delta',
    'response.output_text.delta',
    'response.output_text.done',
    'response.content_part.done',
    'response.output_item.done',
    'response.completed',
  ]);
});

test('deltas are whole JSON, whatever is in them', () => {
  const odd = 'a "quote"\n\n\u2028 and \\ more';
  expect(events(text(odd)).find((event) => event['type'] === 'response.output_text.delta')).toEqual({
    type: 'response.output_text.delta',
    output_index: 0,
    item_id: 'msg_r_0',
    content_index: 0,
    delta: odd,
  });
});

test('only deltas are paused for', () => {
  expect(
    writeReply(deltas(3, { everyMs: 7 }), BODY, 'r')
      .filter((piece) => piece.afterMs > 0)
      .map((piece) => [piece.afterMs, piece.delta]),
  ).toEqual([
    [7, true],
    [7, true],
    [7, true],
  ]);
});

test('every item of a reply has its own place and id', () => {
  const done = events(together(reasoning('why'), text('what'), shell('a'), shell('b'))).filter(
    (event) => event['type'] === 'response.output_item.done',
  );
  expect(done.map((event) => event['output_index'])).toEqual([0, 1, 2, 3]);
  expect(done.map((event) => (event['item'] as { id: string }).id)).toEqual(['rs_r_0', 'msg_r_1', 'fc_r_2', 'fc_r_3']);
});

test('the bill is the one that was scripted', () => {
  expect(events(withUsage(text('x'), { inputTokens: 7, outputTokens: 5, cachedInputTokens: 3 })).at(-1)).toMatchObject({
    response: { usage: { input_tokens: 7, output_tokens: 5, total_tokens: 12, input_tokens_details: { cached_tokens: 3 } } },
  });
});

test('a cut reply ends right behind the last delta before the cut', () => {
  const written = events(cut(2));
  expect(written.filter((event) => event['type'] === 'response.output_text.delta')).toHaveLength(2);
  expect(written.at(-1)).toMatchObject({ type: 'response.output_text.delta', delta: '2 ' });
});

test('a failed reply ends with its error and without a bill', () => {
  expect(events(failed('some_code', 'why')).at(-1)).toMatchObject({
    type: 'response.failed',
    response: { error: { code: 'some_code', message: 'why' } },
  });
});
