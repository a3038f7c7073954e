/** Where the files of other programs keep their MCP servers, and how each of these programs writes a duration and a variable. */

import { basename, dirname, isAbsolute } from 'node:path';
import { SpoolError } from '../../base/errors.js';
import { FORMATS, type Format } from './format-names.js';
import { type Fields, isFields } from './source-text.js';

/** A server as it stands in a file. */
export interface FoundServer {
  readonly name: string;
  /** Not checked: any value may stand there. */
  readonly fields: unknown;
  /** The folder of the project that it belongs to, where it is known to belong to one. */
  readonly project?: string | undefined;
}

export interface ReadSource {
  readonly format: Format;
  readonly servers: readonly FoundServer[];
}

export interface SourceFile {
  readonly file: string;
  readonly root: Fields;
}

export interface ReadOptions {
  /** Instead of what the file looks like. */
  readonly format?: Format | undefined;
  /** Of a file that keeps servers for many projects: take those of this one only, and before those for all. */
  readonly project?: string | undefined;
  /** The user's home: what lies right in it belongs to no project. */
  readonly homedir: string;
}

/** The servers of a file. Throws `invalid-input` when it holds none in any form that is known. */
export function readServers(source: SourceFile, options: ReadOptions): ReadSource {
  const format = options.format ?? detectFormat(source);
  if (format === undefined) throw unknownForm(source.file);
  const own = mapsIn(source.root, format);
  const perProject = format === 'claude' || format === 'generic' ? ofProjects(source.root, options.project) : [];
  if (own.length === 0 && perProject.length === 0) {
    if (options.project !== undefined && isFields(source.root['projects'])) throw unknownProject(source, options.project);
    throw unknownForm(source.file, format);
  }
  const project = projectOf(source.file, options.homedir);
  const general = own.flatMap((map) => Object.entries(map).map(([name, fields]): FoundServer => ({ name, fields, project })));
  return { format, servers: options.project === undefined ? [...general, ...perProject] : [...perProject, ...general] };
}

/** By the name of the file where that says it, else by what is in it. */
export function detectFormat({ file, root }: SourceFile): Format | undefined {
  const name = basename(file);
  const folder = basename(dirname(file));
  if (isFields(root['mcpServers']) || isFields(root['projects'])) {
    if (folder === '.cursor') return 'cursor';
    const claude = name === '.claude.json' || name === '.mcp.json' || name === 'claude_desktop_config.json' || isFields(root['projects']);
    return claude ? 'claude' : 'generic';
  }
  if (isFields(root['mcp_servers'])) return /\.ya?ml$/.test(name) ? 'hermes' : 'generic';
  if (mapsIn(root, 'opencode').length > 0) return 'opencode';
  if (mapsIn(root, 'vscode').length > 0) return 'vscode';
  return undefined;
}

/** The maps of servers that stand in a file of this format. */
function mapsIn(root: Fields, format: Format): Fields[] {
  const mcp = root['mcp'];
  switch (format) {
    case 'vscode':
      // In settings.json they stand one deeper.
      return [root['servers'], isFields(mcp) ? mcp['servers'] : undefined].filter(isFields);
    case 'opencode':
      return isFields(mcp) ? [openCodeMap(mcp)].filter(isOpenCode) : [];
    default:
      return [root['mcpServers'], root['mcp_servers']].filter(isFields);
  }
}

/** Its second version put the servers one deeper. */
function openCodeMap(mcp: Fields): Fields {
  const { servers } = mcp;
  return isFields(servers) && servers['type'] === undefined ? servers : mcp;
}

/** As against VS Code, whose settings may have the same names: a command is a list, or the type is a word of its own. */
function isOpenCode(map: Fields): boolean {
  const all = Object.values(map).filter(isFields);
  return all.length === 0 || all.some(({ type, command }) => type === 'local' || type === 'remote' || Array.isArray(command));
}

function ofProjects(root: Fields, wanted: string | undefined): FoundServer[] {
  const { projects } = root;
  if (!isFields(projects)) return [];
  return Object.entries(projects).flatMap(([folder, settings]) => {
    if (!isFields(settings) || (wanted !== undefined && wanted !== folder)) return [];
    const project = isAbsolute(folder) ? folder : undefined;
    return mapsIn(settings, 'claude').flatMap((map) => Object.entries(map).map(([name, fields]) => ({ name, fields, project })));
  });
}

const PROJECT_FILES = new Set(['.mcp.json', 'opencode.json', 'opencode.jsonc']);

/** The project whose file it is; undefined for a user's own settings. */
function projectOf(file: string, homedir: string): string | undefined {
  const folder = dirname(file);
  const inside = basename(folder) === '.vscode' || basename(folder) === '.cursor';
  const project = inside ? dirname(folder) : PROJECT_FILES.has(basename(file)) ? folder : undefined;
  const global = project === homedir || basename(project ?? '') === 'opencode';
  return global ? undefined : project;
}

function unknownForm(file: string, format?: Format): SpoolError {
  const looked = format === undefined ? 'MCP servers' : `MCP servers as ${format} writes them`;
  return new SpoolError('invalid-input', `no ${looked} were found in ${file}`, {
    hint: `they stand under mcpServers or mcp_servers, in VS Code under servers, in OpenCode under mcp; --format (${FORMATS.join(', ')}) says which it is`,
  });
}

function unknownProject({ file, root }: SourceFile, project: string): SpoolError {
  const known = isFields(root['projects']) ? Object.keys(root['projects']) : [];
  return new SpoolError('invalid-input', `${file} has no servers of the project ${project}`, {
    hint: `projects in it: ${known.slice(0, 10).join(', ')}`,
  });
}
