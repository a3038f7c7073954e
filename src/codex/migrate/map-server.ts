/** One server of another program as a table of Codex's configuration. Pure. */

import { SpoolError } from '../../base/errors.js';
import type { TomlValue } from '../config-file/managed-config.js';
import { tomlValue } from '../config-file/toml-write.js';
import { Draft, LeftOut } from './draft.js';
import { durations } from './durations.js';
import { ServerFields } from './fields.js';
import type { Format } from './format-names.js';
import type { FoundServer } from './formats.js';
import { mapHttp } from './map-http.js';
import { mapStdio } from './map-stdio.js';
import type { ServerKind } from './report.js';
import { isFields } from './source-text.js';

export interface MappedServer {
  readonly outcome: 'mapped';
  readonly name: string;
  readonly renamedFrom?: string;
  readonly kind: ServerKind;
  readonly enabled: boolean;
  /** As Codex names them. */
  readonly values: Readonly<Record<string, TomlValue>>;
  readonly skippedKeys: readonly string[];
  readonly warnings: readonly string[];
  /** Values that are not to be shown. */
  readonly secrets: readonly string[];
}

export type Mapping =
  | MappedServer
  | { readonly outcome: 'skipped'; readonly name: string; readonly reason: string }
  | { readonly outcome: 'failed'; readonly name: string; readonly message: string };

export function mapServer(found: FoundServer, format: Format, homedir: string): Mapping {
  const { name } = found;
  try {
    return mapped(found, format, homedir);
  } catch (error) {
    if (error instanceof LeftOut) return { outcome: 'skipped', name, reason: error.message };
    if (error instanceof SpoolError && error.code === 'invalid-input') return { outcome: 'failed', name, message: error.message };
    throw error;
  }
}

function mapped({ name, fields, project }: FoundServer, format: Format, homedir: string): MappedServer {
  if (!isFields(fields)) throw new SpoolError('invalid-input', 'is no map of settings');
  const left = new ServerFields(fields);
  const draft = new Draft({ homedir, project });
  const kind = reached(left, draft);
  Object.assign(draft.values, durations(left, format, draft.warnings), toolsOf(left));
  const enabled = left.flag('enabled') !== false && left.flag('disabled') !== true;
  if (!enabled) draft.values['enabled'] = false;
  // What TOML cannot hold is this server's own fault, and not that of all.
  tomlValue(draft.values);
  const safe = safeName(name);
  return {
    outcome: 'mapped',
    name: safe,
    ...(safe === name ? {} : { renamedFrom: name }),
    kind,
    enabled,
    values: draft.values,
    skippedKeys: left.rest(),
    warnings: draft.warnings,
    secrets: draft.secrets,
  };
}

/** How the server is reached. A command wins over an address. */
function reached(left: ServerFields, draft: Draft): ServerKind {
  const type = left.text('type', 'transport', 'transport_type')?.toLowerCase().replaceAll('_', '-');
  const command = left.take('command');
  const url = left.text('url', 'http_url', 'server_url');
  if (command !== undefined) {
    if (url !== undefined) draft.warnings.push('has a command and a url: the command counts');
    mapStdio(command, left, draft);
    return 'stdio';
  }
  if (url === undefined) throw new SpoolError('invalid-input', 'has neither a command nor a url');
  if (type === 'sse') {
    throw new LeftOut(
      'is reached by SSE, and Codex speaks only streamable HTTP; many such servers have an address for that too, often /mcp',
    );
  }
  if (type !== undefined && !HTTP_TYPES.has(type)) throw new LeftOut(`is reached by ${type}, which Codex does not speak`);
  mapHttp(url, left, draft);
  return 'streamable_http';
}

const HTTP_TYPES = new Set(['http', 'https', 'remote', 'streamable-http', 'streamablehttp', 'url']);

/** Which tools may be used: Codex's own words, and those of Hermes, where only exact names can be said in Codex. */
function toolsOf(left: ServerFields): Record<string, TomlValue> {
  const values: Record<string, TomlValue> = {};
  for (const key of ['enabled_tools', 'disabled_tools']) {
    const names = left.texts(key);
    if (names !== undefined) values[key] = names;
  }
  const inner = left.nested('tools');
  if (inner === undefined) return values;
  const include = namesIn(inner, 'include');
  const exclude = namesIn(inner, 'exclude');
  // Where both are given, Hermes counts the first only.
  if (include !== undefined) values['enabled_tools'] = include;
  else if (exclude !== undefined) values['disabled_tools'] = exclude;
  for (const key of inner.rest()) left.giveBack(`tools.${key}`);
  return values;
}

function namesIn(fields: ServerFields, key: string): string[] | undefined {
  const entry = fields.take(key);
  const list: unknown[] = Array.isArray(entry?.value) ? entry.value : entry === undefined ? [] : [entry.value];
  const names = list.filter((one) => typeof one === 'string' && !/[*?[]/.test(one)) as string[];
  if (entry !== undefined && (names.length === 0 || names.length < list.length)) fields.giveBack(entry.spelling);
  return names.length > 0 && names.length === list.length ? names : undefined;
}

/** Codex starts no server whose name has anything else in it. */
function safeName(name: string): string {
  const safe = name.trim().replace(/[^a-zA-Z0-9_:@/.-]+/g, '-');
  if (/[a-zA-Z0-9]/.test(safe)) return safe;
  throw new SpoolError('invalid-input', 'has no name that Codex could take: letters, numbers, - and _');
}
