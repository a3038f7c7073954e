/**
 * Joining a conversation in which nothing was said yet. Codex keeps no record of it before its first turn, so a second client cannot
 * subscribe; as soon as a turn has begun it can, and is then told what it has missed.
 */

import type { Clock } from '../../base/clock.js';
import { messageOf } from '../../base/errors.js';
import { stringField } from '../translate/unknown.js';

export interface LateJoinParts {
  readonly thread: string;
  /** Asks Codex on this line. */
  readonly ask: (method: string, params: unknown) => Promise<unknown>;
  readonly notify: (method: string, params: unknown) => void;
  readonly clock: Clock;
  readonly debug: (fields: object, message: string) => void;
}

const AGAIN_MS = 10;
const MOST_TRIES = 200;

/** Whether Codex refuses for want of a record. */
export function isWithoutRecord(message: string): boolean {
  return /no rollout found/i.test(message);
}

export class LateJoin {
  readonly #parts: LateJoinParts;
  #joining = false;
  /** Codex is being asked, and has words of its own about how. */
  asking = false;

  constructor(parts: LateJoinParts) {
    this.#parts = parts;
  }

  /** A turn has begun. The record is written a moment later. */
  begin(): void {
    if (this.#joining) return;
    this.#joining = true;
    this.asking = true;
    this.#join()
      .catch((err: unknown) => this.#parts.debug({ err }, 'a terminal could not join a conversation that has begun'))
      .finally(() => {
        this.asking = false;
      });
  }

  async #join(): Promise<void> {
    const { thread, ask, clock } = this.#parts;
    for (let tries = 1; ; tries += 1) {
      try {
        this.#tell(await ask('thread/resume', { threadId: thread, excludeTurns: false }));
        return;
      } catch (error) {
        if (!isWithoutRecord(messageOf(error)) || tries >= MOST_TRIES) throw error;
        await new Promise<void>((resolve) => void clock.after(AGAIN_MS, resolve));
      }
    }
  }

  /** What happened before, as Codex would have told it then. */
  #tell(result: unknown): void {
    const { thread: threadId, notify } = this.#parts;
    const thread: unknown = Reflect.get(Object(result), 'thread');
    for (const turn of listOf(thread, 'turns')) {
      const turnId = stringField(turn, 'id');
      const items = listOf(turn, 'items');
      const bare = { ...Object(turn), items: [], itemsView: 'notLoaded' };
      notify('turn/started', { threadId, turn: { ...bare, status: 'inProgress', completedAt: null, durationMs: null } });
      for (const item of items) {
        const at = this.#parts.clock.now();
        notify('item/started', { threadId, turnId, item, startedAtMs: at });
        notify('item/completed', { threadId, turnId, item, completedAtMs: at });
      }
      if (stringField(turn, 'status') !== 'inProgress') notify('turn/completed', { threadId, turn: bare });
    }
  }
}

function listOf(value: unknown, name: string): readonly unknown[] {
  const list: unknown = Reflect.get(Object(value), name);
  return Array.isArray(list) ? list : [];
}
