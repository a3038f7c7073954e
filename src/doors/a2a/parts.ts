/** The content of messages: parts as input for an agent, and input as parts again. */

import type { Part } from '@a2a-js/sdk';
import { ContentTypeNotSupportedError, RequestMalformedError } from '@a2a-js/sdk/errors';
import type { InputItem, TurnInput } from '../../contract/session.js';
import type { PublicAgent } from './public-agents.js';

const IMAGE_NAME = /\.(?:png|jpe?g|gif|webp)$/i;

/** Throws `ContentTypeNotSupportedError` for what the agent cannot be given, `RequestMalformedError` where there is nothing. */
export function inputOf(parts: readonly Part[], agent: PublicAgent): TurnInput {
  const items = parts.flatMap((part) => itemOf(part, agent));
  const [first] = items;
  if (first === undefined) throw new RequestMalformedError('the message has no content: its parts hold neither text, data nor an image');
  return items.length === 1 && first.type === 'text' ? first.text : items;
}

/** What a message says in words, for an answer. */
export function textIn(parts: readonly Part[]): string {
  const pieces = parts.flatMap(({ content }) => {
    if (content?.$case === 'text') return [content.value];
    return content?.$case === 'data' ? [JSON.stringify(content.value)] : [];
  });
  return pieces.join('\n\n').trim();
}

function itemOf({ content, mediaType, filename }: Part, agent: PublicAgent): InputItem[] {
  switch (content?.$case) {
    case undefined:
      return [];
    case 'text':
      return content.value === '' ? [] : [{ type: 'text', text: content.value }];
    case 'data':
      return [{ type: 'text', text: JSON.stringify(content.value) }];
    case 'url':
      return [imageItem(content.value, mediaType === '' ? undefined : mediaType, filename, agent)];
    case 'raw':
      return [imageItem(`data:${mediaType};base64,${content.value.toString('base64')}`, mediaType, filename, agent)];
  }
}

function imageItem(url: string, mediaType: string | undefined, filename: string, { alias, images }: PublicAgent): InputItem {
  if (!URL.canParse(url)) throw new RequestMalformedError(`${JSON.stringify(url.slice(0, 100))} is no URL`);
  const { protocol, pathname } = new URL(url);
  const isImage = mediaType === undefined ? IMAGE_NAME.test(pathname) || IMAGE_NAME.test(filename) : mediaType.startsWith('image/');
  if (!isImage || !['http:', 'https:', 'data:'].includes(protocol)) {
    const what = filename === '' ? `a file of type ${mediaType ?? 'unknown'}` : `the file ${filename} (${mediaType ?? 'of unknown type'})`;
    throw new ContentTypeNotSupportedError(`${what} cannot be given to ${alias}: it takes text, data${images ? ' and images' : ''}`);
  }
  if (!images) throw new ContentTypeNotSupportedError(`${alias} cannot be shown images: it takes text and data`);
  return { type: 'image', url };
}

export function textPart(text: string): Part {
  return { content: { $case: 'text', value: text }, mediaType: 'text/plain', filename: '', metadata: undefined };
}

export function partsOf(input: TurnInput): Part[] {
  if (typeof input === 'string') return [textPart(input)];
  return input.map((item) => {
    if (item.type === 'text') return textPart(item.text);
    // A path means something on the host only.
    if (item.type === 'localImage') return textPart('[image]');
    return { content: { $case: 'url', value: item.url }, mediaType: 'image/*', filename: '', metadata: undefined };
  });
}
