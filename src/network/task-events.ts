/** The history of a task, page by page. */

import { parseTaskEvent, type TaskEvent } from '../contract/task-events.js';
import type { Log } from '../ports/log.js';

export class TaskEvents {
  readonly #log: Log;

  constructor(log: Log) {
    this.#log = log;
  }

  async page(task: string, query: { after: number; limit: number }): Promise<{ events: readonly TaskEvent[]; next: number | null }> {
    const events: TaskEvent[] = [];
    const { position: head } = await this.#log.head(task);
    for await (const record of this.#log.read({ stream: task, after: query.after })) {
      for (const { position, body } of record.events) {
        if (events.length < query.limit) events.push(parseTaskEvent(task, position, body));
      }
      if (events.length >= query.limit) break;
    }
    const last = events.at(-1)?.position ?? query.after;
    return { events, next: last < head ? last : null };
  }
}
