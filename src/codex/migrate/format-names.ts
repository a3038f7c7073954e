/** The programs whose files of MCP servers are understood, by the names that `--format` takes. */

export const FORMATS = ['generic', 'claude', 'cursor', 'vscode', 'hermes', 'opencode'] as const;
export type Format = (typeof FORMATS)[number];
