/** Puts other values into the text of a JSON document and leaves every other byte of it as it is. */

import { findNodeAtLocation, type Node, parseTree } from 'jsonc-parser';

export interface Spot {
  readonly path: readonly (string | number)[];
  /** What may stand there, the best first: the first that takes no more room than what stands there is taken. */
  readonly values: readonly unknown[];
}

interface Change {
  readonly node: Node;
  readonly json: string;
}

/** The new text, never longer than the old one. A spot that is not there, or has no room for any of its values, stays as it is. */
export function withSpots(text: string, spots: readonly Spot[]): string {
  const root = parseTree(text);
  return changed(
    text,
    spots.flatMap(({ path, values }) => {
      const node = nodeAt(root, path);
      const room = node === undefined ? 0 : Buffer.byteLength(text.slice(node.offset, node.offset + node.length));
      const json = values.map((value) => JSON.stringify(value)).find((one) => Buffer.byteLength(one) <= room);
      return node === undefined || json === undefined ? [] : [{ node, json }];
    }),
  );
}

/** The text with another value in one place, however long. */
export function withValue(text: string, path: Spot['path'], value: unknown): string {
  const node = nodeAt(parseTree(text), path);
  return node === undefined ? text : changed(text, [{ node, json: JSON.stringify(value) }]);
}

function nodeAt(root: Node | undefined, path: Spot['path']): Node | undefined {
  return root === undefined ? undefined : findNodeAtLocation(root, [...path]);
}

/** From the back, so that the places of those before stay right. */
function changed(text: string, changes: readonly Change[]): string {
  return changes
    .toSorted((a, b) => b.node.offset - a.node.offset)
    .reduce((so, { node, json }) => so.slice(0, node.offset) + json + so.slice(node.offset + node.length), text);
}
