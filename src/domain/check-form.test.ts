import { describe, expect, test } from 'vitest';
import { formErrors } from './check-form.js';

const form = (properties: object, required: string[] = []) => ({ type: 'object', properties, required });
const titled = [
  { const: 'r', title: 'Red' },
  { const: 'b', title: 'Blue' },
];

describe('a form', () => {
  const person = form(
    {
      name: { type: 'string', title: 'Name', minLength: 2, maxLength: 10 },
      mail: { type: 'string', format: 'email' },
      born: { type: 'string', format: 'date' },
      seen: { type: 'string', format: 'date-time' },
      site: { type: 'string', format: 'uri' },
      age: { type: 'integer', minimum: 0, maximum: 150 },
      member: { type: 'boolean', default: false },
    },
    ['name'],
  );

  test('takes what fits its fields', () => {
    const all = { mail: 'a@b.org', born: '2000-02-29', seen: '2026-01-01T00:00:00+02:00', site: 'https://b.org', age: 3, member: true };
    expect(formErrors(person, { name: 'Bob' })).toEqual([]);
    expect(formErrors(person, { name: 'Bob', ...all })).toEqual([]);
  });

  test.each([
    [{ name: 'B' }, /^name: /],
    [{ name: 'Bob', mail: 'b' }, /^mail: /],
    [{ name: 'Bob', born: 'today' }, /^born: /],
    [{ name: 'Bob', seen: '2026-01-01' }, /^seen: /],
    [{ name: 'Bob', site: 'b' }, /^site: /],
    [{ name: 'Bob', age: 2.5 }, /^age: /],
    [{ name: 'Bob', age: -1 }, /^age: /],
    [{ name: 'Bob', member: 'yes' }, /^member: /],
    [{}, /^name: /],
    ['Bob', /^the value: /],
  ])('names the field that does not fit: %j', (value, line) => {
    expect(formErrors(person, value)).toEqual([expect.stringMatching(line)]);
  });

  test('tells of every field at once', () => {
    expect(formErrors(person, { age: 'old', mail: 'b' })).toHaveLength(3);
  });

  test.each([
    { type: 'string', enum: ['r', 'b'], enumNames: ['Red', 'Blue'] },
    { type: 'string', oneOf: titled },
  ])('names the choices of a list: %j', (field) => {
    const schema = form({ colour: field });
    expect(formErrors(schema, { colour: 'b' })).toEqual([]);
    expect(formErrors(schema, { colour: 'Blue' })).toEqual([expect.stringMatching(/^colour: .*"r"\|"b"/)]);
  });

  test.each([
    { type: 'array', minItems: 1, items: { type: 'string', enum: ['r', 'b'] } },
    { type: 'array', minItems: 1, items: { anyOf: titled } },
  ])('names the choices of a list of which several can be chosen: %j', (field) => {
    const schema = form({ colours: field });
    expect(formErrors(schema, { colours: ['r', 'b'] })).toEqual([]);
    expect(formErrors(schema, { colours: [] })).toEqual([expect.stringMatching(/^colours: /)]);
    expect(formErrors(schema, { colours: ['r', 'x'] })).toEqual([expect.stringMatching(/^colours\.1: .*"r"\|"b"/)]);
  });

  test('does not fill in for a person', () => {
    expect(formErrors(form({ sure: { type: 'boolean', default: true } }, ['sure']), {})).toEqual([expect.stringMatching(/^sure: /)]);
    expect(formErrors(form({ default: { type: 'string' } }, ['default']), { default: 7 })).toEqual([expect.stringMatching(/^default: /)]);
  });

  test('does not run a pattern of somebody else', () => {
    expect(formErrors(form({ name: { type: 'string', pattern: '^(a+)+$' } }), { name: `${'a'.repeat(40)}b` })).toEqual([]);
    expect(formErrors(form({ pattern: { type: 'string' } }), { pattern: 7 })).toEqual([expect.stringMatching(/^pattern: /)]);
  });

  test('that cannot be read here is left to the server that asks', () => {
    for (const schema of ['nonsense', null, { unevaluatedProperties: false }, { $ref: 'https://example.com/form' }]) {
      expect(formErrors(schema, { a: 1 })).toEqual([]);
    }
  });
});
