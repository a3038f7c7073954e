/** What a handler answers, as callers get it: checked, of a bearable length, and an error where it is none that can be handed on. */

import { messageOf, SpoolError } from '../../base/errors.js';
import type { ToolContent, ToolResult } from './tool.js';
import type { CheckedSchema } from './tool-schema.js';

/** In characters. A model is given far less; what is behind this is for nobody and would go through the log. */
export const MAX_TEXT = 256 * 1024;
/** Of one image, as base64. */
const MAX_IMAGE = 8 * 1024 * 1024;

export function errorResult(message: string): ToolResult {
  return { content: cut([{ type: 'text', text: message }]), isError: true };
}

/** What a handler threw. */
export function thrownResult(thrown: unknown): ToolResult {
  const hint = thrown instanceof SpoolError ? thrown.hint : undefined;
  return errorResult(hint === undefined ? messageOf(thrown) : `${messageOf(thrown)} (${hint})`);
}

/** What a handler answered; `schema` is of an object that it is to be. */
export async function resultOf(answer: unknown, schema: CheckedSchema | undefined): Promise<ToolResult> {
  if (isRecord(answer)) return await structuredResult(answer, schema);
  if (schema !== undefined) return errorResult('the tool is to answer with an object, and did not; this is a fault of the tool');
  if (answer === undefined) return said('Done.');
  if (typeof answer === 'string') return said(answer);
  if (!Array.isArray(answer)) return said(JSON.stringify(answer) ?? String(answer));
  if (answer.every(isContent)) return { content: cut(answer), isError: false };
  return errorResult('the tool answered with a list that holds more than texts and images; this is a fault of the tool');
}

async function structuredResult(answer: Readonly<Record<string, unknown>>, schema: CheckedSchema | undefined): Promise<ToolResult> {
  let text: string;
  try {
    text = JSON.stringify(answer);
  } catch (error) {
    return errorResult(`the tool answered with what cannot be written as JSON: ${messageOf(error)}`);
  }
  const checked = await schema?.check(answer);
  if (checked?.ok === false) {
    return errorResult(`the tool answered with what its outputSchema does not allow: ${checked.wrong.join('; ')}`);
  }
  if (text.length > MAX_TEXT) return errorResult(`the tool answered with ${text.length} characters, and at most ${MAX_TEXT} are handed on`);
  // As it arrives on the other side: what JSON has no word for is gone.
  return { content: [{ type: 'text', text }], structured: JSON.parse(text) as Record<string, unknown>, isError: false };
}

function said(text: string): ToolResult {
  return { content: cut([{ type: 'text', text }]), isError: false };
}

function cut(content: readonly ToolContent[]): ToolContent[] {
  let left = MAX_TEXT;
  return content.map((piece): ToolContent => {
    if (piece.type === 'image') {
      if (piece.data.length <= MAX_IMAGE) return { type: 'image', data: piece.data, mimeType: piece.mimeType };
      return { type: 'text', text: `[an image of ${piece.data.length} characters was left out: at most ${MAX_IMAGE} are handed on]` };
    }
    const { text } = piece;
    const kept = text.slice(0, left);
    left -= kept.length;
    if (kept.length === text.length) return { type: 'text', text };
    return { type: 'text', text: `${kept}\n[cut: ${text.length - kept.length} of ${text.length} characters were left out]` };
  });
}

function isContent(value: unknown): value is ToolContent {
  if (!isRecord(value)) return false;
  if (value['type'] === 'text') return typeof value['text'] === 'string';
  return value['type'] === 'image' && typeof value['data'] === 'string' && typeof value['mimeType'] === 'string';
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
