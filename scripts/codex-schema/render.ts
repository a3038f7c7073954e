/** Writes the three generated files as text: the same export gives the same text, in whatever order its files were read. */

import type { Method, MethodTables } from './method-tables.js';
import type { Declaration } from './read-export.js';

/** The text of each generated file, by its name in src/codex/generated/. */
export function renderFiles(
  version: string,
  declarations: ReadonlyMap<string, Declaration>,
  tables: MethodTables,
): ReadonlyMap<string, string> {
  return new Map([
    ['protocol.ts', renderProtocol(version, declarations, tables)],
    ['methods.ts', renderMethods(version, declarations, tables)],
    ['version.ts', renderVersion(version)],
  ]);
}

function header(version: string, what: string): string {
  return [
    '/**',
    ` * ${what}`,
    ' *',
    ` * Generated from Codex ${version} (codex app-server generate-ts --experimental) by \`npm run generate\`. Do not edit.`,
    ' */',
    '',
    '',
  ].join('\n');
}

function renderProtocol(version: string, declarations: ReadonlyMap<string, Declaration>, tables: MethodTables): string {
  const reached = reachable(declarations, namesIn(allMethods(tables), declarations));
  const types = [...reached].sort().map((name) => {
    const declaration = declarations.get(name);
    if (declaration === undefined) throw new Error(`the export refers to ${name} and does not have it`);
    return `${declaration.doc}${declaration.doc === '' ? '' : '\n'}export type ${name} = ${declaration.type};\n`;
  });
  return header(version, 'Every type that the methods of the Codex app-server refer to, in alphabetical order.') + types.join('\n');
}

function renderMethods(version: string, declarations: ReadonlyMap<string, Declaration>, tables: MethodTables): string {
  const imports = namesIn(allMethods(tables), declarations);
  return [
    header(version, 'The methods of the Codex app-server in all four directions: what each takes and what it gives.').trimEnd(),
    '',
    'import type {',
    ...imports.map((name) => `  ${name},`),
    "} from './protocol.js';",
    '',
    ...table('What a client may ask.', 'ClientRequests', tables.clientRequests),
    ...table('What a client may tell: the params by method.', 'ClientNotifications', tables.clientNotifications),
    ...table('What the server may ask; it waits for the result.', 'ServerRequests', tables.serverRequests),
    ...table('What the server tells: the params by method.', 'ServerNotifications', tables.serverNotifications),
    ...list('CLIENT_REQUEST_METHODS', tables.clientRequests),
    ...list('CLIENT_NOTIFICATION_METHODS', tables.clientNotifications),
    ...list('SERVER_REQUEST_METHODS', tables.serverRequests),
    ...list('SERVER_NOTIFICATION_METHODS', tables.serverNotifications),
  ]
    .join('\n')
    .trimEnd()
    .concat('\n');
}

function renderVersion(version: string): string {
  return `${header(version, 'The version of Codex that the types beside this file were generated from.')}export const CODEX_VERSION = '${version}';\n`;
}

function allMethods(tables: MethodTables): Method[] {
  return [...tables.clientRequests, ...tables.clientNotifications, ...tables.serverRequests, ...tables.serverNotifications];
}

/** The names of declarations in the params and results of `methods`, sorted. */
function namesIn(methods: readonly Method[], declarations: ReadonlyMap<string, Declaration>): string[] {
  const words = methods.flatMap(({ params, result }) => `${params} ${result ?? ''}`.match(/\w+/g) ?? []);
  return [...new Set(words)].filter((word) => declarations.has(word)).sort();
}

function reachable(declarations: ReadonlyMap<string, Declaration>, from: readonly string[]): Set<string> {
  const reached = new Set<string>();
  const open = [...from];
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    if (reached.has(name)) continue;
    reached.add(name);
    open.push(...(declarations.get(name)?.uses ?? []));
  }
  return reached;
}

function table(doc: string, name: string, methods: readonly Method[]): string[] {
  const rows = methods.map(({ method, params, result }) => {
    return result === undefined ? `  '${method}': ${params};` : `  '${method}': { params: ${params}; result: ${result} };`;
  });
  return [`/** ${doc} */`, `export interface ${name} {`, ...rows, '}', ''];
}

function list(name: string, methods: readonly Method[]): string[] {
  return [`export const ${name} = [`, ...methods.map(({ method }) => `  '${method}',`), '] as const;', ''];
}
