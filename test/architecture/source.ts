/** The source tree as text: what every rule of the house is a function of. */

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export interface Source {
  /** Relative to the root of the project, with `/`. */
  readonly path: string;
  readonly text: string;
}

/** One place where a rule is broken. */
export interface Finding {
  readonly path: string;
  /** From 1; 0 when the whole file is meant. */
  readonly line: number;
  readonly what: string;
}

const NOT_OURS = new Set(['.git', 'node_modules', 'dist', '.build']);

/** All text files below `folder` of `root`, sorted by path. A folder that does not exist is empty. */
export function readTree(root: string, folder = ''): Source[] {
  const found: Source[] = [];
  for (const entry of entriesOf(join(root, folder))) {
    const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
    if (entry.isDirectory() && !NOT_OURS.has(entry.name)) found.push(...readTree(root, path));
    if (!entry.isFile() || entry.name.endsWith('.log')) continue;
    const text = readFileSync(join(root, path), 'utf8');
    if (!text.includes('\0')) found.push({ path, text });
  }
  return found.sort((a, b) => (a.path < b.path ? -1 : 1));
}

function entriesOf(folder: string) {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw error;
  }
}

export function isTest(path: string): boolean {
  return path.endsWith('.test.ts') || path.startsWith('test/');
}

export function isGenerated(path: string): boolean {
  return path.startsWith('src/codex/generated/');
}

export function lineAt(text: string, offset: number): number {
  return text.slice(0, offset).split('\n').length;
}

export function lineCount(text: string): number {
  return text.split('\n').length - (text.endsWith('\n') ? 1 : 0);
}

/** Findings as the lines that a failing test shows. */
export function show(findings: readonly Finding[]): string[] {
  return findings.map(({ path, line, what }) => (line === 0 ? `${path} ${what}` : `${path}:${line} ${what}`));
}
