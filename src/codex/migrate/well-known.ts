/** Where other programs keep the files that a migration can read. */

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Format } from './format-names.js';
import { readServers } from './formats.js';
import { parseSource } from './source-text.js';

export interface KnownPlace {
  readonly program: string;
  readonly format: Format;
  readonly file: string;
}

export interface FoundSource extends KnownPlace {
  readonly servers: number;
}

export interface Looking {
  readonly homedir: string;
  /** The folder that the user stands in. */
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly platform: string;
}

/** In the order in which they are worth asking for: the user's own before those of the project at hand. */
export function knownPlaces({ homedir, cwd, env, platform }: Looking): KnownPlace[] {
  const config = env['XDG_CONFIG_HOME'] || join(homedir, '.config');
  const applications = {
    darwin: join(homedir, 'Library', 'Application Support'),
    win32: env['APPDATA'] ?? join(homedir, 'AppData', 'Roaming'),
  };
  const programs = platform === 'darwin' || platform === 'win32' ? applications[platform] : config;
  const hermes = env['HERMES_HOME'] || join(homedir, '.hermes');
  return [
    { program: 'Claude Code', format: 'claude', file: join(homedir, '.claude.json') },
    { program: 'Claude Desktop', format: 'claude', file: join(programs, 'Claude', 'claude_desktop_config.json') },
    { program: 'Cursor', format: 'cursor', file: join(homedir, '.cursor', 'mcp.json') },
    { program: 'VS Code', format: 'vscode', file: join(programs, 'Code', 'User', 'mcp.json') },
    { program: 'Hermes', format: 'hermes', file: join(hermes, 'config.yaml') },
    { program: 'OpenCode', format: 'opencode', file: join(config, 'opencode', 'opencode.json') },
    { program: 'OpenCode', format: 'opencode', file: join(config, 'opencode', 'opencode.jsonc') },
    { program: 'Claude Code, this project', format: 'claude', file: join(cwd, '.mcp.json') },
    { program: 'Cursor, this project', format: 'cursor', file: join(cwd, '.cursor', 'mcp.json') },
    { program: 'VS Code, this project', format: 'vscode', file: join(cwd, '.vscode', 'mcp.json') },
    { program: 'OpenCode, this project', format: 'opencode', file: join(cwd, 'opencode.json') },
    { program: 'OpenCode, this project', format: 'opencode', file: join(cwd, 'opencode.jsonc') },
  ];
}

/** Those that hold servers. A file that cannot be read or understood is passed over: nobody has named it. */
export async function foundSources(looking: Looking): Promise<FoundSource[]> {
  const all = await Promise.all(knownPlaces(looking).map(async (place) => ({ ...place, servers: await countIn(place, looking.homedir) })));
  const seen = new Set<string>();
  return all.filter(({ file, servers }) => servers > 0 && !seen.has(file) && seen.add(file));
}

async function countIn({ file, format }: KnownPlace, homedir: string): Promise<number> {
  try {
    return readServers({ file, root: parseSource(await readFile(file, 'utf8'), file) }, { format, homedir }).servers.length;
  } catch {
    // Not there, or nothing in it for us.
    return 0;
  }
}
