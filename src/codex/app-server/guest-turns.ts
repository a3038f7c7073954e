/**
 * Turns that another client of the same Codex process begins in a conversation of ours. Where such clients are welcome their turns belong
 * to the session like any other: each is given an id of the host as soon as it is known what was asked.
 */

import { newId } from '../../base/ids.js';
import type { InputItem } from '../../contract/session.js';
import type { Fact } from '../../ports/agent.js';
import type { ServerNotifications } from '../generated/methods.js';
import type * as Codex from '../generated/protocol.js';
import type { Frame } from './link.js';
import type { TurnBook } from './turn-book.js';

export class GuestTurns {
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  /**
   * The turn that this frame shows to be a guest's, written down in the book; `running` is the turn that runs. The message that opens it is
   * the first thing that Codex says of a turn besides its start, so nothing is missed. A review's inner turn has no message of its own.
   */
  begun(frame: Frame, running: string | undefined, book: TurnBook): Extract<Fact, { type: 'turn.begun' }> | undefined {
    if (frame.kind !== 'notification' || frame.method !== 'item/started') return undefined;
    const { item, turnId } = frame.params as ServerNotifications['item/started'];
    if (item.type !== 'userMessage' || turnId !== running || book.turn(turnId) !== undefined) return undefined;
    const input = item.content.flatMap(inputOf);
    if (input.length === 0) return undefined;
    const turn = newId('trn', this.#now());
    book.adopt(turnId, turn, true);
    book.begin(turnId);
    return { type: 'turn.begun', turn, ref: turnId, input };
  }
}

/** What has no form in the host (a skill, a mention) is only named. */
function inputOf(part: Codex.UserInput): InputItem[] {
  switch (part.type) {
    case 'text':
      return part.text === '' ? [] : [{ type: 'text', text: part.text }];
    case 'image':
      return 'url' in part ? [{ type: 'image', url: part.url }] : [];
    case 'localImage':
      return [{ type: 'localImage', path: part.path }];
    default:
      return 'name' in part && typeof part.name === 'string' ? [{ type: 'text', text: part.name }] : [];
  }
}
