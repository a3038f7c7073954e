/** What a migration did, and what it could not do, server by server. Values of variables and headers never stand in it. */

export interface MigrationReport {
  /** The config.toml. */
  readonly file: string;
  readonly changed: boolean;
  /** Nothing was written; everything else says what would be. */
  readonly dryRun: boolean;
  readonly sources: readonly { readonly file: string; readonly format: string }[];
  /** Names of the servers that the block holds now. */
  readonly migrated: readonly string[];
  /** The same servers, in full. */
  readonly servers: readonly MigratedServer[];
  /** Servers that were left out for a reason that is no mistake of theirs. */
  readonly skipped: readonly Skipped[];
  /** Servers that cannot be understood. */
  readonly errors: readonly Failed[];
  /** By server: keys that Codex has nothing for. */
  readonly skippedKeys: Readonly<Record<string, readonly string[]>>;
  /** Dotted names in the config.toml that the user has himself; Spool's were not written. */
  readonly ownWins: readonly string[];
  /** Servers that an earlier migration wrote and this one took away. */
  readonly removed: readonly string[];
  readonly warnings: readonly Warning[];
  /** Installed plugins that were written. */
  readonly plugins: readonly string[];
  /** The `default_permissions` that were written. */
  readonly permissions: string | null;
  /** Whether the tools of the host are among the servers. */
  readonly spoolTools: boolean;
  /** As `diff -u` writes it, with secrets taken out; empty when nothing changes. */
  readonly diff: string;
}

export type ServerKind = 'stdio' | 'streamable_http';

export interface MigratedServer {
  readonly name: string;
  readonly kind: ServerKind;
  readonly enabled: boolean;
  /** The file that it was read from. */
  readonly from: string;
  /** What it is called there, where Codex cannot take that name. */
  readonly renamedFrom?: string;
}

export interface Skipped {
  readonly name: string;
  readonly reason: string;
}

export interface Failed {
  readonly name: string;
  readonly message: string;
}

export interface Warning {
  /** The server that it is about; null when it is about none. */
  readonly name: string | null;
  readonly message: string;
}
