/** Snapshots in memory, for tests and trials. */

import type { StreamId } from '../../ports/log.js';
import type { Snapshot, SnapshotQuery, Snapshots } from '../../ports/snapshots.js';
import { closedSnapshots, cursorAt, isBehindCursor, newestFirst, placeOf } from '../snapshot-order.js';

/** A new, empty cache. Whoever makes it disposes it. */
export function memorySnapshots(): Snapshots {
  return new MemorySnapshots();
}

class MemorySnapshots implements Snapshots {
  readonly #snapshots = new Map<StreamId, Snapshot>();
  #closed = false;

  async load(stream: StreamId): Promise<Snapshot | null> {
    this.#open();
    return this.#snapshots.get(stream) ?? null;
  }

  async save(snapshot: Snapshot): Promise<void> {
    this.#open();
    const stored = this.#snapshots.get(snapshot.stream);
    if (stored === undefined || snapshot.position >= stored.position) this.#snapshots.set(snapshot.stream, snapshot);
  }

  async list({ agent, status, limit, cursor }: SnapshotQuery): ReturnType<Snapshots['list']> {
    this.#open();
    const place = placeOf(cursor);
    const found = [...this.#snapshots.values()]
      .filter(({ summary }) => (agent ?? summary.agent) === summary.agent && (status ?? summary.status) === summary.status)
      .filter((snapshot) => place === undefined || isBehindCursor(snapshot, place))
      .sort(newestFirst);
    const items = found.slice(0, limit);
    return { items, next: found.length > limit ? cursorAt(items[items.length - 1]) : null };
  }

  async marks(): ReturnType<Snapshots['marks']> {
    this.#open();
    return new Map([...this.#snapshots].map(([stream, { position, summary }]) => [stream, { position, settled: summary.settled }]));
  }

  async remove(stream: StreamId): Promise<void> {
    this.#open();
    this.#snapshots.delete(stream);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
  }

  #open(): void {
    if (this.#closed) throw closedSnapshots();
  }
}
