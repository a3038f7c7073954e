import { expect, test } from 'vitest';
import { z } from 'zod';
import { SpoolError } from '../../base/errors.js';
import { MAX_TEXT, resultOf, thrownResult } from './tool-result.js';
import { checkedSchema } from './tool-schema.js';

const text = (said: string) => ({ content: [{ type: 'text', text: said }], isError: false });
const error = (said: unknown) => ({ content: [{ type: 'text', text: said }], isError: true });

test('a text, pieces, an object and nothing are answers', async () => {
  expect(await resultOf('found', undefined)).toEqual(text('found'));
  expect(await resultOf(undefined, undefined)).toEqual(text('Done.'));
  const pieces = [
    { type: 'text', text: 'see' },
    { type: 'image', data: 'aGk=', mimeType: 'image/png' },
  ];
  expect(await resultOf(pieces, undefined)).toEqual({ content: pieces, isError: false });
  expect(await resultOf({ a: 1, b: undefined }, undefined)).toEqual({ ...text('{"a":1}'), structured: { a: 1 } });
  expect(await resultOf(42, undefined)).toEqual(text('42'));
});

test('an answer that cannot be handed on is an error that says so', async () => {
  expect(await resultOf([{ type: 'movie' }], undefined)).toEqual(error(expect.stringContaining('more than texts and images')));
  const round: Record<string, unknown> = {};
  round['self'] = round;
  expect(await resultOf(round, undefined)).toEqual(error(expect.stringContaining('cannot be written as JSON')));
});

test('a text that is too long is cut, and says by how much', async () => {
  const { content, isError } = await resultOf('x'.repeat(MAX_TEXT + 5), undefined);
  expect(isError).toBe(false);
  expect(content).toEqual([{ type: 'text', text: `${'x'.repeat(MAX_TEXT)}\n[cut: 5 of ${MAX_TEXT + 5} characters were left out]` }]);
  const many = await resultOf(
    [
      { type: 'text', text: 'x'.repeat(MAX_TEXT) },
      { type: 'text', text: 'more' },
    ],
    undefined,
  );
  expect(many.content[1]).toEqual({ type: 'text', text: '\n[cut: 4 of 4 characters were left out]' });
});

test('half an object would be none, so one that is too long is an error', async () => {
  expect(await resultOf({ a: 'x'.repeat(MAX_TEXT) }, undefined)).toEqual(error(expect.stringContaining(`at most ${MAX_TEXT}`)));
});

test('an answer is held to the schema that was promised for it', async () => {
  const schema = checkedSchema(z.object({ count: z.number() }), 'lookup', 'outputSchema', 'the answer');
  expect(await resultOf({ count: 2 }, schema)).toMatchObject({ structured: { count: 2 }, isError: false });
  expect(await resultOf({ count: 'two' }, schema)).toEqual(error(expect.stringContaining('count: found "two", wanted a number')));
  expect(await resultOf('two', schema)).toEqual(error(expect.stringContaining('is to answer with an object')));
});

test('what a handler throws is told, with what can be done about it', () => {
  expect(thrownResult(new Error('no line'))).toEqual(error('no line'));
  expect(thrownResult(new SpoolError('unavailable', 'no line', { hint: 'plug it in' }))).toEqual(error('no line (plug it in)'));
  expect(thrownResult('odd')).toEqual(error('odd'));
});
