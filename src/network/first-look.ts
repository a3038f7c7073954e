/**
 * One look at the log when a hub starts: which streams of tasks, schedules and webhooks there are. Each room asks for its own, and one
 * that has none need not even be loaded.
 */

import type { IdPrefix } from '../base/ids.js';
import type { Log, Position, StreamId } from '../ports/log.js';

export interface FoundStream {
  readonly id: StreamId;
  readonly head: Position;
}

const KINDS = ['tsk', 'sch', 'whk'] as const satisfies readonly IdPrefix[];
export type StreamKind = (typeof KINDS)[number];

export class FirstLook {
  readonly #log: Log;
  #found: Promise<Map<StreamKind, FoundStream[]>> | undefined;

  constructor(log: Log) {
    this.#log = log;
  }

  /** Those that were there at the start, in the order in which they began. They are handed out once and not kept. */
  async take(kind: StreamKind): Promise<readonly FoundStream[]> {
    this.#found ??= this.#look();
    const found = await this.#found;
    const taken = found.get(kind) ?? [];
    found.delete(kind);
    return taken;
  }

  /** Whether there is anything to take. */
  async any(): Promise<boolean> {
    this.#found ??= this.#look();
    return (await this.#found).size > 0;
  }

  async #look(): Promise<Map<StreamKind, FoundStream[]>> {
    const found = new Map<StreamKind, FoundStream[]>();
    for await (const { stream, head } of this.#log.streams()) {
      const kind = KINDS.find((one) => stream.startsWith(`${one}_`));
      if (kind === undefined) continue;
      const same = found.get(kind);
      if (same === undefined) found.set(kind, [{ id: stream, head }]);
      else same.push({ id: stream, head });
    }
    return found;
  }
}
