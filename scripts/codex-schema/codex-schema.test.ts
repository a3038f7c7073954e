import { expect, test } from 'vitest';
import { methodTables } from './method-tables.js';
import { declarationsOf } from './read-export.js';
import { renderFiles } from './render.js';
import { propertiesOf, unionMembers } from './type-text.js';

/** An export as Codex writes it, as small as it can be with every request of the table of exceptions in it. */
function exported(requests: string, more: Record<string, string> = {}): Map<string, string> {
  return new Map(
    Object.entries({
      'ClientRequest.ts': `export type ClientRequest = ${requests};`,
      'ClientNotification.ts': 'export type ClientNotification = { "method": "initialized" };',
      'ServerRequest.ts': `import type { AskParams } from "./v2/AskParams";\n\nexport type ServerRequest = { "method": "ask", id: RequestId, params: AskParams, };`,
      'ServerNotification.ts':
        'export type ServerNotification = { "method": "b", "params": string } | { "method": "a", "params": number };',
      'v2/AskParams.ts':
        'import type { Word } from "./Word";\n\n/**\n * What | is asked.\n */\nexport type AskParams = { big: bigint | null, word: Word, };\n',
      'v2/AskResponse.ts': 'import type { Word } from "../Word";\n\nexport type AskResponse = { word: Word, text: "Word", };\n',
      'v2/Word.ts': 'export type Word = "new";',
      'Word.ts': 'export type Word = "old" | Array<Word>;',
      'v2/Unused.ts': 'export type Unused = string;',
      ...more,
    }),
  );
}

test('a request whose result type cannot be found stops the generation, with its name', () => {
  const declarations = declarationsOf(exported('{ "method": "thing/do", id: RequestId, params: ThingDoParams, }'));
  expect(() => methodTables(declarations)).toThrow(/RESULTS.*thing\/do \(ThingDoParams\)/);
});

test('an exception for a request that is gone stops it too', () => {
  const declarations = declarationsOf(
    exported('{ "method": "a", id: RequestId, params: AParams, }', { 'v2/AResponse.ts': 'export type AResponse = string;' }),
  );
  expect(() => methodTables(declarations)).toThrow(/no longer has: .*account\/logout/);
});

test('one name in two folders becomes two types, references follow, and values from JSON are never bigint', () => {
  const declarations = declarationsOf(exported('never'));
  expect(declarations.get('Word')).toMatchObject({ type: '"new"' });
  expect(declarations.get('CoreWord')).toMatchObject({ type: '"old" | Array<CoreWord>' });
  expect(declarations.get('AskParams')?.type).toBe('{ big: number | null, word: Word, }');
  expect(declarations.get('AskResponse')).toMatchObject({ type: '{ word: CoreWord, text: "Word", }', uses: ['CoreWord'] });
});

test('the files hold what is reached from the methods, in one order, and the tables in the order of the methods', () => {
  const declarations = declarationsOf(exported('never'));
  const ask = { method: 'ask', params: 'AskParams', result: 'AskResponse' };
  const tables = { clientRequests: [], clientNotifications: [], serverRequests: [ask], serverNotifications: [] };
  const files = renderFiles('1.2.3', declarations, tables);
  const types = [...(files.get('protocol.ts') ?? '').matchAll(/^export type (\w+)/gm)].map((match) => match[1]);
  expect(types).toEqual(['AskParams', 'AskResponse', 'CoreWord', 'Word']);
  expect(files.get('protocol.ts')).toContain(' * What | is asked.\n */\nexport type AskParams');
  expect(files.get('methods.ts')).toContain("'ask': { params: AskParams; result: AskResponse };");
  expect(files.get('version.ts')).toContain("CODEX_VERSION = '1.2.3'");
  const shuffled = declarationsOf(new Map([...exported('never')].reverse()));
  expect(renderFiles('1.2.3', shuffled, tables)).toEqual(files);
});

test('a union is cut at its outermost bars only', () => {
  expect(unionMembers('{ a: "x|y" | null, } | /* no | here */ Array<A | B> | "|"')).toEqual([
    '{ a: "x|y" | null, }',
    'Array<A | B>',
    '"|"',
  ]);
  expect([...propertiesOf('{ "method": "a/b", params?: { x: 1, y: 2 } | null, }')]).toEqual([
    ['method', '"a/b"'],
    ['params', '{ x: 1, y: 2 } | null'],
  ]);
});
