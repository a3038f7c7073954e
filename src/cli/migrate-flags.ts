/** What can be said about a migration, for both commands that do one. */

type FormatName = 'generic' | 'claude' | 'cursor' | 'vscode' | 'hermes' | 'opencode';

// Written out: the room that holds the same words would load all of them. The compiler compares them.
const FORMATS: FormatName[] = ['generic', 'claude', 'cursor', 'vscode', 'hermes', 'opencode'];

export const MIGRATE_FLAGS = {
  from: {
    type: 'string',
    valueHint: 'file…',
    description: 'a file with MCP servers, of another program or your own; of two servers of one name the first counts',
  },
  format: { type: 'enum', options: FORMATS, description: 'what wrote the file, where its name and content do not tell' },
  project: { type: 'string', valueHint: 'dir', description: 'of a file with servers of many projects, take those of this one' },
  agent: { type: 'string', valueHint: 'alias', description: 'write into the home of this agent instead of the shared one' },
  permissions: { type: 'string', valueHint: 'profile', description: 'what Codex may do where nothing else is said (default: :workspace)' },
  'no-permissions': { type: 'boolean', description: 'write no default_permissions' },
  'no-plugins': { type: 'boolean', description: 'do not write down which plugins are installed' },
  'no-spool-tools': { type: 'boolean', description: 'leave out the tools of this host (spool mcp)' },
} as const;

export interface MigrateArgs {
  readonly from: readonly string[];
  readonly format: FormatName | undefined;
  readonly project: string | undefined;
  readonly agent: string | undefined;
  readonly permissions: string | undefined;
  readonly 'no-permissions': boolean;
  readonly 'no-plugins': boolean;
  readonly 'no-spool-tools': boolean;
}

export interface SaidOfMigration extends Pick<MigrateArgs, 'from' | 'format' | 'project' | 'agent'> {
  /** Null for none. */
  readonly permissions: string | null | undefined;
  readonly plugins: boolean;
  readonly spoolTools: boolean;
}

export function saidOfMigration(args: MigrateArgs): SaidOfMigration {
  const { from, format, project, agent } = args;
  return {
    ...{ from, format, project, agent },
    permissions: args['no-permissions'] ? null : args.permissions,
    plugins: !args['no-plugins'],
    spoolTools: !args['no-spool-tools'],
  };
}
