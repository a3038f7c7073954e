/** What a mock remembers of its conversations: a small file for each, so that they go on after a restart of the host. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { SpoolError } from '../base/errors.js';
import { parseWith } from '../base/explain-issues.js';
import { writePrivateFile } from '../base/private-files.js';
import { Usage } from '../contract/item.js';
import { TurnError } from '../contract/session.js';

const Message = z.strictObject({ id: z.string(), text: z.string() });

const PastTurn = z.strictObject({
  turn: z.string(),
  ref: z.string(),
  input: z.string(),
  said: z.array(Message),
  usage: Usage.nullable(),
  /** Null as long as it runs, and for good when the host died with it. */
  end: z.union([z.literal('completed'), z.literal('interrupted'), TurnError]).nullable(),
});
export type PastTurn = z.infer<typeof PastTurn>;

const Remembered = z.strictObject({
  id: z.string(),
  title: z.string().optional(),
  /** How many turns there were; of long conversations only the last ones are kept. */
  count: z.number().int(),
  turns: z.array(PastTurn),
  usage: Usage.nullable(),
  /** How often each rule of the script was done, by its place. */
  done: z.record(z.string(), z.number()),
  /** What was allowed for the whole conversation. */
  allowed: z.array(z.string()),
});
export type Remembered = z.infer<typeof Remembered>;

const KEPT_TURNS = 200;

export function blank(id: string): Remembered {
  return { id, count: 0, turns: [], usage: null, done: {}, allowed: [] };
}

/** The files of the conversations, in one folder. */
export class Memory {
  readonly folder: string;

  constructor(folder: string) {
    this.folder = folder;
  }

  /** Undefined where there is no such conversation. Throws `runtime-failed` for a file that is none of ours. */
  read(id: string): Remembered | undefined {
    let text: string;
    try {
      text = readFileSync(this.#path(id), 'utf8');
    } catch {
      // Nobody has begun it, or somebody has taken it away.
      return undefined;
    }
    try {
      return parseWith(Remembered, JSON.parse(text), 'it');
    } catch (error) {
      const { message } = SpoolError.from(error);
      throw new SpoolError('runtime-failed', `the file ${this.#path(id)} of a mock's conversation cannot be read: ${message}`, {
        hint: 'take it away: the conversation then begins anew',
        cause: error,
      });
    }
  }

  write(remembered: Remembered): void {
    remembered.turns.splice(0, Math.max(0, remembered.turns.length - KEPT_TURNS));
    writePrivateFile(this.#path(remembered.id), `${JSON.stringify(remembered)}\n`, { derived: true });
  }

  /** An id that is like the session's, so that the same test sees the same one each time. */
  freeId(session: string): string {
    const id = `mock-${session.replace(/^ses_/, '').replace(/[^\w-]/g, '-')}`;
    for (let n = 1; ; n++) {
      const one = n === 1 ? id : `${id}-${n}`;
      if (this.read(one) === undefined) return one;
    }
  }

  /** Ids come from clients too: what is none names no file. */
  #path(id: string): string {
    if (!/^mock-[\w-]{1,120}$/.test(id)) return join(this.folder, 'none', 'none');
    return join(this.folder, `${id}.json`);
  }
}
