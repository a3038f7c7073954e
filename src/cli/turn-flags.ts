/** The flags of commands that ask for a turn, and the request that they make. */

import { readFile, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { messageOf, SpoolError } from '../base/errors.js';
import type { RequestTurn } from '../contract/session.js';
import { isOnThisMachine } from './connect.js';

export const INPUT_FLAGS = {
  image: { type: 'string', valueHint: 'file…', description: 'an image that goes with the text: a file or an address; may be given again' },
  'output-schema': { type: 'string', valueHint: 'file', description: 'a file with a JSON schema that the final text has to follow' },
} as const;

export interface InputArgs {
  readonly image: readonly string[];
  readonly 'output-schema': string | undefined;
}

/** Text, images and schema of a request to the host at `url`, read from where the flags say. */
export async function turnBody(text: string, args: InputArgs, url: string): Promise<Pick<RequestTurn, 'input' | 'outputSchema'>> {
  const outputSchema = await schemaIn(args['output-schema']);
  const images = await Promise.all(args.image.map((named) => imageItem(named, url)));
  return {
    input: images.length === 0 ? text : [{ type: 'text', text }, ...images],
    ...(outputSchema === undefined ? {} : { outputSchema }),
  };
}

async function schemaIn(file: string | undefined): Promise<Record<string, unknown> | undefined> {
  if (file === undefined) return undefined;
  const schema = jsonOf(file, (await read('--output-schema', file)).toString('utf8'));
  if (typeof schema === 'object' && schema !== null && !Array.isArray(schema)) return schema as Record<string, unknown>;
  throw new SpoolError('invalid-input', `${file} is no JSON schema`, { hint: 'a schema is an object, as {"type": "object", …}' });
}

function jsonOf(file: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new SpoolError('invalid-input', `${file} is no JSON: ${messageOf(error)}`, { cause: error });
  }
}

const IMAGE_TYPES: Readonly<Record<string, string>> = { png: 'png', jpg: 'jpeg', jpeg: 'jpeg', gif: 'gif', webp: 'webp' };

/** A host on this machine reads the file itself; another one is sent it. */
async function imageItem(named: string, host: string): Promise<{ type: 'image'; url: string } | { type: 'localImage'; path: string }> {
  if (/^(?:https?|data):/.test(named)) return { type: 'image', url: named };
  const path = resolve(named);
  if (isOnThisMachine(host)) {
    const found = await stat(path).catch(() => undefined);
    if (found?.isFile() !== true) throw noFile('--image', named);
    return { type: 'localImage', path };
  }
  const type = IMAGE_TYPES[path.slice(path.lastIndexOf('.') + 1).toLowerCase()];
  if (type === undefined) {
    const hint = `known are ${Object.keys(IMAGE_TYPES).join(', ')}`;
    throw new SpoolError('invalid-input', `the name of ${named} does not say what kind of image it is`, { hint });
  }
  return { type: 'image', url: `data:image/${type};base64,${(await read('--image', named)).toString('base64')}` };
}

async function read(flag: string, file: string): Promise<Buffer> {
  try {
    return await readFile(file);
  } catch (error) {
    throw noFile(flag, file, error);
  }
}

function noFile(flag: string, file: string, cause?: unknown): SpoolError {
  return new SpoolError('invalid-input', `${flag} names no file that can be read: ${file}`, { cause });
}
