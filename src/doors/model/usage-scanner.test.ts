import { expect, test } from 'vitest';
import { UsageScanner } from './usage-scanner.js';

function useOf(text: string, size = text.length): unknown {
  const scanner = new UsageScanner();
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += size) scanner.take(bytes.subarray(at, at + size));
  return scanner.use;
}

function event(type: string, response: object): string {
  return `event: ${type}\ndata: ${JSON.stringify({ type, response })}\n\n`;
}

const STREAM = [
  event('response.created', { id: 'resp_1', usage: null, tools: [{ parameters: { properties: { usage: { type: 'object' } } } }] }),
  `event: response.output_text.delta\ndata: ${JSON.stringify({ delta: '"usage":{"input_tokens":9,"output_tokens":9} ü' })}\n\n`,
  event('response.completed', {
    output: [{ text: 'usage: {"usage": {"input_tokens": 1, "output_tokens": 1}}' }],
    usage: { input_tokens: 100, input_tokens_details: { cached_tokens: 60 }, output_tokens: 20, note: '}"{' },
    metadata: {},
  }),
].join('');

test('what a stream has cost is read from its end, wherever it is cut into pieces', () => {
  for (let size = 1; size <= STREAM.length; size++) expect([size, useOf(STREAM, size)]).toEqual([size, { input: 100, output: 20 }]);
});

test('a document that is no stream is read as well, also one with blanks in it', () => {
  expect(useOf(JSON.stringify({ usage: { input_tokens: 7, output_tokens: 3 } }, null, 2))).toEqual({ input: 7, output: 3 });
});

test('what the model says is never taken for what it cost', () => {
  expect(useOf(`data: ${JSON.stringify({ delta: '{"usage":{"input_tokens":5,"output_tokens":5}}' })}\n\n`)).toBeUndefined();
});

test('the last word counts where a stream tells its cost as it goes', () => {
  const steps = [1, 2, 3].map((output) => event('response.in_progress', { usage: { input_tokens: 10, output_tokens: output } }));
  expect(useOf(steps.join(''))).toEqual({ input: 10, output: 3 });
});

test('numbers that cannot be, something of the same name and a torn stream cost nothing', () => {
  expect(useOf('{"usage":{"input_tokens":-1,"output_tokens":1e99}}')).toBeUndefined();
  expect(useOf(`{"usage":{"why":"${'x'.repeat(20_000)}"}} `)).toBeUndefined();
  expect(useOf('{"usage":{"input_tokens":1,"output_to')).toBeUndefined();
  expect(useOf('{"a":"usage","b":["usage",{"input_tokens":1,"output_tokens":1}]}')).toBeUndefined();
});
