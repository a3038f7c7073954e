import { describe, expect, test } from 'vitest';
import { type Field, fieldsOf, typedValue, wantsWords, wrongCount, wrongWith } from './form-fields.js';

const field = (schema: Record<string, unknown>, required = true): Field => {
  const [only] = fieldsOf({ type: 'object', properties: { x: schema }, ...(required ? { required: ['x'] } : {}) }) ?? [];
  if (only === undefined) throw new Error('no field');
  return only;
};

const line = (schema: Record<string, unknown>, required = true) => {
  const one = field(schema, required);
  if (one.kind !== 'text' && one.kind !== 'number' && one.kind !== 'json') throw new Error(`it is typed as ${one.kind}`);
  return one;
};

describe('fields of a form', () => {
  test('come in the order of the schema, with titles, descriptions, defaults and whether they must be filled in', () => {
    const schema = {
      type: 'object',
      properties: {
        name: { type: 'string', title: 'Name', description: 'of the release', minLength: 3, default: 'one' },
        count: { type: 'integer', minimum: 1, maximum: 9 },
        ready: { type: 'boolean', default: true },
      },
      required: ['name'],
    };
    expect(fieldsOf(schema)).toEqual([
      { kind: 'text', name: 'name', title: 'Name', about: 'of the release', required: true, min: 3, initial: 'one' },
      { kind: 'number', name: 'count', title: 'count', required: false, whole: true, min: 1, max: 9 },
      { kind: 'yesNo', name: 'ready', title: 'ready', required: false, initial: true },
    ]);
  });

  test.each([
    { type: 'string', enum: ['a', 'b'], enumNames: ['Alpha', 'Beta'] },
    {
      type: 'string',
      oneOf: [
        { const: 'a', title: 'Alpha' },
        { const: 'b', title: 'Beta' },
      ],
    },
  ])('choices are told by their names, in each way in which they may be written', (schema) => {
    const choices = [
      { value: 'a', label: 'Alpha' },
      { value: 'b', label: 'Beta' },
    ];
    expect(field(schema)).toMatchObject({ kind: 'one', choices });
    expect(field({ type: 'array', items: schema, maxItems: 1, default: ['a'] })).toMatchObject({
      kind: 'many',
      choices,
      max: 1,
      initial: ['a'],
    });
  });

  test('what is no simple field is typed as JSON, and what is no form is none', () => {
    expect(field({ type: 'object' }).kind).toBe('json');
    expect(field({ type: 'array', items: { type: 'number' } }).kind).toBe('json');
    for (const schema of [undefined, null, true, [], { type: 'string' }]) expect(fieldsOf(schema)).toBeUndefined();
  });
});

describe('a line', () => {
  test.each([
    [{ type: 'string' }, '', 'must be filled in'],
    [{ type: 'string', minLength: 3 }, 'ab', 'at least 3'],
    [{ type: 'string', maxLength: 3 }, 'abcd', 'at most 3'],
    [{ type: 'string', format: 'email' }, 'ann', 'no e-mail address'],
    [{ type: 'string', format: 'uri' }, 'over there', 'no address'],
    [{ type: 'string', format: 'date' }, '2026-13-40', 'no date'],
    [{ type: 'string', format: 'date-time' }, '2026-12-31', 'no time'],
    [{ type: 'number' }, 'many', 'no number'],
    [{ type: 'number' }, ' ', 'no number'],
    [{ type: 'integer' }, '1.5', 'no whole number'],
    [{ type: 'number', minimum: 2 }, '1', 'at least 2'],
    [{ type: 'number', maximum: 2 }, '3', 'at most 2'],
    [{ type: 'object' }, '{a', 'no JSON'],
  ])('for %j that says %j is told what is wrong', (schema, typed, words) => {
    expect(wrongWith(line(schema), typed)).toContain(words);
  });

  test.each([
    [{ type: 'string' }, 'text', 'text'],
    [{ type: 'string', format: 'email' }, 'ann@example.com', 'ann@example.com'],
    [{ type: 'string', format: 'uri' }, 'https://example.com', 'https://example.com'],
    [{ type: 'string', format: 'date' }, '2026-12-31', '2026-12-31'],
    [{ type: 'string', format: 'date-time' }, '2026-12-31T12:00:00Z', '2026-12-31T12:00:00Z'],
    [{ type: 'integer', minimum: 0, maximum: 9 }, '0', 0],
    [{ type: 'number' }, '-1.5', -1.5],
    [{ type: 'object' }, '{"a": [1]}', { a: [1] }],
  ])('for %j that says %j becomes a value', (schema, typed, value) => {
    expect(wrongWith(line(schema), typed)).toBeUndefined();
    expect(typedValue(line(schema), typed)).toEqual(value);
  });

  test('that is empty leaves the field out where it may be left out', () => {
    for (const type of ['string', 'number', 'object']) {
      expect(wrongWith(line({ type }, false), '')).toBeUndefined();
      expect(typedValue(line({ type }, false), '')).toBeUndefined();
    }
  });
});

test('as many are chosen as the form wants, and none where it may be left out', () => {
  const many = (required: boolean) => {
    const one = field({ type: 'array', items: { type: 'string', enum: ['a', 'b', 'c'] }, minItems: 2, maxItems: 2 }, required);
    if (one.kind !== 'many') throw new Error('it is one of several');
    return [0, 1, 2, 3].map((count) => wrongCount(one, count));
  };
  expect(many(true)).toEqual(['choose at least 2', 'choose at least 2', undefined, 'choose at most 2']);
  expect(many(false)).toEqual([undefined, 'choose at least 2', undefined, 'choose at most 2']);
});

test('words are wanted where a key cannot say it all', () => {
  const about = {
    id: 'apr_1',
    session: 's',
    turn: 't',
    title: 'x',
    status: 'pending',
    askedAt: '',
    decisions: ['accept' as const],
  } as const;
  const of = (more: object): boolean => wantsWords({ ...about, decisions: ['accept'], kind: 'elicitation', ...more });
  expect(of({ schema: { type: 'object', properties: { a: { type: 'string' } } } })).toBe(true);
  expect(of({ schema: 'something else' })).toBe(true);
  expect(of({ kind: 'userInput' }) && of({ kind: 'dynamicTool' })).toBe(true);
  expect(of({ schema: { type: 'object', properties: {} } })).toBe(false);
  expect(of({}) || of({ url: 'https://example.com' }) || of({ kind: 'command' }) || of({ kind: 'permissions' })).toBe(false);
});
