/**
 * What must not be forgotten of each conversation, in a private file of its own: which of Codex's threads it is, what was given to it last,
 * and the process that works at it. Codex names a thread only when its first turn begins, so until then the conversation has a name of
 * ours, and keeps it.
 */

import { createHash, randomUUID } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { writePrivateFile } from '../../base/private-files.js';

const GivenTurn = z.object({
  id: z.string(),
  /** Codex's id of it; absent until it was seen in the rollout. */
  ref: z.string().optional(),
  /** Where the rollout ended when it was given. */
  from: z.number().int().nonnegative(),
  /** When, in milliseconds since 1970. */
  at: z.number(),
  /** A digest of what was said. */
  said: z.string(),
  /** It was told to stop. */
  interrupted: z.boolean().optional(),
});
export type GivenTurn = z.infer<typeof GivenTurn>;

const StoredRecord = z.object({
  id: z.string(),
  home: z.string(),
  cwd: z.string(),
  /** Codex's own id of the thread. */
  native: z.string().optional(),
  /** The process of the running turn. */
  process: z.object({ pid: z.number().int().positive(), start: z.string() }).optional(),
  turns: z.array(GivenTurn),
});
export type ConversationRecord = z.infer<typeof StoredRecord>;

const PREFIX = 'tui-';

/** All conversations of this runtime on one host. */
export class Records {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  make(home: string, cwd: string): ConversationRecord {
    return { id: `${PREFIX}${randomUUID()}`, home, cwd, turns: [] };
  }

  /** Undefined where there is none, or none that can be read. */
  read(home: string, id: string): ConversationRecord | undefined {
    const record = this.#parse(this.#file(home, id));
    return record?.home === home && record.id === id ? record : undefined;
  }

  /** Whole or not at all, and on the disk when it returns. */
  write(record: ConversationRecord): void {
    writePrivateFile(this.#file(record.home, record.id), JSON.stringify(record));
  }

  all(): ConversationRecord[] {
    try {
      const names = readdirSync(this.#folder).filter((name) => name.endsWith('.json'));
      return names.flatMap((name) => this.#parse(join(this.#folder, name)) ?? []);
    } catch {
      // There is none yet.
      return [];
    }
  }

  #parse(file: string): ConversationRecord | undefined {
    try {
      return StoredRecord.parse(JSON.parse(readFileSync(file, 'utf8')));
    } catch {
      // Not begun yet, or taken away: what is remembered of the conversation then is said where it is opened.
      return undefined;
    }
  }

  #file(home: string, id: string): string {
    return join(this.#folder, `${createHash('sha256').update(`${home}\n${id}`).digest('hex').slice(0, 24)}.json`);
  }
}

/** Whether a name is one of ours; any other one is Codex's own. */
export function isOurs(id: string): boolean {
  return id.startsWith(PREFIX);
}

/** Of what was said, as Codex writes it down: with plain line ends and nothing around. */
export function digestOf(said: string): string {
  return createHash('sha256').update(said.replaceAll(/\r\n?/g, '\n').trim()).digest('hex');
}
