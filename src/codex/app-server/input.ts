/** Input of the contract as Codex takes it. */

import type { InputItem } from '../../contract/session.js';
import type * as Codex from '../generated/protocol.js';

export function inputOf(input: readonly InputItem[]): Codex.UserInput[] {
  return input.map(userInputOf);
}

function userInputOf(item: InputItem): Codex.UserInput {
  switch (item.type) {
    case 'text':
      return { type: 'text', text: item.text, text_elements: [] };
    case 'image':
      return { type: 'image', url: item.url };
    case 'localImage':
      return { type: 'localImage', path: item.path };
  }
}
