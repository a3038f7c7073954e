/** What an editor sends as a prompt, as input of a turn. */

import type { ContentBlock } from '@agentclientprotocol/sdk';
import { SpoolError } from '../../base/errors.js';
import type { InputItem } from '../../contract/session.js';

/** Throws `unsupported` for what no agent of ours takes. */
export function inputOf(blocks: readonly ContentBlock[]): InputItem[] {
  return blocks.map(itemOf).filter((item) => item.type !== 'text' || item.text !== '');
}

function itemOf(block: ContentBlock): InputItem {
  switch (block.type) {
    case 'text':
      return { type: 'text', text: block.text };
    case 'image':
      return { type: 'image', url: `data:${block.mimeType};base64,${block.data}` };
    case 'resource_link':
      return { type: 'text', text: `[${block.name}](${block.uri})` };
    case 'resource': {
      const { resource } = block;
      if ('text' in resource) return { type: 'text', text: `<file uri=${JSON.stringify(resource.uri)}>\n${resource.text}\n</file>` };
      throw new SpoolError('unsupported', `${resource.uri} is not text`, { hint: 'name the file instead: the agent can read it itself' });
    }
    case 'audio':
      throw new SpoolError('unsupported', 'sound is not taken', { hint: 'write it down' });
  }
}
