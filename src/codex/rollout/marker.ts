/** What stands in the place of a result that was taken out, and how much a result weighs. */

import { textOf } from './calls.js';

const MARKER = /^\[this result of (\d+) bytes was taken out of the conversation by its owner\]$/;

export function markerFor(bytes: number): string {
  return `[this result of ${bytes} bytes was taken out of the conversation by its owner]`;
}

/** What the result weighed in whose place the marker stands; undefined for anything else. */
export function weightBefore(output: unknown): number | undefined {
  const found = MARKER.exec(textOf(output))?.[1];
  return found === undefined ? undefined : Number(found);
}

/** In bytes: a text as it is, anything else as its JSON. */
export function weightOf(output: unknown): number {
  return Buffer.byteLength(typeof output === 'string' ? output : JSON.stringify(output ?? ''));
}

/** The marker in the form that the result had. */
export function markerLike(output: unknown, bytes: number): unknown {
  const text = markerFor(bytes);
  return Array.isArray(output) ? [{ type: 'input_text', text }] : text;
}

/** Whether the result is so small that the marker would take its room, or more. */
export function isTooSmall(output: unknown): boolean {
  const bytes = weightOf(output);
  return weightOf(markerLike(output, bytes)) >= bytes;
}
