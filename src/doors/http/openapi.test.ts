import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { VERSION } from '../../base/version.js';
import { ROUTES } from '../../contract/routes.js';
import { ROUTE_IDS } from '../call-route.js';
import { openApiDocument } from './openapi.js';

interface Operation {
  readonly operationId: string;
  readonly security?: unknown[];
  readonly parameters?: { readonly name: string; readonly in: string }[];
  readonly responses: Record<string, { readonly content?: Record<string, unknown> }>;
}

const committed = join(import.meta.dirname, '../../../docs/openapi.json');
const document = openApiDocument(VERSION);
const paths = document['paths'] as Record<string, Record<string, Operation>>;
const text = `${JSON.stringify(document, null, 2)}\n`;

function operation(id: keyof typeof ROUTES): Operation | undefined {
  return paths[ROUTES[id].path]?.[ROUTES[id].method.toLowerCase()];
}

describe('The OpenAPI document', () => {
  test.each(ROUTE_IDS)('describes %s with its parameters and its answers', (id) => {
    const route = ROUTES[id];
    const described = operation(id);
    expect(described?.operationId).toBe(id);
    const names = (described?.parameters ?? []).filter((one) => one.in === 'path').map((one) => `{${one.name}}`);
    expect(names).toEqual(route.path.match(/\{\w+\}/g) ?? []);
    expect(Object.keys(described?.responses ?? {})).toContain(String(route.status));
    expect(Object.keys(described?.responses ?? {}).includes('401')).toBe(route.right !== 'open');
    expect(described?.security).toEqual(route.right === 'open' ? [] : undefined);
  });

  test('has no operation beyond the table', () => {
    expect(Object.values(paths).flatMap((methods) => Object.keys(methods))).toHaveLength(ROUTE_IDS.length);
  });

  test('every reference leads somewhere', () => {
    const references = [...text.matchAll(/"\$ref": "([^"]+)"/g)].map((match) => match[1] ?? '');
    expect(references.length).toBeGreaterThan(20);
    for (const reference of new Set(references)) {
      let found: unknown = document;
      for (const step of reference.replace('#/', '').split('/')) found = (found as Record<string, unknown> | undefined)?.[step];
      expect([reference, typeof found]).toEqual([reference, 'object']);
    }
  });

  test('tells of event streams, of the parts of a query, and of problems', () => {
    expect(Object.keys(operation('events')?.responses['200']?.content ?? {})).toEqual(['application/json', 'text/event-stream']);
    const parameters = operation('listSessions')?.parameters ?? [];
    expect(parameters.map((one) => one.name)).toEqual(['agent', 'status', 'limit', 'cursor']);
    expect(parameters.find((one) => one.name === 'limit')).toMatchObject({ schema: { type: 'integer', maximum: 1000 } });
    expect(Object.keys(operation('openSession')?.responses['400']?.content ?? {})).toEqual(['application/problem+json']);
  });

  test('lets answers grow by fields that a client does not know yet', () => {
    const { Session, OpenSession } = (document['components'] as { schemas: Record<string, object> }).schemas;
    expect(Session).not.toHaveProperty('additionalProperties');
    expect(OpenSession).toHaveProperty('additionalProperties', false);
  });

  test('is the one in docs/openapi.json (after a change of the API: UPDATE=1 npx vitest run src/doors/http, then npm run format)', () => {
    if (process.env['UPDATE'] === '1') writeFileSync(committed, text);
    const found: unknown = existsSync(committed) ? JSON.parse(readFileSync(committed, 'utf8')) : 'no such file';
    expect(found).toEqual(JSON.parse(text));
  });
});
