/** What Spool's block in a config.toml is to hold after a migration. Pure. */

import type { ManagedConfig, ManagedTable, TomlValues } from '../config-file/managed-config.js';
import { readManaged } from '../config-file/plan-config.js';
import { readToml } from '../config-file/toml-read.js';

export interface Wanted {
  readonly servers: readonly { readonly name: string; readonly values: TomlValues }[];
  /** Undefined leaves those of the block as they are: it is not known which are installed. */
  readonly plugins: readonly Plugin[] | undefined;
  /** The name of a profile; undefined for none. */
  readonly permissions: string | undefined;
}

export interface Plugin {
  /** `name@marketplace`. */
  readonly id: string;
  readonly enabled: boolean;
}

const SERVERS = 'mcp_servers';
const PLUGINS = 'plugins';
const PERMISSIONS = 'default_permissions';

/** What others have put into the block stays there. */
export function composeBlock(text: string, { servers, plugins, permissions }: Wanted): ManagedConfig {
  const held = readManaged(text);
  const others = (held?.tables ?? []).filter(({ path: [root] }) => root !== SERVERS && (root !== PLUGINS || plugins === undefined));
  const { [PERMISSIONS]: _, ...rest } = held?.topLevel ?? {};
  const profile = permissions === undefined || hasSandboxMode(text) ? {} : { [PERMISSIONS]: permissions };
  return {
    topLevel: { ...rest, ...profile },
    tables: [
      ...others,
      ...servers.map(({ name, values }): ManagedTable => ({ path: [SERVERS, name], values })),
      ...(plugins ?? []).map(({ id, enabled }): ManagedTable => ({ path: [PLUGINS, id], values: { enabled } })),
    ],
  };
}

/** A profile would silently win over the sandbox mode that the user has chosen. */
export function hasSandboxMode(text: string): boolean {
  return readToml(text)['sandbox_mode'] !== undefined;
}

/** What the block holds, by what a migration writes into it. */
export interface BlockContents {
  readonly servers: readonly string[];
  readonly plugins: readonly string[];
  readonly permissions: string | null;
}

export function blockContents(text: string): BlockContents | undefined {
  const held = readManaged(text);
  if (held === undefined) return undefined;
  const named = (root: string): string[] => [
    ...new Set((held.tables ?? []).flatMap(({ path }) => (path[0] === root ? (path[1] ?? []) : []))),
  ];
  const permissions = held.topLevel?.[PERMISSIONS];
  return { servers: named(SERVERS), plugins: named(PLUGINS), permissions: typeof permissions === 'string' ? permissions : null };
}
