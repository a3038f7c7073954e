/** What a person says, as blocks of content. */

import { readFile } from 'node:fs/promises';
import type { AgentCapabilities, ContentBlock } from '@agentclientprotocol/sdk';
import { SpoolError } from '../base/errors.js';
import { mediaTypeOf } from '../base/media-type.js';
import type { InputItem } from '../contract/session.js';

/** Rejects with `unsupported` for a picture that the agent does not take. */
export async function promptOf(input: readonly InputItem[], { promptCapabilities: can = {} }: AgentCapabilities): Promise<ContentBlock[]> {
  return await Promise.all(input.map((item) => blockOf(item, can.image === true)));
}

/** Goes in front of what a person says: the protocol has no other place for it. `changed`: there were others before. */
export function instructionsBlock(instructions: string, changed: boolean): ContentBlock {
  const head = changed ? 'These hold from now on, instead of those before.' : 'These hold for the whole conversation.';
  return { type: 'text', text: `<instructions>\n${head}\n\n${instructions.trim()}\n</instructions>\n` };
}

async function blockOf(item: InputItem, images: boolean): Promise<ContentBlock> {
  if (item.type === 'text') return { type: 'text', text: item.text };
  if (!images) {
    throw new SpoolError('unsupported', 'this agent takes no images', { hint: 'describe the picture, or use an agent that sees' });
  }
  if (item.type === 'localImage') return { type: 'image', mimeType: mediaTypeOf(item.path), data: await dataOf(item.path) };
  const [, mimeType, data] = /^data:([\w.+/-]+);base64,(.+)$/s.exec(item.url) ?? [];
  if (mimeType !== undefined && data !== undefined) return { type: 'image', mimeType, data };
  throw new SpoolError('unsupported', 'the Agent Client Protocol takes an image by its bytes, not by its address', {
    hint: 'give it as a data URL with base64, or as a file on the host',
  });
}

async function dataOf(path: string): Promise<string> {
  try {
    return (await readFile(path)).toString('base64');
  } catch (cause) {
    throw new SpoolError('invalid-input', `the image ${path} cannot be read`, { cause });
  }
}
