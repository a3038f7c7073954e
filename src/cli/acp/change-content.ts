/**
 * Changes of files as the protocol wants them: by the text before and the text after. Ours are told as differences, so each piece of one is
 * such a pair, with the lines around it in both.
 */

import type { ToolCallContent } from '@agentclientprotocol/sdk';
import type { FileChange } from '../../contract/item.js';

export interface ChangesShown {
  readonly content: ToolCallContent[];
  readonly locations: { path: string }[];
}

export function changesShown(changes: readonly FileChange[]): ChangesShown {
  return { content: changes.flatMap(contentOf), locations: changes.map(({ path, movedTo }) => ({ path: movedTo ?? path })) };
}

function contentOf({ path, kind, movedTo, diff = '' }: FileChange): ToolCallContent[] {
  const at = movedTo ?? path;
  const pieces = piecesOf(diff);
  if (pieces.length > 0)
    return pieces.map(({ before, after }) => ({ type: 'diff', path: at, oldText: kind === 'add' ? null : before, newText: after }));
  // The whole text of a new file, and of one that is gone, is told as it is.
  if (kind === 'add') return [{ type: 'diff', path: at, oldText: null, newText: diff }];
  if (kind === 'delete') return [{ type: 'diff', path: at, oldText: diff, newText: '' }];
  return [];
}

interface Piece {
  before: string;
  after: string;
}

function piecesOf(diff: string): Piece[] {
  const pieces: Piece[] = [];
  for (const line of diff.replace(/\n$/, '').split('\n')) {
    const piece = pieces.at(-1);
    if (line.startsWith('@@')) pieces.push({ before: '', after: '' });
    else if (piece !== undefined && !line.startsWith('\\')) {
      const text = `${line.slice(1)}\n`;
      if (!line.startsWith('+')) piece.before += text;
      if (!line.startsWith('-')) piece.after += text;
    }
  }
  return pieces;
}
