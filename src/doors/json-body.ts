/** Reads a request's JSON body: bounded, and with an error that tells what is wrong with it. */

import { SpoolError } from '../base/errors.js';
import { jsonBreak } from './json-position.js';

/** Longest body, in bytes. */
export const BODY_LIMIT = 1024 * 1024;

/**
 * The body as a JSON value; undefined when there is none. Rejects with `too-large` as soon as that is known, without reading the
 * rest, and with `invalid-input` for another content type, text that is not UTF-8, or malformed JSON.
 */
export async function readJsonBody(request: Request): Promise<unknown> {
  const bytes = await readBytes(request);
  if (bytes.length === 0) return undefined;
  checkType(request.headers);
  return parseJson(decode(bytes));
}

/** Parses JSON, or throws `invalid-input` with the position where it breaks. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const place = jsonBreak(text);
    if (place === null) throw new SpoolError('invalid-input', 'the JSON cannot be read', { cause: error });
    const { offset, line, column, wanted } = place;
    const found = offset < text.length ? JSON.stringify(text.slice(offset, offset + 12)) : 'the end';
    throw new SpoolError(
      'invalid-input',
      `malformed JSON at position ${offset} (line ${line}, column ${column}): found ${found}, wanted ${wanted}`,
      {
        cause: error,
        details: { position: offset, line, column },
      },
    );
  }
}

/**
 * The body with the Idempotency-Key header as its `commandId`. Throws `invalid-input` when the body names another one. A body that
 * is no object is left for its schema to refuse.
 */
export function withCommandId(body: unknown, key: string | null): unknown {
  if (key === null || typeof body !== 'object' || body === null || Array.isArray(body)) return body;
  const named = 'commandId' in body ? body.commandId : undefined;
  if (named !== undefined && named !== key) {
    throw new SpoolError('invalid-input', 'the Idempotency-Key header and commandId in the body differ', { hint: 'send one of the two' });
  }
  return { ...body, commandId: key };
}

function checkType(headers: Headers): void {
  const type = headers.get('content-type') ?? '';
  if (!/^application\/(?:[\w.+-]+\+)?json\s*(?:;|$)/i.test(type)) {
    throw new SpoolError('invalid-input', `the body is ${type === '' ? 'of no named type' : type}, wanted application/json`, {
      hint: 'send "Content-Type: application/json"',
    });
  }
  const encoding = headers.get('content-encoding') ?? 'identity';
  if (encoding !== 'identity') {
    throw new SpoolError('invalid-input', `the body is encoded as ${encoding}, wanted plain JSON`, { hint: 'send no Content-Encoding' });
  }
}

function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    throw new SpoolError('invalid-input', 'the body is not UTF-8 text', { cause: error });
  }
}

async function readBytes(request: Request): Promise<Uint8Array> {
  const announced = request.headers.get('content-length');
  if (announced !== null) {
    if (Number(announced) > BODY_LIMIT) throw tooLarge();
    // The HTTP parser takes no more than was announced.
    return new Uint8Array(await request.arrayBuffer());
  }
  if (request.body === null) return new Uint8Array();
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of request.body) {
    size += chunk.length;
    if (size > BODY_LIMIT) throw tooLarge();
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function tooLarge(): SpoolError {
  return new SpoolError('too-large', `the body is longer than ${BODY_LIMIT} bytes`, {
    hint: 'put large input into a file and name its path',
  });
}
