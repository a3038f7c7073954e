import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import type { ToolSchema } from './tool.js';
import { checkedSchema } from './tool-schema.js';

const input = (schema: ToolSchema) => checkedSchema(schema, 'lookup', 'inputSchema', 'the arguments');

const PERSON = {
  type: 'object',
  properties: {
    name: { type: 'string', minLength: 2 },
    age: { type: 'integer', minimum: 0 },
    tags: { type: 'array', items: { enum: ['a', 'b'] } },
    size: { type: 'number', default: 1 },
  },
  required: ['name'],
} as const;

describe('a JSON Schema', () => {
  test('is shown as it was given', () => {
    expect(input(PERSON).json).toBe(PERSON);
  });

  test('takes what fits, with its defaults', async () => {
    expect(await input(PERSON).check({ name: 'Bo', more: true })).toEqual({ ok: true, value: { name: 'Bo', size: 1, more: true } });
  });

  test('tells of each place what stands there and what is wanted', async () => {
    expect(await input(PERSON).check({ age: 1.5, tags: ['a', 'c'] })).toEqual({
      ok: false,
      wrong: ['name: found nothing, wanted a string', 'age: found 1.5, wanted a whole number', 'tags[1]: found "c", wanted one of a, b'],
    });
    expect(await input(PERSON).check('text')).toEqual({ ok: false, wrong: ['the arguments: found "text", wanted an object'] });
  });

  test.each([
    ['a condition', { type: 'object', properties: {}, if: {}, else: {} }, /if\/then\/else/],
    ['a negation', { type: 'object', properties: { a: { not: { type: 'string' } } } }, /not/],
    ['a reference to another document', { type: 'object', properties: { a: { $ref: 'https://example.com/a.json' } } }, /\$ref/],
    ['a type that there is not', { type: 'object', properties: { a: { type: 'strin' } } }, /strin/],
    ['a broken pattern', { type: 'object', properties: { a: { type: 'string', pattern: '(' } } }, /regular expression/],
    ['no object', { type: 'string' }, /has the type "string"/],
    ['nothing at all', {}, /not "object"/],
    ['a misspelt name among those that are required', { type: 'object', properties: { name: {} }, required: ['nmae'] }, /"nmae"/],
  ])('that cannot be checked in full is refused when it is offered: %s', (_, schema, why) => {
    const offer = () => input(schema);
    expect(offer).toThrow(expect.objectContaining({ code: 'invalid-input', message: expect.stringMatching(why) }));
    expect(offer).toThrow(/^the inputSchema of the tool lookup cannot be used: /);
  });
});

describe('a schema of zod', () => {
  const schema = z.object({ q: z.string().describe('what to look for'), limit: z.coerce.number().default(10) });

  test('is shown as JSON Schema', () => {
    expect(input(schema).json).toMatchObject({
      type: 'object',
      properties: { q: { type: 'string', description: 'what to look for' } },
      required: ['q'],
    });
    expect(input(schema).json).not.toHaveProperty('$schema');
  });

  test('gives the handler what it makes of the arguments', async () => {
    expect(await input(schema).check({ q: 'x', limit: '3' })).toEqual({ ok: true, value: { q: 'x', limit: 3 } });
    expect(await input(schema).check({ limit: 3 })).toEqual({ ok: false, wrong: ['q: found nothing, wanted a string'] });
  });

  test('that has no word in JSON Schema is refused', () => {
    expect(() => input(z.object({ when: z.date() }))).toThrow(expect.objectContaining({ code: 'invalid-input' }));
    expect(() => input(z.string())).toThrow(/has the type "string"/);
  });
});
