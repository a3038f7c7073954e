/**
 * The results that a thread of Codex carries. Codex has no request for taking them out, so its own record of the thread is changed, while
 * nobody has the thread open, and Codex reads it when the thread is opened next.
 */

import { type Clock, isoTime } from '../../base/clock.js';
import { SpoolError } from '../../base/errors.js';
import type { CarriedResult, TakenResult } from '../../contract/carried-result.js';
import type { CarriedResults, Conversation, TakeOut } from '../../ports/carried-results.js';
import type { Logger } from '../../ports/logger.js';
import { type Backup, Backups, changesOf } from '../rollout/backups.js';
import { chosen, linesWithout } from '../rollout/plan.js';
import { retold } from '../rollout/retold.js';
import { rewrite, standOf } from '../rollout/rewrite.js';
import { type Result, surveyOf } from '../rollout/survey.js';
import { bringBack, recordOf, whileAside } from './aside.js';
import type { Link } from './link.js';

/** The process of a home, as far as it is needed here. */
export interface HomeLink extends Link {
  /** Tells the holder of a thread in this host that it was closed. */
  letGo(thread: string, message: string): void;
}

export interface ResultsParts {
  /** Where what was taken out is kept. */
  readonly folder: string;
  /** Does something with the process of a home, which stays meanwhile. */
  readonly use: <T>(home: string, work: (link: HomeLink) => Promise<T>) => Promise<T>;
  readonly clock: Clock;
  readonly logger: Logger;
}

export class CodexResults implements CarriedResults {
  readonly #parts: ResultsParts;
  readonly #backups: Backups;
  /** Threads whose record is being changed. */
  readonly #working = new Map<string, Promise<unknown>>();

  constructor(parts: ResultsParts) {
    this.#parts = parts;
    this.#backups = new Backups(parts.folder);
  }

  /** Before a thread is opened: waits for a change that is under way, and brings the thread back where nobody did. */
  async ready(link: Link, thread: string): Promise<void> {
    await this.#working.get(thread)?.catch(() => undefined);
    await bringBack({ link, thread, backups: this.#backups, logger: this.#parts.logger });
  }

  async list({ home, thread }: Conversation): Promise<readonly CarriedResult[]> {
    const file = recordOf(home, thread);
    if (file === undefined) return [];
    const { results } = await surveyOf(file);
    const undos = new Map(this.#backups.of(thread).flatMap((backup) => backup.results.map(({ call }) => [call, backup.undo] as const)));
    return results.flatMap((result) => {
      const undo = result.taken ? undos.get(result.call) : null;
      const { items, tool, input, bytes, turnsAgo } = result;
      return undo === undefined ? [] : [{ item: itemOf(result), items: [...items], tool, input, bytes, turnsAgo, undo }];
    });
  }

  async takeOut(conversation: Conversation, request: TakeOut): Promise<readonly TakenResult[]> {
    const { home, thread } = conversation;
    const known = this.#backups.get(thread, request.undo);
    if (known !== undefined) return await this.#change(conversation, known, 'after');
    const file = recordOf(home, thread);
    // What cannot be done, or is nothing to do, disturbs nobody.
    if (chosen(file === undefined ? NOTHING : await surveyOf(file), request.which).length === 0) return [];
    return await this.#whileAside(conversation, async (away) => {
      const survey = await surveyOf(away);
      const results = chosen(survey, request.which);
      const backup: Backup = {
        ...{ format: 1, undo: request.undo, home, thread, at: isoTime(this.#parts.clock) },
        results: results.map((result) => ({ call: result.call, item: itemOf(result), bytes: result.bytes })),
        lines: await linesWithout(away, results, request.arguments),
      };
      this.#backups.write(backup);
      const texts = backup.lines.map(({ after }) => after);
      await rewrite(away, changesOf(backup), retold(texts, survey));
      return takenIn(backup);
    });
  }

  async putBack(conversation: Conversation, undo: string): Promise<readonly TakenResult[]> {
    const backup = this.#backups.get(conversation.thread, undo);
    if (backup !== undefined) return await this.#change(conversation, backup, 'before');
    throw new SpoolError('not-found', `nothing was taken out of this conversation under the name ${undo}`, {
      hint: 'the list of results tells the names',
    });
  }

  /** Sees to it that the lines of a change stand as they are to. */
  async #change(conversation: Conversation, backup: Backup, wanted: 'before' | 'after'): Promise<readonly TakenResult[]> {
    const file = recordOf(conversation.home, conversation.thread);
    if (file !== undefined && (await stands(file, backup, wanted))) return takenIn(backup);
    return await this.#whileAside(conversation, async (away) => {
      if (await stands(away, backup, wanted)) return takenIn(backup);
      const changes = changesOf(backup);
      const turned = wanted === 'after' ? changes : changes.map(({ offset, before, after }) => ({ offset, before: after, after: before }));
      const texts = backup.lines.map((line) => line[wanted]);
      await rewrite(away, turned, retold(texts, await surveyOf(away)));
      return takenIn(backup);
    });
  }

  async #whileAside<T>({ home, thread }: Conversation, work: (file: string) => Promise<T>): Promise<T> {
    const { use, logger } = this.#parts;
    const earlier = this.#working.get(thread);
    const working = use(home, async (link) => {
      await earlier?.catch(() => undefined);
      link.letGo(thread, 'the record of the thread is being changed');
      return await whileAside({ link, thread, backups: this.#backups, logger }, work);
    });
    this.#working.set(thread, working);
    try {
      return await working;
    } finally {
      if (this.#working.get(thread) === working) this.#working.delete(thread);
    }
  }
}

const NOTHING = { results: [], nextOrdinal: undefined, torn: false };

/** Whether the lines stand as wanted already. Throws `conflict` when they are neither as they were nor as they were changed. */
async function stands(file: string, backup: Backup, wanted: 'before' | 'after'): Promise<boolean> {
  const stand = await standOf(file, changesOf(backup));
  if (stand !== 'otherwise') return stand === wanted;
  throw new SpoolError('conflict', `the record of the conversation has been changed since: ${file}`, {
    hint: 'where more was taken out of the same place later, put that back first',
  });
}

function itemOf({ items, call }: Result): string {
  return items[0] ?? call;
}

function takenIn({ results }: Backup): readonly TakenResult[] {
  return results.map(({ item, bytes }) => ({ item, bytes }));
}
