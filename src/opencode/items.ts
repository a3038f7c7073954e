/** The parts of OpenCode's messages as items. */

import { isAbsolute, join } from 'node:path';
import type { FileChange, Item, Usage } from '../contract/item.js';
import { toolPrefix } from './permissions.js';
import type { Tokens, ToolPart, ToolState } from './wire.js';

/** What is needed to read the calls of tools of a conversation. */
export interface Surroundings {
  readonly directory: string;
  /** The names of its tool servers. */
  readonly servers: readonly string[];
}

const FILE_TOOLS: ReadonlySet<string> = new Set(['edit', 'write', 'apply_patch', 'patch', 'multiedit']);

export function itemOfTool({ id, tool, state }: ToolPart, around: Surroundings): Item {
  const status = statusOf(state);
  const durationMs = 'time' in state && state.time.end !== undefined ? state.time.end - state.time.start : undefined;
  const lasted = durationMs === undefined ? {} : { durationMs };
  if (tool === 'bash') {
    const exitCode = numberIn(metadataOf(state), 'exit');
    return {
      id,
      kind: 'command',
      command: textIn(state.input, 'command') ?? '',
      cwd: textIn(state.input, 'workdir') ?? around.directory,
      status: status === 'completed' && exitCode !== undefined && exitCode !== 0 ? 'failed' : status,
      ...(exitCode === undefined ? {} : { exitCode }),
      ...(state.status === 'completed' || state.status === 'error' ? { output: outputOf(state) } : {}),
      ...lasted,
    };
  }
  if (FILE_TOOLS.has(tool)) return { id, kind: 'fileChange', status, changes: changesOf(tool, state, around) };
  return {
    id,
    kind: 'toolCall',
    ...nameOfTool(tool, around.servers),
    arguments: state.input,
    status,
    ...(state.status === 'completed' ? { result: state.output } : {}),
    ...(state.status === 'error' ? { error: state.error } : {}),
    ...lasted,
  };
}

/** A tool of a server is named with the server's name in front. */
export function nameOfTool(tool: string, servers: readonly string[]): { server?: string; tool: string } {
  const fitting = servers.filter((name) => tool.startsWith(toolPrefix(name))).toSorted((a, b) => b.length - a.length);
  const [server] = fitting;
  return server === undefined ? { tool } : { server, tool: tool.slice(toolPrefix(server).length) };
}

/** What a command has said by now. */
export function outputOf(state: ToolState): string {
  if (state.status === 'completed') return textIn(metadataOf(state), 'output') ?? state.output;
  if (state.status === 'error') return textIn(metadataOf(state), 'output') ?? state.error;
  return textIn(metadataOf(state), 'output') ?? '';
}

/** OpenCode tells a refused call from a failed one only in words. */
const REFUSED = /^The user (?:rejected permission|has specified a rule)/;

function statusOf(state: ToolState): 'inProgress' | 'completed' | 'failed' | 'declined' {
  if (state.status === 'completed') return 'completed';
  if (state.status === 'error') return REFUSED.test(state.error) ? 'declined' : 'failed';
  return 'inProgress';
}

function changesOf(tool: string, state: ToolState, { directory }: Surroundings): FileChange[] {
  const told = changesIn(metadataOf(state));
  if (told.length > 0) return told;
  const patch = textIn(state.input, 'patchText');
  if (patch !== undefined) return changesOfPatch(patch, directory);
  const path = textIn(state.input, 'filePath');
  if (path === undefined) return [];
  const diff = textIn(metadataOf(state), 'diff');
  const added = tool === 'write' && metadataOf(state)['exists'] !== true;
  return [
    { path: isAbsolute(path) ? path : join(directory, path), kind: added ? 'add' : 'update', ...(diff === undefined ? {} : { diff }) },
  ];
}

const KINDS: Readonly<Record<string, FileChange['kind']>> = { add: 'add', delete: 'delete' };

/** The files that a call, or a question about one, lists. */
export function changesIn(metadata: Readonly<Record<string, unknown>>): FileChange[] {
  const files = metadata['files'];
  if (!Array.isArray(files)) return [];
  return files.flatMap((file: unknown): FileChange[] => {
    const of = Object(file) as Readonly<Record<string, unknown>>;
    const [path, movedTo, diff] = [textIn(of, 'filePath'), textIn(of, 'movePath'), textIn(of, 'patch')];
    if (path === undefined) return [];
    const kind = KINDS[textIn(of, 'type') ?? ''] ?? 'update';
    return [{ path, kind, ...(movedTo === undefined ? {} : { movedTo }), ...(diff === undefined ? {} : { diff }) }];
  });
}

function changesOfPatch(patch: string, directory: string): FileChange[] {
  const kinds = { Add: 'add', Update: 'update', Delete: 'delete' } as const;
  return [...patch.matchAll(/^\*\*\* (Add|Update|Delete) File: (.+)$/gm)].map(([, kind, path = '']) => ({
    path: isAbsolute(path) ? path : join(directory, path),
    kind: kinds[kind as keyof typeof kinds],
  }));
}

function metadataOf(state: ToolState): Readonly<Record<string, unknown>> {
  return ('metadata' in state ? state.metadata : undefined) ?? {};
}

export function textIn(record: Readonly<Record<string, unknown>>, name: string): string | undefined {
  const value = record[name];
  return typeof value === 'string' ? value : undefined;
}

function numberIn(record: Readonly<Record<string, unknown>>, name: string): number | undefined {
  const value = record[name];
  return typeof value === 'number' && Number.isInteger(value) ? value : undefined;
}

/** OpenCode counts what came from the cache beside the input, and what was thought beside the output. */
export function usageOf({ total, input, output, reasoning, cache }: Tokens): Usage {
  const inputTokens = input + cache.read + cache.write;
  const outputTokens = output + reasoning;
  return {
    inputTokens,
    cachedInputTokens: cache.read,
    outputTokens,
    reasoningTokens: reasoning,
    totalTokens: total ?? inputTokens + outputTokens,
  };
}
