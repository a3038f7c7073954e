/** What Spool wants a config.toml to hold, and what came of writing it. */

/** A value as TOML knows it. Dates are left out: nothing that Spool writes has any. */
export type TomlValue = string | number | boolean | readonly TomlValue[] | { readonly [key: string]: TomlValue };

export type TomlValues = Readonly<Record<string, TomlValue>>;

/** A table with a header of its own: `['mcp_servers', 'docs']` is `[mcp_servers.docs]`. */
export interface ManagedTable {
  readonly path: readonly string[];
  readonly values: TomlValues;
}

/** The keys and tables that the block is to hold, in this order. */
export interface ManagedConfig {
  readonly topLevel?: TomlValues;
  readonly tables?: readonly ManagedTable[];
}

/** A file's text with the block in it. */
export interface PlannedConfig {
  readonly text: string;
  /** Dotted names that the user has himself: they are not written. */
  readonly ownWins: readonly string[];
  /** Dotted names that stood inside of the block and are not Spool's (Codex puts new keys beside the last one): they are the user's, outside of it, from now on. */
  readonly movedOut: readonly string[];
}

/** What became of a file, or would become of it. */
export interface ConfigChange {
  /** As it was named, also when it is a link to another one. */
  readonly file: string;
  readonly before: string;
  readonly after: string;
  readonly changed: boolean;
  readonly ownWins: readonly string[];
  readonly movedOut: readonly string[];
  /** As `diff -u` writes it; empty when nothing changes. */
  readonly diff: string;
}
